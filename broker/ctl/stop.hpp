// How a command of the tool ends: an exit code (sysexits.h, for scripts) and, where it ends early, a sentence for
// people.
#pragma once

#include <string>
#include <utility>

namespace cadre::ctl {

enum class Exit : int {
  ok = 0,
  not_so = 1,  // the asked-for thing is not so: a job failed, is unknown, has no result
  // `cadre check` alone ends by the codes of monitoring-plugins: 0 ok, 1 warning,
  check_critical = 2,
  check_unknown = 3,  // also where others say unreachable, usage, config ...
  usage = 64,
  bad_data = 65,
  no_input = 66,
  unreachable = 69,  // broker or database
  bug = 70,
  no_output = 73,  // a result cannot be written
  again = 75,
  not_allowed = 77,
  config = 78,
  interrupted = 130,
};

// Thrown by the tool's helpers only, and caught only in main: the command ends here. Nothing below common/ throws it.
struct Stop {
  Exit code;
  std::string message;
};

}  // namespace cadre::ctl
