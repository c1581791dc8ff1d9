#include "broker/ctl/engine_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "broker/ctl/stop.hpp"
#include "common/base/assert.hpp"
#include "common/os/descriptor.hpp"
#include "common/protocol/limits.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t digest_characters = 12;
constexpr const char* current_link = "current";
constexpr const char* replaced_directory = ".replaced";
constexpr std::string_view half_prefix = ".new-";

[[noreturn]] void unwritable(const fs::path& path, const std::string& why) {
  throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}", path.string(), why)};
}

std::string link_text(const fs::path& link) {
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  return error ? "" : target.string();
}

bool fits_a_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-' || c == '+';
}

// None: somebody holds it.
os::Descriptor lock_alone(const fs::path& version) {
  os::Descriptor directory(::open(version.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) unwritable(version, std::strerror(errno));
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) == 0) return directory;
  if (errno != EWOULDBLOCK) unwritable(version, std::strerror(errno));
  return os::Descriptor();
}

void make_directory(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return;
  if (::mkdir(path.c_str(), 0755) != 0 || ::chmod(path.c_str(), 0755) != 0) unwritable(path, std::strerror(errno));
}

}  // namespace

std::string engine_version_name(std::string_view version, std::string_view digest) {
  CADRE_ASSERT(digest.size() >= digest_characters);
  if (version.empty()) version = "_";
  std::string name(version.substr(0, limits::name_bytes_max - 1 - digest_characters));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !fits_a_name(c); }, '_');
  if (name.starts_with('.')) name.front() = '_';  // else it would be hidden, as what is no version
  return fmt::format("{}-{}", name, digest.substr(0, digest_characters));
}

EngineStore::~EngineStore() {
  if (lock_ >= 0) ::close(lock_);
}

void EngineStore::lock() {
  CADRE_ASSERT(lock_ < 0);
  std::error_code error;
  fs::create_directories(home_.parent_path(), error);
  if (error) unwritable(home_.parent_path(), error.message());
  make_directory(home_);
  sync_engine_directory(home_.parent_path());
  lock_ = ::open(home_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) unwritable(home_, std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK)
    throw Stop{Exit::again,
               fmt::format("{}: another install, rollback or uninstall of this engine runs now; when it has ended, "
                           "try again",
                           home_.string())};
  unwritable(home_, fmt::format("it cannot be locked: {}", std::strerror(errno)));
}

bool EngineStore::remove_halves() {
  CADRE_ASSERT(lock_ >= 0);
  std::error_code error;
  std::vector<fs::path> halves;
  for (const auto& entry : fs::directory_iterator(home_, error))
    if (entry.path().filename().string().starts_with(half_prefix)) halves.push_back(entry.path());
  for (const fs::path& half : halves) {
    fs::remove_all(half, error);
    if (error) unwritable(half, error.message());
  }
  return !halves.empty();
}

bool EngineStore::has(const std::string& version) const {
  std::error_code error;
  return !version.empty() && version.find('/') == std::string::npos &&
         fs::is_directory(fs::symlink_status(place(version), error));
}

bool EngineStore::made_here(const std::string& version) const {
  const std::size_t dash = version.size() - std::min(version.size(), digest_characters + 1);
  const std::string_view digest = std::string_view(version).substr(dash);
  return has(version) && dash > 0 && version.front() != '.' && digest.front() == '-' &&
         digest.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

std::vector<std::string> EngineStore::all_made_here() const {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(home_, error))
    if (made_here(entry.path().filename().string())) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool EngineStore::is_plain() const {
  std::error_code error;
  return fs::exists(home_ / "engine.yaml", error);
}

std::string EngineStore::current() const { return link_text(home_ / current_link); }

std::string EngineStore::replaced(const std::string& version) const {
  return version.empty() ? "" : link_text(home_ / replaced_directory / version);
}

std::vector<std::string> EngineStore::versions() const {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(home_, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && entry.is_directory(error) && !entry.is_symlink(error) &&
        fs::exists(entry.path() / "engine.yaml", error))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void EngineStore::copy(const fs::path& from, const EngineContent& content, const std::string& version) {
  CADRE_ASSERT(lock_ >= 0);
  CADRE_ASSERT(!has(version));
  const fs::path half = home_ / (std::string(half_prefix) + version);
  copy_engine(from, content, half);
  if (read_engine_content(half).digest != content.digest)
    throw Stop{Exit::again, fmt::format("{} changed while it was copied; nothing was switched. When it is at rest, try "
                                        "again",
                                        from.string())};
  if (::rename(half.c_str(), place(version).c_str()) != 0) unwritable(place(version), std::strerror(errno));
  sync_engine_directory(home_);
}

bool EngineStore::remove(const std::string& version) {
  CADRE_ASSERT(lock_ >= 0);
  CADRE_ASSERT(version != current());
  const os::Descriptor alone = lock_alone(place(version));
  if (!alone) return false;
  // Under the name of a half, so that no version is ever half removed. Who opened it before finds out by that it
  // has not this name any more.
  const fs::path half = home_ / (std::string(half_prefix) + version);
  if (::rename(place(version).c_str(), half.c_str()) != 0) unwritable(place(version), std::strerror(errno));
  sync_engine_directory(home_);
  std::error_code error;
  fs::remove_all(half, error);
  if (error) unwritable(half, error.message());
  return true;
}

bool EngineStore::is_held(const std::string& version) const { return !lock_alone(place(version)); }

void EngineStore::stop_offering() {
  CADRE_ASSERT(lock_ >= 0);
  if (::unlink((home_ / current_link).c_str()) != 0) unwritable(home_ / current_link, std::strerror(errno));
  sync_engine_directory(home_);
}

void EngineStore::forget_removed() {
  CADRE_ASSERT(lock_ >= 0);
  std::error_code error;
  std::vector<fs::path> notes;
  for (const auto& entry : fs::directory_iterator(home_ / replaced_directory, error))
    if (!has(entry.path().filename().string())) notes.push_back(entry.path());
  for (const fs::path& note : notes)
    if (::unlink(note.c_str()) != 0) unwritable(note, std::strerror(errno));
  ::rmdir((home_ / replaced_directory).c_str());  // goes where it is empty
}

void EngineStore::note_replaced(const std::string& version, const std::string& by_it) {
  make_directory(home_ / replaced_directory);
  sync_engine_directory(home_);
  link(home_ / replaced_directory / version, by_it);
}

void EngineStore::switch_to(const std::string& version) {
  CADRE_ASSERT(has(version));
  link(home_ / current_link, version);
  std::error_code error;
  if (current() != version || !fs::exists(home_ / current_link / "engine.yaml", error))
    throw Stop{Exit::no_output,
               fmt::format("{}: was switched to {}, and does not lead there: does somebody else change "
                           "it, or does this volume keep no links?",
                           (home_ / current_link).string(), version)};
}

// Replaced by one rename: whoever looks sees the old target or the new one.
void EngineStore::link(const fs::path& where, const std::string& target) {
  CADRE_ASSERT(lock_ >= 0);
  const fs::path draft = where.parent_path() / (std::string(half_prefix) + "link");
  ::unlink(draft.c_str());
  if (::symlink(target.c_str(), draft.c_str()) != 0) unwritable(draft, std::strerror(errno));
  if (::rename(draft.c_str(), where.c_str()) != 0) unwritable(where, std::strerror(errno));
  sync_engine_directory(where.parent_path());
}

}  // namespace cadre::ctl
