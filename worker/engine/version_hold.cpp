#include "worker/engine/version_hold.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "worker/engine/words.hpp"

namespace cadre::engine {

bool VersionHold::is_of(const std::filesystem::path& version) const {
  struct stat held {
  }, named{};
  return ::fstat(directory_.get(), &held) == 0 && ::lstat(version.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

Holding hold_version(const std::filesystem::path& version) {
  Holding holding;
  Fd directory{::open(version.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  const bool locked = directory && ::flock(directory.get(), LOCK_SH | LOCK_NB) == 0;
  const int error = errno;
  auto hold = std::make_shared<const VersionHold>(std::move(directory));
  // Between open and flock it may have been renamed: then what we hold is not what has this name.
  if (locked && hold->is_of(version)) {
    holding.hold = std::move(hold);
  } else if (locked || error == EWOULDBLOCK || error == ENOENT) {
    holding.leaving = true;
  } else {
    holding.fault =
        fmt::format("{}: cannot be locked ({}): cadre engine uninstall will not see that something runs in it",
                    version.string(), errno_text(error));
  }
  return holding;
}

}  // namespace cadre::engine
