#include "broker/ctl/engine_content.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "broker/ctl/rewrite.hpp"
#include "broker/ctl/stop.hpp"
#include "common/os/descriptor.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t entries_max = 200'000;  // a Python with everything in it has some 50,000
constexpr std::size_t block_bytes = 1 << 20;

[[noreturn]] void unreadable(const fs::path& path, const std::string& why) {
  throw Stop{Exit::no_input, fmt::format("{}: cannot be read: {}", path.string(), why)};
}

[[noreturn]] void unwritable(const fs::path& path) {
  throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno))};
}

class Sum {
 public:
  Sum() { crypto_hash_sha256_init(&state_); }
  void take(std::string_view bytes) {
    crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  std::string hex() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> sum{};
    crypto_hash_sha256_final(&state_, sum.data());
    std::array<char, 2 * sum.size() + 1> text{};
    return sodium_bin2hex(text.data(), text.size(), sum.data(), sum.size());
  }

 private:
  crypto_hash_sha256_state state_;
};

std::string sum_of_text(std::string_view text) {
  Sum sum;
  sum.take(text);
  return sum.hex();
}

// Each block of the file, in order.
template <typename Use>
void read_blocks(const fs::path& file, Use use) {
  const os::Descriptor in(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!in) unreadable(file, std::strerror(errno));
  std::string block(block_bytes, '\0');
  while (true) {
    const ssize_t count = ::read(in.get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) unreadable(file, std::strerror(errno));
    if (count == 0) return;
    use(std::string_view(block.data(), static_cast<std::size_t>(count)));
  }
}

bool is_left_out(const fs::path& name) { return name == "__pycache__" || name == ".git"; }

// A link must mean the same wherever the directory lies.
std::string target_of(const fs::path& link, const fs::path& root) {
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  if (error) unreadable(link, error.message());
  const fs::path place = (target.is_absolute() ? target : link.parent_path() / target).lexically_normal();
  if (target.is_absolute() == lies_in(place, root))
    throw Stop{
        Exit::bad_data,
        fmt::format("{}: a link to {}, which would lead elsewhere from where the engine is installed: within the "
                    "directory make it relative, to outside give the whole path",
                    link.string(), target.string())};
  return target.string();
}

EngineEntry entry_of(const fs::path& path, const fs::path& root) {
  EngineEntry entry;
  entry.path = path.lexically_relative(root).string();
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) unreadable(path, std::strerror(errno));
  if (S_ISDIR(facts.st_mode)) {
    entry.kind = 'd';
  } else if (S_ISLNK(facts.st_mode)) {
    entry.kind = 'l';
    entry.sum = sum_of_text(target_of(path, root));
  } else if (S_ISREG(facts.st_mode)) {
    entry.kind = (facts.st_mode & S_IXUSR) != 0 ? 'x' : 'f';
    Sum sum;
    read_blocks(path, [&](std::string_view block) { sum.take(block); });
    entry.sum = sum.hex();
  } else {
    throw Stop{Exit::bad_data, fmt::format("{}: neither a file nor a directory nor a link, and cannot be installed: "
                                           "take it out of the engine's directory",
                                           path.string())};
  }
  return entry;
}

void write_file(const fs::path& from, const fs::path& to, mode_t mode) {
  const os::Descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) unwritable(to);
  read_blocks(from, [&](std::string_view block) {
    while (!block.empty()) {
      const ssize_t count = ::write(out.get(), block.data(), block.size());
      if (count < 0 && errno != EINTR) unwritable(to);
      if (count > 0) block.remove_prefix(static_cast<std::size_t>(count));
    }
  });
  if (::fchmod(out.get(), mode) != 0 || ::fsync(out.get()) != 0) unwritable(to);
}

void make_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 || ::chmod(path.c_str(), 0755) != 0) unwritable(path);
}

}  // namespace

EngineContent read_engine_content(const fs::path& directory) {
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) unreadable(directory, error.message());
  EngineContent content;
  fs::recursive_directory_iterator entries{root, error};
  for (const fs::recursive_directory_iterator end; !error && entries != end; entries.increment(error)) {
    if (is_left_out(entries->path().filename())) {
      entries.disable_recursion_pending();
      continue;
    }
    if (content.entries.size() == entries_max)
      throw Stop{Exit::bad_data, fmt::format("{}: more than {} files; pack what belongs together into one",
                                             root.string(), entries_max)};
    content.entries.push_back(entry_of(entries->path(), root));
  }
  if (error) unreadable(root, error.message());
  std::sort(content.entries.begin(), content.entries.end(),
            [](const EngineEntry& a, const EngineEntry& b) { return a.path < b.path; });
  Sum sum;
  for (const EngineEntry& entry : content.entries) {
    sum.take(fmt::format("{} {} {}", entry.kind, entry.sum, entry.path));
    sum.take(std::string_view("\0", 1));
  }
  content.digest = sum.hex();
  return content;
}

void copy_engine(const fs::path& directory, const EngineContent& content, const fs::path& target) {
  std::vector<fs::path> directories{target};
  make_directory(target);
  for (const EngineEntry& entry : content.entries) {  // a directory comes before what is in it
    const fs::path from = directory / entry.path, to = target / entry.path;
    if (entry.kind == 'd') {
      make_directory(to);
      directories.push_back(to);
    } else if (entry.kind == 'l') {
      std::error_code error;
      const fs::path link = fs::read_symlink(from, error);
      if (error) unreadable(from, error.message());
      if (::symlink(link.c_str(), to.c_str()) != 0) unwritable(to);
    } else {
      write_file(from, to, entry.kind == 'x' ? 0755 : 0644);
    }
  }
  for (const fs::path& one : directories) sync_engine_directory(one);
}

bool lies_in(const fs::path& place, const fs::path& root) {
  const fs::path below = place.lexically_relative(root);
  return !below.empty() && *below.begin() != "..";
}

void sync_engine_directory(const fs::path& directory) {
  if (!sync_directory(directory)) unwritable(directory);
}

}  // namespace cadre::ctl
