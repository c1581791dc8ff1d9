#include "worker/engine/serve_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "common/base/assert.hpp"
#include "worker/engine/ending.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr int reads_per_turn = 32;     // 2 MiB: one engine must not hold up the others
constexpr int pipe_bytes = 256 << 10;  // asked for; the kernel may give less
constexpr Duration mute_limit = 1s;    // a process closes its stdout a moment before it has ended

using State = ServeProcess::State;

struct Pipe {
  Fd read, write;
};

std::optional<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

void never_block(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

}  // namespace

void ServeEngine::start(const Clock& now, Order order) {
  const AttemptId id = order.job.attempt;
  CADRE_ASSERT(!serials_.contains(id));
  ServeJob job;
  job.id = to_string(id.job);
  job.started = now.wall;
  AttemptEnd refused = begun(id, now.wall);
  refused.ended = now.wall;
  if (auto params = one_line_params(order.job.body->params)) {
    job.params = *std::move(params);
  } else {
    fail(refused, Cause::exit_code, "the parameters are not a JSON object", exit_codes::bad_input);
    parts_.events.push_back(Ended{std::move(refused)});
    return;
  }
  job.order = std::move(order);

  ServeProcess* process = find_idle(now, job.order.engine);
  if (process == nullptr) {
    ServeProcess fresh;
    fresh.serial = ++parts_.serial;
    if (const auto failure = launch(now, job.order, fresh)) {
      if (fresh.directory.fd() >= 0) parts_.scratch.remove(std::move(fresh.directory));
      fail(refused, failure->cause, failure->message);
      parts_.events.push_back(Ended{std::move(refused)});
      return;
    }
    process = &processes_.emplace(fresh.serial, std::move(fresh)).first->second;
    process->say(parts_, hello_line(process->engine->name));
  }
  process->job = std::move(job);
  serials_.emplace(id, process->serial);
  if (process->state == State::idle) hand_over(now, *process);
}

// The one that was busy last: its caches are warm, and the others may grow idle enough to be recycled.
ServeProcess* ServeEngine::find_idle(const Clock& now, const DefinitionPtr& engine) {
  ServeProcess* best = nullptr;
  for (auto& [serial, process] : processes_) {
    const bool free = process.state == State::idle || (process.state == State::starting && !process.job);
    if (!free || process.stop.why || process.engine->name != engine->name) continue;
    if (process.engine != engine) {
      retire(now, process);  // engine.yaml has changed
    } else if (process.state == State::idle && process.out && !has_exited(parts_.keeper->pidfd(process.process.tree))) {
      if (best == nullptr || best->state == State::starting || best->idle_since < process.idle_since) best = &process;
    } else if (process.state == State::starting && best == nullptr) {
      best = &process;
    }
  }
  return best;
}

void ServeEngine::keep_only(const Clock& now, const std::vector<DefinitionPtr>& definitions) {
  for (auto& [serial, process] : processes_) {
    process.former = std::find(definitions.begin(), definitions.end(), process.engine) == definitions.end();
    const bool free = process.state == State::idle || (process.state == State::starting && !process.job);
    if (process.former && free && !process.stop.why && !process.exit) retire(now, process);
  }
}

std::optional<StartFailure> ServeEngine::launch(const Clock& now, const Order& order, ServeProcess& process) {
  process.engine = order.engine;
  Result<const User*> user = parts_.separation->user_of(*order.engine);
  if (!user) return StartFailure{Cause::engine_broken, user.error()};
  Result<ScratchDirectory> directory =
      parts_.scratch.make(fmt::format("serve.{}.{}", order.engine->name, process.serial));
  if (!directory) return StartFailure{Cause::scratch, directory.error()};
  process.directory = *std::move(directory);
  process.quoted_directory = quoted(process.directory.path());
  Fd ruleset;
  std::uint64_t stamp = 0;
  if (auto fenced = parts_.separation->renew(process.directory.fd(), ruleset, stamp); !fenced)
    return StartFailure{Cause::scratch, fenced.error()};
  if (auto given = process.directory.give_to(*user); !given) return StartFailure{Cause::scratch, given.error()};
  std::optional<Pipe> in = make_pipe(), out = make_pipe(), err = make_pipe();
  if (!in || !out || !err) return StartFailure{Cause::scratch, "cannot make a pipe: " + errno_text(errno)};
  for (const Fd* fd : {&in->write, &out->read, &err->read}) never_block(*fd);
  for (const Fd* fd : {&in->write, &out->read}) ::fcntl(fd->get(), F_SETPIPE_SZ, pipe_bytes);

  auto failure = start_process(parts_,
                               {*order.engine, *user, ruleset,
                                base_environment(parts_.options, *order.engine, process.directory.path()),
                                process.directory.path(), in->read.get(), out->write.get(), err->write.get(), order.output_max},
                               process.process);
  if (failure) return failure;
  process.in = std::move(in->write);
  process.out = std::move(out->read);
  process.err = std::move(err->read);
  process.log.read_lines(false);
  process.started_at = now.boot;
  process.next_check = now.boot + parts_.options.check_interval;
  parts_.watch(process.process.pidfd, Source::serve_end, process.serial, EPOLLIN);
  parts_.watch(process.out.get(), Source::serve_out, process.serial, EPOLLIN);
  parts_.watch(process.err.get(), Source::serve_stderr, process.serial, EPOLLIN);
  return std::nullopt;
}

