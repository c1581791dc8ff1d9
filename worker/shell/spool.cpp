#include "worker/shell/spool.hpp"

#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/os/random.hpp"

namespace cadre {

Result<Spool> Spool::open(const std::filesystem::path& directory) {
  std::error_code trouble;
  std::filesystem::create_directories(directory, trouble);
  if (trouble) return Error{fmt::format("worker.spool: {} cannot be made: {}", directory.string(), trouble.message())};
  if (::chmod(directory.c_str(), 0700) != 0)
    return Error{fmt::format("worker.spool: {} {}: {}", directory.string(),
                             errno == EPERM ? "does not belong to this user" : "cannot be written", strerror(errno))};
  Spool spool(directory);
  const auto lock = directory / "lock";
  spool.lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (spool.lock_ < 0) return Error{fmt::format("worker.spool: {} cannot be written: {}", lock.string(), strerror(errno))};
  if (::flock(spool.lock_, LOCK_EX | LOCK_NB) != 0)
    return Error{fmt::format("worker.spool: {} is in use by another worker; each worker needs a spool of its own", directory.string())};
  std::ifstream stamp(directory / "instance");
  if (!(stamp >> spool.instance_) || spool.instance_ == 0) {
    spool.instance_ = os::random_number();
    std::ofstream out(directory / "instance");
    out << spool.instance_ << '\n';
    if (!out.flush()) return Error{fmt::format("worker.spool: {} cannot be written", (directory / "instance").string())};
  }
  std::ifstream(directory / "lives") >> spool.lives_;
  ++spool.lives_;
  std::ofstream lives(directory / "lives");
  lives << spool.lives_ << '\n';
  if (!lives.flush()) return Error{fmt::format("worker.spool: {} cannot be written", (directory / "lives").string())};
  return spool;
}

Spool::Spool(Spool&& other) noexcept
    : directory_(std::move(other.directory_)), lock_(std::exchange(other.lock_, -1)), instance_(other.instance_), lives_(other.lives_) {}

Spool::~Spool() {
  if (lock_ >= 0) ::close(lock_);
}

std::optional<std::string> Spool::belongs_to(const std::string& cluster) const {
  const auto file = directory_ / "cluster";
  std::ifstream in(file);
  std::string owner;
  if (in >> owner) {
    if (owner == cluster) return std::nullopt;
    return fmt::format("the spool {} belongs to cluster {}, and this broker is of cluster {}; give this worker another spool, or "
                       "remove this one if nothing in it is wanted", directory_.string(), owner, cluster);
  }
  std::ofstream out(file);
  out << cluster << '\n';
  return std::nullopt;
}

Spool::Space Spool::space() const {
  struct statvfs info{};
  if (statvfs(directory_.c_str(), &info) != 0) return {};
  return {static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize, static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize};
}

std::optional<std::string> Spool::trouble(std::uint64_t free_min) const {
  struct statvfs info{};
  if (statvfs(directory_.c_str(), &info) != 0) return fmt::format("the spool {} cannot be looked at: {}", directory_.string(), strerror(errno));
  if ((info.f_flag & ST_RDONLY) != 0) return fmt::format("the spool {} is on a read-only file system; remount it for writing", directory_.string());
  const std::uint64_t free = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  if (free < free_min)
    return fmt::format("the volume of the spool {} has {} MiB free, {} MiB are wanted; free some, or give worker.spool a larger one",
                       directory_.string(), free >> 20, free_min >> 20);
  return std::nullopt;
}

}  // namespace cadre
