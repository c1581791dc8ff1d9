#include "worker/engine/scratch.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr int depth_max =
    100;  // of directories left by an engine; each level holds two descriptors while it is emptied

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Fd open_directory(int at, const char* name) {
  return Fd{::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

// A stream of its own over the same directory, from the beginning.
Directory list(int directory_fd) {
  Fd copy = open_directory(directory_fd, ".");
  if (!copy) return Directory{nullptr, ::closedir};
  DIR* stream = ::fdopendir(copy.get());
  if (stream != nullptr) copy.release();  // the stream owns the descriptor now
  return Directory{stream, ::closedir};
}

bool is_dots(const char* name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }

Error trouble(const std::string& what, const std::string& path, int number) {
  return Error{fmt::format("{} {}: {}", what, path, errno_text(number))};
}

void empty_below(int directory_fd, int depth) {
  const Directory stream = list(directory_fd);
  if (stream == nullptr) return;
  while (const dirent* entry = ::readdir(stream.get())) {
    if (is_dots(entry->d_name)) continue;
    if (::unlinkat(directory_fd, entry->d_name, 0) == 0 || depth >= depth_max) continue;
    if (errno != EISDIR && errno != EPERM) continue;
    // A directory without rights for us: O_PATH needs none, and /proc/self/fd changes that very directory, no link.
    Fd handle{::openat(directory_fd, entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!handle) continue;
    ::chmod(fmt::format("/proc/self/fd/{}", handle.get()).c_str(), 0700);
    handle.close();
    const Fd below = open_directory(directory_fd, entry->d_name);
    if (below) empty_below(below.get(), depth + 1);
    ::unlinkat(directory_fd, entry->d_name, AT_REMOVEDIR);
  }
}

Fd open_result(int directory_fd, const std::string& name) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;  // a FIFO or a device must not make us wait
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Fd{static_cast<int>(::syscall(SYS_openat2, directory_fd, name.c_str(), &how, sizeof how))};
}

std::string kind_of(int directory_fd, const std::string& name) {
  struct stat status {};
  if (::fstatat(directory_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return errno_text(errno);
  if (S_ISDIR(status.st_mode)) return "a directory";
  if (S_ISLNK(status.st_mode)) return "a symbolic link";
  if (S_ISFIFO(status.st_mode)) return "a FIFO";
  if (S_ISSOCK(status.st_mode)) return "a socket";
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) return "a device";
  return "a file";
}

struct Found {
  std::string name;
  Fd fd;
  std::uint64_t size = 0;
};

Error refuse(OutputFault& fault, Cause cause, std::string message) {
  fault = {cause, message};
  return Error{std::move(message)};
}

Result<Found> look_at(int directory_fd, const std::string& name, const User* user, OutputFault& fault) {
  if (!is_name(name)) {
    return refuse(fault, Cause::protocol,
                  fmt::format("result file \"{}\": wanted a name of 1 to {} letters, digits, '.', '_' and '-' that "
                              "begins with none of the last two; rename it",
                              printable(name), limits::name_bytes_max));
  }
  Found found{name, open_result(directory_fd, name), 0};
  struct stat status {};
  const bool opened = found.fd && ::fstat(found.fd.get(), &status) == 0;
  const int error = errno;
  if (opened && user != nullptr && status.st_uid != user->uid)
    return refuse(fault, Cause::protocol, fmt::format("result file \"{}\" does not belong to {}, as which the engine runs; leave a copy",
                                                      name, user->name));
  if (opened && S_ISREG(status.st_mode)) {
    found.size = static_cast<std::uint64_t>(status.st_size);
    return found;
  }
  const std::string kind = kind_of(directory_fd, name);
  if (!opened && kind == "a file")
    return refuse(fault, Cause::protocol,
                  fmt::format("result file \"{}\": cannot be read: {}", name, errno_text(error)));
  return refuse(fault, Cause::protocol,
                fmt::format("result \"{}\" is {}; leave only regular files in CADRE_JOB_OUTPUT_DIR (pack directories)",
                            name, kind));
}

}  // namespace

Result<Fd> ScratchDirectory::create(const std::string& name, std::string_view content) const {
  Fd fd{::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd) return trouble("cannot create", path_ + "/" + name, errno);
  if (const int error = write_whole(fd.get(), content)) return trouble("cannot write", path_ + "/" + name, error);
  return fd;
}

Result<> ScratchDirectory::make(const std::string& name, const User* user) const {
  if (::mkdirat(fd_.get(), name.c_str(), 0700) != 0) return trouble("cannot make", path_ + "/" + name, errno);
  if (user == nullptr) return Done{};
  const Fd made = open_directory(fd_.get(), name.c_str());
  if (!made) return trouble("cannot open", path_ + "/" + name, errno);
  return give(made.get(), user, path_ + "/" + name);
}

Result<> ScratchDirectory::give_to(const User* user) const { return give(fd(), user, path_); }

Result<> give(int fd, const User* user, const std::string& path) {
  if (user != nullptr && ::fchown(fd, user->uid, user->gid) != 0)
    return trouble(fmt::format("cannot give to user {}", user->name), path, errno);
  return Done{};
}

bool Scratch::set_modes(mode_t mode) const {
  return ::fchmod(fd_.get(), mode) == 0 && ::fchmodat(fd_.get(), "..", mode, 0) == 0;
}

Result<Scratch> Scratch::open(const std::filesystem::path& spool) {
  std::error_code error;
  std::filesystem::create_directories(spool / "attempts", error);
  const std::filesystem::path whole = std::filesystem::canonical(spool / "attempts", error);
  if (error) return Error{fmt::format("cannot make {}: {}", (spool / "attempts").string(), error.message())};
  Scratch scratch;
  scratch.path_ = whole.string();
  scratch.fd_ = open_directory(AT_FDCWD, scratch.path_.c_str());
  if (!scratch.fd_) return trouble("cannot open", scratch.path_, errno);
  if (::faccessat(scratch.fd_.get(), ".", W_OK | X_OK, 0) != 0) return trouble("cannot write in", scratch.path_, errno);
  empty_directory(scratch.fd_.get());
  return scratch;
}

Result<ScratchDirectory> Scratch::make(const std::string& name) const {
  ScratchDirectory directory;
  directory.path_ = path_ + "/" + name;
  directory.name_ = name;
  if (::mkdirat(fd_.get(), name.c_str(), 0700) != 0) return trouble("cannot make", directory.path_, errno);
  directory.fd_ = open_directory(fd_.get(), name.c_str());
  if (!directory.fd_) return trouble("cannot open", directory.path_, errno);
  return directory;
}

bool Scratch::rename(ScratchDirectory& directory, const std::string& name) const {
  // Plain rename would silently replace an empty directory.
  if (::syscall(SYS_renameat2, fd_.get(), directory.name_.c_str(), fd_.get(), name.c_str(), RENAME_NOREPLACE) != 0)
    return false;
  directory.name_ = name;
  directory.path_ = path_ + "/" + name;
  return true;
}

void Scratch::remove(ScratchDirectory directory) const {
  ::fchmod(directory.fd(), 0700);
  empty_directory(directory.fd());
  ::unlinkat(fd_.get(), directory.name_.c_str(), AT_REMOVEDIR);
}

int write_whole(int fd, std::string_view content) {
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t wrote = ::pwrite(fd, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return wrote == 0 ? ENOSPC : errno;
    done += static_cast<std::size_t>(wrote);
  }
  return 0;
}

bool is_empty(int directory_fd) {
  alignas(8) char buffer[1024];
  ::lseek(directory_fd, 0, SEEK_SET);
  // Two entries of 24 bytes, "." and "..": whatever is longer has something else in it.
  const long bytes = ::syscall(SYS_getdents64, directory_fd, buffer, sizeof buffer);
  return bytes >= 0 && bytes <= 48;
}

void empty_directory(int directory_fd) { empty_below(directory_fd, 0); }

std::string too_large(std::uint64_t bytes, std::uint64_t bytes_max) {
  return fmt::format("output too large: {}, limit {}", human_bytes(bytes), human_bytes(bytes_max));
}

Result<Output> read_output_directory(const ScratchDirectory& directory, const std::string& name,
                                     std::uint64_t bytes_max, const User* user, OutputFault& fault) {
  const Fd results = open_directory(directory.fd(), name.c_str());
  if (results && is_empty(results.get())) return Output{};
  const Directory stream = results ? list(results.get()) : Directory{nullptr, ::closedir};
  if (stream == nullptr) {
    return refuse(fault, Cause::protocol,
                  fmt::format("CADRE_JOB_OUTPUT_DIR cannot be read any more: {}; the engine must leave it in place",
                              errno_text(errno)));
  }
  std::vector<Found> all;
  std::uint64_t total = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    if (is_dots(entry->d_name)) continue;
    if (all.size() == limits::files_max)
      return refuse(fault, Cause::protocol, fmt::format("more than {} result files; pack them", limits::files_max));
    Result<Found> found = look_at(results.get(), entry->d_name, user, fault);
    if (!found) return Error{found.error()};
    total += found->size;
    all.push_back(*std::move(found));
  }
  if (total > bytes_max) return refuse(fault, Cause::output_too_large, too_large(total, bytes_max));
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.name < b.name; });
  Output output;
  for (const Found& found : all) {
    Result<Bytes> bytes = read_file(found.fd.get(), bytes_max, fault);
    if (!bytes) return Error{bytes.error()};
    output.push_back({found.name, *std::move(bytes)});
  }
  return output;
}

Result<Bytes> read_file(int fd, std::uint64_t bytes_max, OutputFault& fault) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return refuse(fault, Cause::scratch, errno_text(errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > bytes_max) return refuse(fault, Cause::output_too_large, too_large(size, bytes_max));
  Bytes bytes(size, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(fault, Cause::scratch, fmt::format("result cannot be read: {}", errno_text(errno)));
    if (got == 0) break;  // it has become shorter meanwhile
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace cadre::engine
