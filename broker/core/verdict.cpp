#include "broker/core/verdict.hpp"

#include "common/base/mutant.hpp"

namespace cadre {

namespace {

// sysexits.h: what an engine can say with its exit code (worker/engine/ENGINES.md).
constexpr int usage = 64, bad_data = 65, unavailable = 69, temporary = 75, no_permission = 77, bad_config = 78;

// A job whose attempts took this many workers down with them is called poison when its tries are used up. Not earlier:
// a job that merely stood beside the culprit deserves its tries.
constexpr int deaths_of_poison = 2;

Verdict again_or_bury(const Job& job, TryAgain again, EngineHealth health = EngineHealth::fine) {
  if (job.tries < job.attempts_max + (mutant(39) ? 1 : 0)) return {again, health};
  const bool poison = job.deaths >= deaths_of_poison;
  return {Bury{poison ? Reason::poison : Reason::attempts_exhausted}, health};
}

Verdict judge_exit(const Job& job, int code) {
  switch (code) {
    case bad_data: return {Bury{Reason::bad_input}};
    case usage:
    case bad_config: return {Bury{Reason::misconfigured}, EngineHealth::broken};
    case no_permission: return {Bury{Reason::no_permission}};
    case unavailable:
    case temporary: return again_or_bury(job, {.elsewhere = true});
    default: return again_or_bury(job, {});
  }
}

}  // namespace

Verdict judge(const Job& job, const AttemptEnd& end) {
  if (end.kind == EndKind::succeeded) return {Succeeded{}};
  if (end.kind == EndKind::not_started) return {TryAgain{.costs_a_try = false, .at_once = true}};
  switch (end.cause) {
    case Cause::exit_code: return judge_exit(job, end.code);
    case Cause::signal: return again_or_bury(job, {}, EngineHealth::crashed);
    case Cause::engine_broken:
      return {TryAgain{.costs_a_try = false, .at_once = true, .elsewhere = true}, EngineHealth::broken};
    case Cause::output_too_large: return {Bury{Reason::output_too_large}};
    case Cause::scratch: return again_or_bury(job, {.elsewhere = true});
    case Cause::none:
    case Cause::out_of_memory:
    case Cause::time_limit:
    case Cause::stall:
    case Cause::protocol:
    case Cause::abandoned:
    case Cause::lease_lost:
    case Cause::node_lost: return again_or_bury(job, {});
  }
  return again_or_bury(job, {});
}

}  // namespace cadre
