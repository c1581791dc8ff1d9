#include "worker/engine/exec_engine.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>

#include "common/base/assert.hpp"
#include "common/cleanup/orphans.hpp"
#include "worker/engine/ending.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr std::size_t read_bytes = 64u << 10;  // a whole pipe
constexpr int reads_per_turn = 4;              // an engine that floods its log must not hold up the others
constexpr int reads_at_end = 64;
constexpr Duration burial_interval = 10ms;

std::uint64_t size_of(const Fd& fd) {
  struct stat status {};
  return ::fstat(fd.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::vector<std::string> environment_of(const HostOptions& options, const Order& order, const std::string& directory) {
  std::vector<std::string> environment = base_environment(options, *order.engine, directory);
  environment.push_back("TMPDIR=" + directory);  // goes with the attempt, and other engines of the same user cannot look in
  environment.push_back("CADRE_JOB_ID=" + to_string(order.job.attempt.job));
  environment.push_back("CADRE_JOB_ATTEMPT=" + std::to_string(order.job.attempt.number));
  environment.push_back("CADRE_JOB_INPUT=" + directory + "/input");
  environment.push_back("CADRE_JOB_PARAMS=" + directory + "/params.json");
  environment.push_back("CADRE_JOB_OUTPUT_DIR=" + directory + "/out");
  if (order.deadline != WallTime{}) environment.push_back("CADRE_JOB_DEADLINE=" + to_string(order.deadline));
  return environment;
}

}  // namespace

void ExecEngine::start(const Clock& now, Order order) {
  const std::uint64_t serial = ++parts_.serial;
  Attempt attempt;
  attempt.order = std::move(order);
  attempt.started = now.wall;
  attempt.next_check = now.boot + parts_.options.check_interval;
  const AttemptId id = attempt.order.job.attempt;
  CADRE_ASSERT(!serials_.contains(id));
  if (const auto failure = launch(attempt, serial)) {
    AttemptEnd end = begun(id, now.wall);
    fail(end, failure->cause, failure->message);
    end.ended = now.wall;
    if (attempt.directory.input) directories_.give_back(std::move(attempt.directory), true);
    parts_.events.push_back(Ended{std::move(end)});
    return;
  }
  serials_.emplace(id, serial);
  attempts_.emplace(serial, std::move(attempt));
}

std::optional<StartFailure> ExecEngine::launch(Attempt& attempt, std::uint64_t serial) {
  const Order& order = attempt.order;
  const Body& body = *order.job.body;
  Result<const User*> user = parts_.separation->user_of(*order.engine);
  if (!user) return StartFailure{Cause::engine_broken, user.error()};
  Result<AttemptDirectory> directory = directories_.take(cleanup::attempt_name(order.job.attempt), *user, body.payload,
                                                         body.params.empty() ? "{}" : body.params);
  if (!directory) return StartFailure{Cause::scratch, directory.error()};
  attempt.directory = *std::move(directory);
  if (auto fenced = parts_.separation->renew(attempt.directory.place.fd(), attempt.directory.ruleset, attempt.directory.stamp); !fenced)
    return StartFailure{Cause::scratch, fenced.error()};
  const ScratchDirectory& place = attempt.directory.place;
  // Opened anew: what the engine does to the position or the flags of its streams is no business of ours.
  const Fd in{::openat(place.fd(), "input", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  const Fd out{::openat(place.fd(), "stdout", O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
  int pipe_ends[2];
  if (!in || !out || ::pipe2(pipe_ends, O_CLOEXEC) != 0)
    return StartFailure{Cause::scratch,
                        fmt::format("cannot open the streams of {}: {}", place.path(), errno_text(errno))};
  attempt.stderr_pipe = Fd{pipe_ends[0]};
  const Fd err{pipe_ends[1]};
  ::fcntl(attempt.stderr_pipe.get(), F_SETFL, O_NONBLOCK);

  auto failure = start_process(parts_,
                               {*order.engine, *user, attempt.directory.ruleset,
                                environment_of(parts_.options, order, place.path()), place.path(), in.get(), out.get(),
                                err.get(), order.output_max},
                               attempt.process);
  if (failure) return failure;
  parts_.watch(attempt.process.pidfd, Source::exec_end, serial, EPOLLIN);
  parts_.watch(attempt.stderr_pipe.get(), Source::exec_stderr, serial, EPOLLIN);
  return std::nullopt;
}

bool ExecEngine::kill(const Clock& now, AttemptId id, Cause why, Duration grace) {
  const auto found = serials_.find(id);
  if (found == serials_.end()) return false;
  Attempt& attempt = attempts_.at(found->second);
  attempt.grace = grace;
  stop(now, attempt, why, {}, grace);
  return true;
}

void ExecEngine::stop(const Clock& now, Attempt& attempt, Cause why, std::string message, Duration grace) {
  const bool first = attempt.stop.ask(now.boot, why, std::move(message), grace);
  if (attempt.exit) return;
  if (first && grace > Duration{}) parts_.keeper->terminate(attempt.process.tree);
  if (!attempt.stop.due(now.boot)) return;
  parts_.keeper->kill(attempt.process.tree);
  attempt.stop.killed = true;
}

void ExecEngine::on_event(const Clock& now, Source source, std::uint64_t serial) {
  const auto found = attempts_.find(serial);
  if (found == attempts_.end()) return;
  Attempt& attempt = found->second;
  if (source == Source::exec_stderr && !read_stderr(now, attempt)) attempt.stderr_pipe.close();
  if (source == Source::exec_end && !attempt.exit) on_leader_end(now, serial, attempt);
}

void ExecEngine::tick(const Clock& now) {
  for (auto next = attempts_.begin(); next != attempts_.end();) {
    const std::uint64_t serial = next->first;
    Attempt& attempt = next->second;
    ++next;  // finish() takes this one out
    if (!attempt.exit && attempt.stop.due(now.boot)) stop(now, attempt, *attempt.stop.why, {}, Duration{});
    if (now.boot < attempt.next_check) continue;
    if (attempt.exit) {
      bury(now, serial, attempt);
    } else {
      check(now, attempt);
    }
  }
}

std::optional<Instant> ExecEngine::next_deadline() const {
  std::optional<Instant> best;
  for (const auto& [serial, attempt] : attempts_) {
    earliest(best, attempt.next_check);
    if (!attempt.exit && attempt.stop.why && !attempt.stop.killed) earliest(best, attempt.stop.kill_at);
  }
  return best;
}

void ExecEngine::check(const Clock& now, Attempt& attempt) {
  attempt.next_check = now.boot + parts_.options.check_interval;
  check_stdout(now, attempt);
  check_memory(now, attempt);
  send_progress(now, attempt);
}

void ExecEngine::check_stdout(const Clock& now, Attempt& attempt) {
  const std::uint64_t size = size_of(attempt.directory.printed);
  if (size != std::exchange(attempt.stdout_size, size)) on_active(now, attempt);
  if (size <= attempt.order.output_max) return;
  stop(now, attempt, Cause::output_too_large, too_large(size, attempt.order.output_max), Duration{});
}

void ExecEngine::check_memory(const Clock& now, Attempt& attempt) {
  attempt.peak = std::max(attempt.peak, parts_.keeper->peak(attempt.process.tree));
  const std::uint64_t limit = attempt.order.memory_limit;
  std::uint64_t used = 0;
  if (limit == 0 || !parts_.keeper->over(attempt.process.tree, limit, used)) return;
  attempt.peak = std::max(attempt.peak, used);
  stop(now, attempt, Cause::out_of_memory,
       fmt::format("its processes used {}, limit {}", human_bytes(used), human_bytes(limit)), Duration{});
}

// False: the pipe has ended.
bool ExecEngine::read_stderr(const Clock& now, Attempt& attempt) {
  char buffer[read_bytes];
  for (int left = attempt.exit ? reads_at_end : reads_per_turn; left > 0 && attempt.stderr_pipe; --left) {
    const ssize_t got = ::read(attempt.stderr_pipe.get(), buffer, sizeof buffer);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    attempt.log.feed({buffer, static_cast<std::size_t>(got)});
    on_active(now, attempt);
    if (auto progress = attempt.log.take_progress()) attempt.progress_waiting = std::move(progress);
    send_progress(now, attempt);
  }
  return true;
}

void ExecEngine::on_active(const Clock& now, Attempt& attempt) {
  if (attempt.active_at != Instant{} && now.boot < attempt.active_at + parts_.options.event_interval) return;
  attempt.active_at = now.boot;
  parts_.events.push_back(Active{attempt.order.job.attempt});
}

void ExecEngine::send_progress(const Clock& now, Attempt& attempt) {
  if (!attempt.progress_waiting) return;
  if (attempt.progress_at != Instant{} && now.boot < attempt.progress_at + parts_.options.event_interval) return;
  attempt.progress_at = now.boot;
  parts_.events.push_back(Progress{attempt.order.job.attempt, attempt.progress_waiting->fraction,
                                   std::move(attempt.progress_waiting->message)});
  attempt.progress_waiting.reset();
}

void ExecEngine::on_leader_end(const Clock& now, std::uint64_t serial, Attempt& attempt) {
  attempt.exit = parts_.keeper->collect(attempt.process.tree);
  if (!attempt.exit) return;
  parts_.unwatch(attempt.process.pidfd);
  attempt.bury_until = now.boot + parts_.options.burial_limit;
  bury(now, serial, attempt);
}

void ExecEngine::bury(const Clock& now, std::uint64_t serial, Attempt& attempt) {
  if (parts_.keeper->gone(attempt.process.tree) || now.boot >= attempt.bury_until) return finish(now, serial, attempt);
  parts_.keeper->sweep();
  if (parts_.keeper->gone(attempt.process.tree)) return finish(now, serial, attempt);
  attempt.next_check = now.boot + burial_interval;
}

void ExecEngine::finish(const Clock& now, std::uint64_t serial, Attempt& attempt) {
  const AttemptId id = attempt.order.job.attempt;
  read_stderr(now, attempt);
  AttemptEnd end = begun(id, attempt.started);
  end.ended = now.wall;
  end.cpu = attempt.exit->cpu;
  end.peak_memory = std::max(attempt.peak, attempt.exit->peak_memory);
  judge(attempt, end);
  end.stderr_tail = attempt.log.take_tail();
  parts_.keeper->forget(attempt.process.tree);
  directories_.give_back(std::move(attempt.directory), !parts_.keeper->has_orphans());
  serials_.erase(id);
  attempts_.erase(serial);
  parts_.events.push_back(Ended{std::move(end)});
}

void ExecEngine::judge(Attempt& attempt, AttemptEnd& end) {
  if (attempt.stop.why) {
    std::string message = std::move(attempt.stop.message);
    if (message.empty()) message = words_for(*attempt.stop.why, limit_words(*attempt.stop.why, attempt.order), attempt.stop.killed, attempt.grace);
    return fail(end, *attempt.stop.why, std::move(message));
  }
  const std::uint64_t printed = size_of(attempt.directory.printed);
  const bool file_limit = attempt.exit->by_signal && attempt.exit->code == SIGXFSZ;
  const bool exit_zero = !attempt.exit->by_signal && attempt.exit->code == 0;
  if (printed > attempt.order.output_max && (file_limit || exit_zero))
    return fail(end, Cause::output_too_large, too_large(printed, attempt.order.output_max));
  judge_exit(end, *attempt.exit, attempt.log.fail());
  if (end.kind == EndKind::succeeded) collect_output(attempt, end);
}

void ExecEngine::collect_output(Attempt& attempt, AttemptEnd& end) {
  OutputFault fault;
  Result<Output> files = read_output_directory(attempt.directory.place, "out", attempt.order.output_max,
                                               attempt.directory.user, fault);
  if (!files) return fail(end, fault.cause, fault.message);
  if (!files->empty()) return succeed(end, *std::move(files));
  Result<Bytes> printed = read_file(attempt.directory.printed.get(), attempt.order.output_max, fault);
  if (!printed) return fail(end, fault.cause, fault.message);
  Output output;
  output.push_back({"stdout", *std::move(printed)});
  succeed(end, std::move(output));
}

}  // namespace cadre::engine
