#include "common/cleanup/ballast.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include <fmt/format.h>

namespace cadre::cleanup {

namespace {

std::string sentence(const Ballast::Settings& settings, const char* what, int code) {
  return fmt::format("database.ballast_file: {} {}: {}", settings.file.string(), what, strerror(code));
}

// A regular file that has at least nearly its size on the disk: one that was cut short is laid anew.
bool is_there(const Ballast::Settings& settings) {
  struct stat info{};
  return ::lstat(settings.file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) >= settings.bytes;
}

}  // namespace

Ballast::Act Ballast::wish(bool there, std::uint64_t free, const Settings& settings) {
  if (there) return free < settings.free_space_min / 2 ? Act::drop : Act::none;
  return free >= settings.free_space_min + settings.bytes ? Act::lay : Act::none;
}

Result<Ballast::Act> Ballast::tend() const { return act(true); }
Result<Ballast::Act> Ballast::relieve() const { return act(false); }

Result<Ballast::Act> Ballast::act(bool may_lay) const {
  const auto space = db::space_at(settings_.file.parent_path());
  if (!space) return Error{sentence(settings_, "is in a directory that cannot be looked at", errno)};
  const Act wanted = wish(is_there(settings_), space->free, settings_);
  if (wanted == Act::lay) return may_lay ? lay() : Result<Act>(Act::none);
  if (wanted == Act::drop && ::unlink(settings_.file.c_str()) != 0) return Error{sentence(settings_, "cannot be removed", errno)};
  return wanted;
}

// A link by that name is not followed, and nothing that belongs to others is touched.
Result<Ballast::Act> Ballast::lay() const {
  const int fd = ::open(settings_.file.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd < 0) return Error{sentence(settings_, "cannot be made", errno)};
  struct stat info{};
  int code = ::fstat(fd, &info) != 0 ? errno : !S_ISREG(info.st_mode) || info.st_uid != ::geteuid() ? EEXIST : 0;
  const bool ours = code == 0;
  if (ours) code = ::posix_fallocate(fd, 0, static_cast<off_t>(settings_.bytes));
  ::close(fd);
  if (code == 0) return Act::lay;
  if (ours) ::unlink(settings_.file.c_str());
  return Error{sentence(settings_, "cannot be made", code)};
}

std::optional<std::string> ballast_trouble(const Ballast::Settings& settings, const db::Volumes& volumes) {
  const auto directory = settings.file.parent_path();
  if (volumes.all.empty())
    return fmt::format("database.ballast_file: {} must lie on the volume of the database, and that is not visible here: {}; leave it empty, and watch "
                       "the disk where the database is", settings.file.string(), volumes.why_not);
  struct stat here{}, there{};
  if (::stat(directory.c_str(), &here) != 0) return sentence(settings, "is in a directory that cannot be looked at", errno);
  const db::Volume& data = volumes.all.front();
  if (::stat(data.seen_at.c_str(), &there) != 0) return fmt::format("database.ballast_file: {} cannot be looked at: {}", data.seen_at.string(), strerror(errno));
  if (here.st_dev == there.st_dev) return std::nullopt;
  return fmt::format("database.ballast_file: {} is on another volume than the database, which is at {}; name a file on that volume, in a directory that "
                     "this account may write", settings.file.string(), data.directory.string());
}

}  // namespace cadre::cleanup
