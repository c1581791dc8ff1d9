// How the jobs and the processes of serve engines end; the rest of ServeEngine is in serve_engine.cpp.
#include <fmt/format.h>

#include <set>

#include "common/base/assert.hpp"
#include "worker/engine/ending.hpp"
#include "worker/engine/serve_engine.hpp"

namespace cadre::engine {

namespace {

constexpr Duration burial_interval = 10ms;

using State = ServeProcess::State;

// Codes that say more than "it failed" also before a job was handed over.
const std::set<int> meant_codes{64, 69, 75, 77, 78};

std::string quoted_end(const Exit& exit) {
  return describe(exit.by_signal ? Cause::signal : Cause::exit_code, exit.code);
}

}  // namespace

AttemptEnd ServeEngine::end_of(const Clock& now, ServeProcess& process) {
  AttemptEnd end = begun(process.job->order.job.attempt, process.job->started);
  end.ended = now.wall;
  end.peak_memory = process.job->peak;
  return end;
}

void ServeEngine::release_job(ServeProcess& process, AttemptEnd end) {
  process.read_log();
  end.stderr_tail = process.log.take_tail();
  serials_.erase(end.attempt);
  process.job.reset();
  parts_.events.push_back(Ended{std::move(end)});
}

void ServeEngine::end_job(const Clock& now, ServeProcess& process, AttemptEnd end) {
  if (process.job->cancel.why) fail(end, *process.job->cancel.why, describe(*process.job->cancel.why, 0));
  process.announced.reset();
  release_job(process, std::move(end));
  ++process.jobs_done;
  process.state = State::idle;
  process.idle_since = now.boot;
  process.pinged = false;
  process.ping_at = now.boot + parts_.options.ping_interval;
  tidy(process);
  // A process that answered before it had read its payload is out of step, and of no further use.
  if (used_up(process) || !process.to_write.empty()) retire(now, process);
}

bool ServeEngine::used_up(const ServeProcess& process) const {
  if (process.former) return true;
  const Definition& engine = *process.engine;
  if (engine.recycle_jobs != 0 && process.jobs_done >= engine.recycle_jobs) return true;
  std::uint64_t used = 0;
  return engine.recycle_memory != 0 && parts_.keeper->over(process.process.tree, engine.recycle_memory, used);
}

void ServeEngine::break_off(const Clock& now, ServeProcess& process, Cause why, std::string message) {
  process.stop.ask(now.boot, why, std::move(message), Duration{});
  kill_process(process);
}

void ServeEngine::kill_process(ServeProcess& process) {
  if (process.exit || process.stop.killed) return;
  if (!process.stop.why) process.stop.why = Cause::abandoned;  // nothing that it still says counts
  process.stop.killed = true;
  parts_.keeper->kill(process.process.tree);
}

void ServeEngine::retire(const Clock& now, ServeProcess& process) {
  CADRE_ASSERT(!process.job.has_value());
  process.state = State::leaving;
  process.stop.ask(now.boot, Cause::abandoned, {}, process.engine->stop_grace);
  process.bye_said = true;
  process.say(parts_, bye_line());
}

void ServeEngine::on_process_end(const Clock& now, ServeProcess& process) {
  on_output(now, process);  // what it said last may be "done"
  if (process.exit) return;
  process.exit = parts_.keeper->collect(process.process.tree);
  if (!process.exit) return;
  parts_.unwatch(process.process.pidfd);
  process.in.close();
  process.bury_until = now.boot + parts_.options.burial_limit;
  bury(now, process);
}

void ServeEngine::bury(const Clock& now, ServeProcess& process) {
  if (!parts_.keeper->gone(process.process.tree) && now.boot < process.bury_until) {
    parts_.keeper->sweep();
    if (!parts_.keeper->gone(process.process.tree)) {
      process.next_check = now.boot + burial_interval;
      return;
    }
  }
  if (process.job) {
    AttemptEnd end = end_of(now, process);
    judge(process, end);
    release_job(process, std::move(end));
  }
  parts_.keeper->forget(process.process.tree);
  parts_.scratch.remove(std::move(process.directory));
  processes_.erase(process.serial);
}

// The process has ended with a job in it.
void ServeEngine::judge(ServeProcess& process, AttemptEnd& end) {
  const ServeJob& job = *process.job;
  const Exit& exit = *process.exit;
  end.peak_memory = std::max(end.peak_memory, exit.peak_memory);
  if (process.jobs_done == 0) end.cpu = exit.cpu;  // else it is the work of many
  if (job.cancel.why)
    return fail(end, *job.cancel.why,
                words_for(*job.cancel.why, limit_words(*job.cancel.why, job.order), job.cancel.killed, job.grace));
  if (process.stop.why) return fail(end, *process.stop.why, process.stop.message);
  const bool unseen = process.state == State::starting;
  if (unseen && !(!exit.by_signal && meant_codes.contains(exit.code))) {
    return fail(end, Cause::engine_broken, fmt::format("it ended before it said \"ready\": {}", quoted_end(exit)),
                exit.code);
  }
  if (!exit.by_signal && exit.code == 0) {
    return fail(
        end, Cause::protocol,
        fmt::format("wanted \"done\" or \"fail\" for job {}, found the end of the process (exit code 0)", job.id));
  }
  judge_exit(end, exit, std::nullopt);
}

}  // namespace cadre::engine
