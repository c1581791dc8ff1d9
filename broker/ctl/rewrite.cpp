#include "broker/ctl/rewrite.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "broker/ctl/stop.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uintmax_t bytes_max = 1u << 20;

[[noreturn]] void give_up(const std::filesystem::path& file, int trouble) {
  throw Stop{Exit::no_output,
             fmt::format("{}: cannot be written: {}; nothing was changed", file.string(), std::strerror(trouble))};
}

struct stat facts_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0)
    throw Stop{Exit::no_input, fmt::format("{}: {}", file.string(), std::strerror(errno))};
  return facts;
}

bool write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return true;
}

// A file that was not there, with the mode and owner of another one, on the disk when this returns. The owner first: a
// change of owner takes set-user-id bits away, and 0600 before it would leave a moment in which the wrong one may read.
void write_new(const std::filesystem::path& file, const std::string& text, const struct stat& like) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) give_up(file, errno);
  const bool same_owner = like.st_uid == ::geteuid() && like.st_gid == ::getegid();
  const bool done = (same_owner || ::fchown(fd, like.st_uid, like.st_gid) == 0) && ::fchmod(fd, like.st_mode & 07777) == 0 &&
                    write_all(fd, text) && ::fsync(fd) == 0;
  const int trouble = errno;
  ::close(fd);
  if (done) return;
  ::unlink(file.c_str());
  give_up(file, trouble);
}

// Two edits within a second keep both old texts.
std::filesystem::path backup_name(const std::filesystem::path& file) {
  const auto seconds = std::chrono::system_clock::to_time_t(
      std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(os::wall_now().time_since_epoch())));
  const std::string base = fmt::format("{}.before-cadre-{:%Y%m%d-%H%M%S}", file.string(), fmt::gmtime(seconds));
  std::string name = base;
  std::error_code error;
  for (int n = 2; std::filesystem::exists(std::filesystem::symlink_status(name, error)); ++n) name = fmt::format("{}-{}", base, n);
  return name;
}

}  // namespace

bool sync_directory_of(const std::filesystem::path& file) {
  return sync_directory(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."));
}

bool sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0 || errno == EINVAL;  // not every file system can
  ::close(fd);
  return synced;
}

std::string text_of(const std::filesystem::path& file) {
  const auto facts = facts_of(file);
  if (!S_ISREG(facts.st_mode)) throw Stop{Exit::no_input, fmt::format("{}: a file was wanted, and this is none", file.string())};
  if (static_cast<std::uintmax_t>(facts.st_size) > bytes_max)
    throw Stop{Exit::bad_data, fmt::format("{}: an option file of at most 1 MiB was wanted, this has {} bytes", file.string(), facts.st_size)};
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw Stop{Exit::no_input, fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno))};
  return text;
}

std::filesystem::path rewrite(const std::filesystem::path& file, const std::string& text) {
  std::error_code error;
  const auto real = std::filesystem::canonical(file, error);
  if (error) throw Stop{Exit::no_input, fmt::format("{}: {}", file.string(), error.message())};
  const auto facts = facts_of(real);
  const auto backup = backup_name(real);
  write_new(backup, text_of(real), facts);
  // The end of the name must not be one that MariaDB reads from a directory of option files (.cnf).
  const std::filesystem::path fresh = fmt::format("{}.cadre-{}", real.string(), ::getpid());
  try {
    write_new(fresh, text, facts);
    if (::rename(fresh.c_str(), real.c_str()) != 0) {
      const int trouble = errno;
      ::unlink(fresh.c_str());
      give_up(real, trouble);
    }
  } catch (const Stop&) {
    ::unlink(backup.c_str());
    throw;
  }
  (void)sync_directory_of(real);
  return backup;
}

}  // namespace cadre::ctl
