// Keeps engines out of each other's work directories, also where they all run as one user: Landlock, which the kernel
// has since 5.13 and which needs no privileges.
//
// Landlock knows no "all but": whatever is not allowed is closed. So what is allowed is everything beside the hidden
// directory, on each level of its path (/var/lib/cadre/spool: all of / but var, all of /var but lib, ...), and in it
// the engine's own directory. Directories may still be listed and passed (file modes say by whom); files cannot be
// opened, made or removed in the hidden part, nor files made later right in one of the directories on the path.
//
// Two things come with it: a confined process can neither ptrace nor look into (/proc/PID/mem, environ) a process that
// is not confined with it, and from Linux 6.12 on it cannot signal one.
//
// Source: Linux, Documentation/userspace-api/landlock.rst.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "worker/engine/fd.hpp"

namespace cadre::engine {

class Fence {
 public:
  // `hidden`: absolute, without symbolic links. An error says why this machine has no such thing.
  static Result<Fence> around(const std::filesystem::path& hidden);

  // A ruleset for a process to which all is open but the hidden directory, of which only `own` is. It may be put on any
  // number of processes, as long as stamp() stays the same.
  Result<Fd> open_but(int own) const;

  // Tells whether something has come or gone beside the path since; 0: look again, it has just changed.
  std::uint64_t stamp() const;

 private:
  struct Level {
    std::string directory;
    std::string closed;  // the one name in it that is not allowed
  };
  std::vector<Level> levels_;
  int abi_ = 0;
};

}  // namespace cadre::engine