void ServeEngine::hand_over(const Clock& now, ServeProcess& process) {
  CADRE_ASSERT(process.job.has_value());
  if (process.jobs_done > 0) process.log.take_tail();  // said between two jobs
  process.state = State::busy;
  process.next_check = now.boot + parts_.options.check_interval;
  const ServeJob& job = *process.job;
  process.say(parts_, job_line(job.order, job.params, process.quoted_directory), job.order.job.body);
}

bool ServeEngine::kill(const Clock& now, AttemptId id, Cause why, Duration grace) {
  const auto found = serials_.find(id);
  if (found == serials_.end()) return false;
  ServeProcess& process = processes_.at(found->second);
  ServeJob& job = *process.job;
  const bool first = job.cancel.ask(now.boot, why, {}, grace);
  if (first) job.grace = grace;
  if (process.state == State::starting) {  // it has not seen the job, and may be of use to another
    AttemptEnd end = end_of(now, process);
    fail(end, why, words_for(why, limit_words(why, job.order), false, Duration{}));
    release_job(process, std::move(end));
    return true;
  }
  if (first && grace > Duration{} && !process.stop.why) process.say(parts_, cancel_line(job.id));
  if (job.cancel.due(now.boot)) {
    job.cancel.killed = true;
    kill_process(process);
  }
  return true;
}

void ServeEngine::on_event(const Clock& now, Source source, std::uint64_t serial) {
  const auto found = processes_.find(serial);
  if (found == processes_.end()) return;
  ServeProcess& process = found->second;
  if (source == Source::serve_out) return on_output(now, process);
  if (source == Source::serve_in) return process.flush(parts_);
  if (source == Source::serve_stderr) return on_log(now, process);
  if (!process.exit) on_process_end(now, process);
}

// --- what the engine says -------------------------------------------------------------------------------------------

void ServeEngine::on_output(const Clock& now, ServeProcess& process) {
  for (int left = reads_per_turn; left > 0; --left) {
    const ServeProcess::Read read = process.read_some();
    if (read == ServeProcess::Read::ended && process.out) {
      process.out.close();
      process.silent_since = now.boot;
    }
    if (process.stop.why || process.state == State::leaving) process.consume(process.unread().size());
    while (understand(now, process)) {
    }
    if (read != ServeProcess::Read::more) return;
  }
}

// One step through the buffer; false: wait for more.
bool ServeEngine::understand(const Clock& now, ServeProcess& process) {
  if (process.stop.why) return false;
  if (process.announced) {
    on_active(now, process);
    if (process.unread().size() < process.announced->bytes) return false;
    AttemptEnd end = end_of(now, process);
    succeed(end, process.take_files());
    end_job(now, process, std::move(end));
    return true;
  }
  const std::string_view unread = process.unread();
  if (unread.empty()) return false;
  const std::size_t newline = unread.substr(0, serve_header_bytes_max + 1).find('\n');
  if (newline == std::string_view::npos) {
    if (unread.size() > serve_header_bytes_max) {
      break_off(
          now, process, Cause::protocol,
          fmt::format("wanted a line of at most {}, found {}", human_bytes(serve_header_bytes_max), printable(unread)));
    }
    return false;
  }
  Result<EngineLine> line = parse_engine_line(unread.substr(0, newline));
  process.consume(newline + 1);
  if (!line) {
    break_off(now, process, Cause::protocol, line.error());
    return false;
  }
  on_line(now, process, *std::move(line));
  return !process.stop.why;
}

void ServeEngine::on_line(const Clock& now, ServeProcess& process, EngineLine line) {
  using Type = EngineLine::Type;
  if (line.type == Type::pong) {
    process.pinged = false;
    process.ping_at = now.boot + parts_.options.ping_interval;
    return;
  }
  if (process.state == State::starting) {
    if (line.type == Type::ready) return on_ready(now, process);
    return break_off(now, process, Cause::protocol, "wanted \"ready\" as the first line, found another");
  }
  if (line.type == Type::ready)
    return break_off(now, process, Cause::protocol, "wanted \"ready\" once, found it again");
  const bool about_this = process.state == State::busy && line.id == process.job->id;
  if (line.type == Type::progress) {
    if (!about_this) return;  // it may have been on its way when the job ended
    on_active(now, process);
    process.job->progress_waiting = std::move(line);
    return send_progress(now, process);
  }
  if (!about_this) {
    return break_off(now, process, Cause::protocol,
                     fmt::format("wanted an answer to job {}, found one to \"{}\"",
                                 process.job ? process.job->id : std::string{"none"}, printable(line.id)));
  }
  if (line.type == Type::done) return on_done(now, process, std::move(line));
  on_fail(now, process, line);
}

void ServeEngine::on_ready(const Clock& now, ServeProcess& process) {
  process.state = State::idle;
  process.idle_since = now.boot;
  process.ping_at = now.boot + parts_.options.ping_interval;
  if (process.job) hand_over(now, process);
}

