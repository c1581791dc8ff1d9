#include "common/os/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cadre::os {

namespace {

constexpr std::size_t line_bytes_max = 4096;

// What speaks against taking a secret from it; nothing: it is fit.
std::string objection(const std::filesystem::path& file, const struct stat& facts, Readers readers) {
  if (readers == Readers::group && facts.st_uid == 0 && (facts.st_mode & 037) == 0) return {};
  if ((facts.st_mode & 077) != 0)
    return fmt::format("{}: is readable by others (mode {:04o}); it holds a secret: chmod 600 {}", file.string(),
                       facts.st_mode & 07777, file.string());
  if (facts.st_uid != ::geteuid() && ::geteuid() != 0)
    return fmt::format("{}: belongs to another user (uid {})", file.string(), facts.st_uid);
  return {};
}

}  // namespace

Result<std::string> read_line(const std::filesystem::path& file, Readers readers) {
  const bool secret = readers != Readers::everyone;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | (secret ? O_NOFOLLOW : 0));
  if (fd < 0)
    return Error{fmt::format("{}: cannot be read: {}", file.string(),
                             errno == ELOOP ? "it is a symbolic link" : std::strerror(errno))};
  struct stat facts {};
  ::fstat(fd, &facts);
  std::string text(line_bytes_max, '\0');
  const ssize_t size = ::read(fd, text.data(), text.size());
  ::close(fd);
  if (!S_ISREG(facts.st_mode)) return Error{fmt::format("{}: is not a regular file", file.string())};
  if (secret)
    if (const auto why = objection(file, facts, readers); !why.empty()) return Error{why};
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<> write_line(const std::filesystem::path& file, mode_t mode, const std::string& line) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return Error{fmt::format("{}: cannot be made: {}", file.string(), std::strerror(errno))};
  std::string text = line + "\n";
  const bool written = ::fchmod(fd, mode) == 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int trouble = errno;
  ::close(fd);
  forget(text);
  if (written) return Done{};
  ::unlink(file.c_str());
  return Error{fmt::format("{}: cannot be written: {}", file.string(), std::strerror(trouble))};
}

void forget(std::string& secret) {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace cadre::os
