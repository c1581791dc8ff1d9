#include "worker/engine/parts.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "worker/engine/ending.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

std::vector<std::string> base_environment(const HostOptions& options, const Definition& engine,
                                          const std::string& home) {
  std::vector<std::string> environment;
  environment.reserve(16);
  environment.push_back("PATH=" + options.path);
  environment.push_back("HOME=" + home);
  environment.push_back("LANG=C.UTF-8");
  if (!options.timezone.empty()) environment.push_back("TZ=" + options.timezone);
  environment.push_back("CADRE_ENGINE=" + engine.name);
  environment.push_back("CADRE_ENGINE_DIR=" + engine.directory.string());
  environment.push_back("CADRE_JOB_DIR=" + home);
  return environment;
}

std::uint64_t file_bytes_max(std::uint64_t output_max) {
  constexpr std::uint64_t floor = 1ull << 30;
  constexpr std::uint64_t factor = 16;
  return std::max(floor, output_max * factor);
}

std::optional<StartFailure> start_process(Parts& parts, Launch launch, TreeKeeper::Started& started) {
  const Definition& engine = launch.engine;
  if (engine.command.empty())
    return StartFailure{Cause::engine_broken, "engine \"" + engine.name + "\" has no command"};
  int error = 0;
  Spawn spawn;
  spawn.program = find_program(engine.command.front(), engine.directory.string(), parts.options.path, error);
  if (spawn.program.empty()) {
    const std::string& wanted = engine.command.front();
    const bool is_path = wanted.find('/') != std::string::npos;
    const std::string shown =
        is_path ? (engine.directory / wanted).lexically_normal().string() : wanted + " (searched in PATH)";
    return StartFailure{Cause::engine_broken, not_started(engine, shown, {error, "execve"})};
  }
  const std::string program = spawn.program;
  spawn.arguments = engine.command;
  spawn.environment = std::move(launch.environment);
  spawn.directory = launch.directory;
  spawn.in = launch.in;
  spawn.out = launch.out;
  spawn.err = launch.err;
  spawn.file_bytes_max = file_bytes_max(launch.output_max);
  if (auto closed = parts.separation->close_off(engine, launch.user, launch.ruleset, spawn); !closed)
    return StartFailure{Cause::engine_broken, closed.error()};
  const std::optional<SpawnFailure> failure = parts.keeper->spawn(std::move(spawn), started);
  if (!failure) return std::nullopt;
  // A failed execve speaks against the engine, as does what its engine.yaml wants and this node cannot give (a user that
  // gets to its directory, a filter); the rest is this node's trouble (no processes left, no memory).
  const bool wanted = (failure->step == "chdir" && !engine.user.empty()) || failure->step == "seccomp";
  const Cause cause = failure->step == "execve" || wanted ? Cause::engine_broken : Cause::scratch;
  if (launch.user != nullptr && failure->step == "execve" && failure->error == EACCES)
    return StartFailure{cause, fmt::format("engine \"{}\": user {}, as whom it runs, may not execute {}; it and every directory on its path "
                                           "must be open to that user: chmod a+rx", engine.name, launch.user->name, program)};
  return StartFailure{cause, not_started(engine, program, *failure)};
}

std::string limit_words(Cause why, const Order& order) {
  const bool time = why == Cause::time_limit;
  if (!time && why != Cause::stall) return "";
  const Duration own = time ? order.job.time_limit : order.job.stall_limit;
  if (own > Duration{}) return fmt::format(" of {} (the job's own, {})", to_string(own), time ? "--time-limit" : "--stall-limit");
  const Duration general = time ? order.engine->time_limit : order.engine->stall_limit;
  if (general == Duration{}) return "";
  if (order.engine->mode == EngineMode::builtin) return fmt::format(" of {} (of every built-in engine)", to_string(general));
  return fmt::format(" of {} ({} in engine.yaml)", to_string(general), time ? "time_limit" : "stall_limit");
}

std::string words_for(Cause why, const std::string& limit, bool had_to_be_killed, Duration grace) {
  const std::string ladder = !had_to_be_killed ? "ended after SIGTERM"
                             : grace > Duration{}
                                 ? fmt::format("killed: it did not end within {} of SIGTERM", to_string(grace))
                                 : "killed";
  return fmt::format("{}{}; {}", describe(why, 0), limit, ladder);
}

}  // namespace cadre::engine
