// Keeps the directory of an installed version where it is: `cadre engine uninstall` removes one that nobody holds.
//
// A hold is a shared lock (flock) on the directory. It belongs to the definition that was read from there (engine.hpp),
// and so to the catalogue as long as it offers it, to each order for it, and to each process that serves with it. The
// tool wants the lock for itself alone before it takes the version out. The kernel gives a lock back when its process
// ends, however it ends.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "worker/engine/fd.hpp"

namespace cadre::engine {

class VersionHold {
 public:
  explicit VersionHold(Fd directory) : directory_(std::move(directory)) {}
  bool is_of(const std::filesystem::path& version) const;  // false: another directory has its name by now, or none

 private:
  Fd directory_;
};
using VersionHoldPtr = std::shared_ptr<const VersionHold>;

struct Holding {
  VersionHoldPtr hold;   // null: as the other two say
  bool leaving = false;  // it is being removed at this moment, or was: look again later what there is
  std::string fault;     // it cannot be held on this volume, and may be removed under what runs
};

// `version`: a directory, not a link to it. Does not wait.
Holding hold_version(const std::filesystem::path& version);

}  // namespace cadre::engine
