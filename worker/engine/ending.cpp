#include "worker/engine/ending.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "worker/engine/words.hpp"

namespace cadre::engine {

AttemptEnd begun(AttemptId attempt, WallTime started) {
  AttemptEnd end;
  end.attempt = attempt;
  end.kind = EndKind::failed;  // until shown otherwise
  end.started = started;
  return end;
}

void succeed(AttemptEnd& end, Output output) {
  end.kind = EndKind::succeeded;
  end.cause = Cause::none;
  end.code = 0;
  end.output = std::make_shared<const Output>(std::move(output));
}

void fail(AttemptEnd& end, Cause cause, std::string message, std::int32_t code) {
  end.kind = EndKind::failed;
  end.cause = cause;
  end.code = code;
  end.message = fitting_text(std::move(message), limits::text_bytes_max);
  end.output = nullptr;
}

void judge_exit(AttemptEnd& end, const Exit& exit, const std::optional<FailLine>& said) {
  std::string message = said ? said->message : std::string{};
  if (exit.by_signal) {
    if (exit.code == SIGXFSZ && message.empty())
      message = "it wrote a file larger than the worker allows (RLIMIT_FSIZE)";
    return fail(end, Cause::signal, std::move(message), exit.code);
  }
  if (exit.code == 0) return succeed(end, {});
  if (exit.code == exit_codes::not_executable || exit.code == exit_codes::not_found) {
    if (message.empty()) {
      message = fmt::format("exit code {}: a program that the engine needs is {} on this node", exit.code,
                            exit.code == exit_codes::not_found ? "missing" : "not executable");
    }
    return fail(end, Cause::engine_broken, std::move(message), exit.code);
  }
  const bool permanent = said && said->permanent;
  fail(end, Cause::exit_code, std::move(message), permanent ? exit_codes::bad_input : exit.code);
}

std::string not_started(const Definition& engine, const std::string& program, const SpawnFailure& failure) {
  const std::string advice = failure.step == "execve" ? exec_advice(program, failure.error) : std::string{};
  const std::string step = failure.step == "execve" ? std::string{} : fmt::format(" ({} failed)", failure.step);
  return fmt::format("engine \"{}\": cannot start {}: {}{}{}", engine.name, program, errno_text(failure.error), step,
                     advice);
}

std::string exec_advice(const std::string& program, int error) {
  if (error == ENOEXEC) return "; a script must begin with a line such as #!/bin/sh";
  if (error == ENOENT && ::access(program.c_str(), F_OK) == 0)
    return "; the file is there, so the interpreter in its first line (#!) is missing";
  if (error == EACCES) return "; make it executable: chmod +x";
  return {};
}

}  // namespace cadre::engine
