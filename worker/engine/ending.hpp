// How an attempt ends, as values: the one place that turns exit codes, signals and limits into AttemptEnd.
#pragma once

#include <string>

#include "worker/engine/engine.hpp"
#include "worker/engine/process_posix.hpp"
#include "worker/engine/stderr_log.hpp"

namespace cadre::engine {

namespace exit_codes {
inline constexpr int bad_input = 65;        // EX_DATAERR of sysexits.h
inline constexpr int not_executable = 126;  // what a shell exits with when it cannot execute a program
inline constexpr int not_found = 127;       // or when there is none
}  // namespace exit_codes

AttemptEnd begun(AttemptId attempt, WallTime started);

void succeed(AttemptEnd& end, Output output);
void fail(AttemptEnd& end, Cause cause, std::string message, std::int32_t code = 0);

// A process has ended, and nobody stopped it. `said`: its "@job" line or its "fail" message, if any.
void judge_exit(AttemptEnd& end, const Exit& exit, const std::optional<FailLine>& said);

// 126 and 127, or exec has failed: "wanted to start /opt/x/run.sh (engine "x"): No such file or directory".
std::string not_started(const Definition& engine, const std::string& program, const SpawnFailure& failure);

// A file that does not begin with #! or whose interpreter is missing fails like a missing file; say which it is.
std::string exec_advice(const std::string& program, int error);

}  // namespace cadre::engine