void ServeEngine::on_done(const Clock& now, ServeProcess& process, EngineLine line) {
  const std::uint64_t limit = process.job->order.output_max;
  // Killed rather than read to the end: nobody knows how long that would take.
  if (line.bytes > limit) return break_off(now, process, Cause::output_too_large, too_large(line.bytes, limit));
  process.announced = std::move(line);
}

void ServeEngine::on_fail(const Clock& now, ServeProcess& process, const EngineLine& line) {
  AttemptEnd end = end_of(now, process);
  judge_exit(end, Exit{false, line.code, {}, 0}, FailLine{line.message, false});
  end_job(now, process, std::move(end));
}

void ServeEngine::on_log(const Clock& now, ServeProcess& process) {
  if (process.read_log()) on_active(now, process);
}

void ServeEngine::on_active(const Clock& now, ServeProcess& process) {
  if (!process.job) return;
  Instant& last = process.job->active_at;
  if (last != Instant{} && now.boot < last + parts_.options.event_interval) return;
  last = now.boot;
  parts_.events.push_back(Active{process.job->order.job.attempt});
}

void ServeEngine::send_progress(const Clock& now, ServeProcess& process) {
  ServeJob& job = *process.job;
  if (!job.progress_waiting) return;
  if (job.progress_at != Instant{} && now.boot < job.progress_at + parts_.options.event_interval) return;
  job.progress_at = now.boot;
  parts_.events.push_back(
      Progress{job.order.job.attempt, job.progress_waiting->progress, std::move(job.progress_waiting->message)});
  job.progress_waiting.reset();
}

// --- time -----------------------------------------------------------------------------------------------------------

void ServeEngine::tick(const Clock& now) {
  for (auto next = processes_.begin(); next != processes_.end();) {
    ServeProcess& process = next->second;
    ++next;  // bury() takes this one out
    if (process.exit) {
      if (now.boot >= process.next_check) bury(now, process);
      continue;
    }
    if (process.job && process.job->cancel.due(now.boot)) {
      process.job->cancel.killed = true;
      kill_process(process);
    }
    if (process.stop.due(now.boot)) kill_process(process);
    if (!process.stop.why && !process.out && now.boot >= process.silent_since + mute_limit)
      break_off(now, process, Cause::protocol, "wanted lines on stdout, found its end while the process lives on");
    switch (process.state) {
      case State::starting:
        if (!process.stop.why && now.boot >= process.started_at + process.engine->start_limit) {
          break_off(now, process, Cause::engine_broken,
                    fmt::format("it did not say \"ready\" within {}", to_string(process.engine->start_limit)));
        }
        break;
      case State::busy:
        if (now.boot >= process.next_check) check(now, process);
        break;
      case State::idle:
        check_idle(now, process);
        break;
      case State::leaving:
        break;
    }
  }
}

void ServeEngine::check(const Clock& now, ServeProcess& process) {
  process.next_check = now.boot + parts_.options.check_interval;
  ServeJob& job = *process.job;
  send_progress(now, process);
  job.peak = std::max(job.peak, parts_.keeper->peak(process.process.tree));
  const std::uint64_t limit = job.order.memory_limit;
  std::uint64_t used = 0;
  if (limit == 0 || process.stop.why || !parts_.keeper->over(process.process.tree, limit, used)) return;
  job.peak = std::max(job.peak, used);
  break_off(now, process, Cause::out_of_memory,
            fmt::format("its processes used {}, limit {}", human_bytes(used), human_bytes(limit)));
}

void ServeEngine::check_idle(const Clock& now, ServeProcess& process) {
  if (process.stop.why) return;
  const Duration idle_max = process.engine->recycle_idle;
  if (idle_max > Duration{} && now.boot >= process.idle_since + idle_max) return retire(now, process);
  if (now.boot < process.ping_at) return;
  if (process.pinged) return break_off(now, process, Cause::protocol, "wanted \"pong\", found nothing");
  process.pinged = true;
  process.ping_at = now.boot + parts_.options.ping_limit;
  process.say(parts_, ping_line());
}

std::optional<Instant> ServeEngine::next_deadline() const {
  std::optional<Instant> best;
  for (const auto& [serial, process] : processes_) {
    if (process.exit) {
      earliest(best, process.next_check);
      continue;
    }
    if (process.job && process.job->cancel.why && !process.job->cancel.killed)
      earliest(best, process.job->cancel.kill_at);
    if (process.stop.why && !process.stop.killed) earliest(best, process.stop.kill_at);
    if (process.stop.why) continue;
    if (!process.out) earliest(best, process.silent_since + mute_limit);
    if (process.state == State::starting) earliest(best, process.started_at + process.engine->start_limit);
    if (process.state == State::busy) earliest(best, process.next_check);
    if (process.state == State::idle) {
      earliest(best, process.ping_at);
      if (process.engine->recycle_idle > Duration{}) earliest(best, process.idle_since + process.engine->recycle_idle);
    }
  }
  return best;
}

}  // namespace cadre::engine
