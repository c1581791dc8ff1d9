// An attempt has ended: is it the current one? Then a verdict, a row, and words that wait for the row.
#include <fmt/format.h>

#include "broker/core/broker.hpp"
#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

namespace {

std::uint64_t weight(const AttemptEnd& end) {
  std::uint64_t sum = 300 + end.stderr_tail.size() + end.message.size() + (end.blob ? 0 : bytes_of(end.output));
  if (end.output)
    for (const auto& file : *end.output) sum += file.name.size();
  return sum;
}

constexpr std::size_t notice_stderr_max = 2048;  // enough for the last lines; `cadre job logs` has the rest

std::string last_lines(const std::string& text) {
  if (text.size() <= notice_stderr_max) return text;
  return text.substr(text.size() - notice_stderr_max);
}

}  // namespace

void Broker::on_report(Step s, const Received& in, const Report& report) {
  const Worker* worker = session_of(in, report.session);
  if (worker == nullptr) {
    s.effects.sends.push_back({in.from, Greet{epoch_}});
    return;
  }
  for (const auto& end : report.ends) {
    const auto place = jobs_.find(end.attempt.job);
    const bool current = place != jobs_.end() && place->second.state == JobState::leased &&
                         (place->second.attempt == end.attempt.number || mutant(3)) &&
                         place->second.node == worker->node;
    Noted noted{epoch_, {{end.attempt, current ? NoteStanding::counted : NoteStanding::stale}}};
    if (current) {
      settle(s, place->second, end);
    } else {
      ++stats_.stale_reports;
      note_missing(s, in.who.name, end.attempt, end.kind);
      s.effects.trace("stale report of {}", to_string(end.attempt));
    }
    // Also `stale` waits for what has gathered: the row that made this report stale may not be durable yet.
    if (mutant(6) || (mutant(25) && !current)) s.effects.sends.push_back({in.from, std::move(noted)});
    else outbox_.say(s.effects, {in.from, std::move(noted)});
  }
}

// The current attempt of a leased job has ended, by report or because we gave it up.
void Broker::settle(Step s, Job& job, const AttemptEnd& end) {
  CADRE_ASSERT(job.state == JobState::leased);
  CADRE_ASSERT(job.attempt == end.attempt.number);
  tally_.attempt_ended(job, end);
  const Verdict verdict = judge(job, end);
  judge_engine(s, job, verdict.health, end);
  if (std::holds_alternative<Succeeded>(verdict.what)) return write_outcome(s, job, JobState::done, Reason::none, end);
  if (const Bury* bury = std::get_if<Bury>(&verdict.what))
    return write_outcome(s, job, JobState::dead, bury->reason, end);

  const TryAgain& again = std::get<TryAgain>(verdict.what);
  ++stats_.retries;
  const std::string& node = names_.text(job.node);
  const Duration wait = again.at_once ? Duration{} : retry_delay(job, policy_.backoff_max);
  unhold(job);
  if (!again.costs_a_try || mutant(9)) --job.tries;
  if (!again.costs_a_try && mutant(32)) --job.attempt;
  job.avoid = again.elsewhere;
  job.assign_number = 0;
  job.assigned_at = Instant{};
  job.due = s.now.boot + wait;
  move(s, job, wait == Duration{} ? JobState::ready : JobState::delayed);
  job.not_before = WallTime{};  // it has come once
  outbox_.gather(weight(end)).ends.push_back({end, node, wait, s.now.service, s.now.wall});
  s.effects.trace("write {} ended: {}", to_string(end.attempt), to_string(end.kind));
  enrol(s, job);
  if (end.kind == EndKind::not_started) return;
  tell_waiters(s, job, {job.id, job.state, Reason::none, end.attempt.number, node, end.cause, end.code, end.message,
                        last_lines(end.stderr_tail), wait, nullptr, false});
}

// The worker is gone, or has ended without a word about this attempt.
void Broker::lose(Step s, Job& job, std::string why) {
  AttemptEnd end;
  end.attempt = {job.id, job.attempt};
  end.message = std::move(why);
  end.ended = s.now.wall;
  if (take_back_assignment(end.attempt) && !job.said_again) {
    end.kind = EndKind::not_started;  // it still waited for its row: the worker never heard of it
  } else {
    end.kind = EndKind::failed;
    end.cause = Cause::node_lost;
    ++stats_.lost;
    ++job.deaths;
  }
  settle(s, job, end);
}

// True where the assignment had not been said yet; now it never will be.
bool Broker::take_back_assignment(AttemptId attempt) {
  bool found = false;
  outbox_.each_waiting([&](std::vector<Send>& sends) {
    for (auto& send : sends) {
      auto* assign = std::get_if<Assign>(&send.message);
      if (assign == nullptr) continue;
      found = std::erase_if(assign->jobs, [&](const Assignment& job) { return job.attempt == attempt; }) > 0 || found;
    }
  });
  return found;
}

void Broker::judge_engine(Step s, const Job& job, EngineHealth health, const AttemptEnd& end) {
  EngineAtWorker& at = workers_.at(job.node).engines.at(job.engine);
  if (health == EngineHealth::fine) {
    if (end.kind == EndKind::succeeded) at.crashes = 0;
    return;
  }
  if (health == EngineHealth::crashed && ++at.crashes < policy_.crashes_to_quarantine) return;
  at.quarantined_until = s.now.boot + policy_.quarantine;
  at.quarantine_reason = end.message.empty() ? describe(end.cause, end.code) : end.message;
  s.effects.trace("engine {} on {} is in quarantine: {}", names_.text(job.engine), names_.text(job.node),
                  at.quarantine_reason);
}

// The one place where a job ends.
void Broker::write_outcome(Step s, Job& job, JobState state, Reason reason, const AttemptEnd& end) {
  std::string node;
  AttemptEnd last = end;
  if (job.state == JobState::leased) {
    node = names_.text(job.node);
    last.attempt = {job.id, job.attempt};
    unhold(job);
    if (state == JobState::cancelled) tally_.attempt_cancelled(job);
  } else {
    leave(job);
    last.attempt = {job.id, 0};
  }
  move(s, job, state);
  if (state == JobState::done) ++stats_.done;
  if (state == JobState::dead) ++stats_.dead;
  if (state == JobState::cancelled) ++stats_.cancelled;
  tally_.finished(job, state);
  ++outcomes_since_checkpoint_;
  s.effects.trace("write {} {} {}", to_string(job.id), to_string(state), to_string(reason));
  Notice notice{job.id, state, reason, last.attempt.number, node, last.cause, last.code, last.message,
                last_lines(last.stderr_tail), Duration{}, last.output, false};
  // The row first: what is said next belongs to its box, or to a later one.
  outbox_.gather(weight(last)).outcomes.push_back(
      {job.id, state, reason, std::move(node), std::move(last), s.now.service, s.now.wall});
  tell_waiters(s, job, std::move(notice));
  forget(job.id);
}

void Broker::tell_waiters(Step s, const Job& job, Notice notice) {
  const auto place = waiters_.find(job.id);
  if (place == waiters_.end()) return;
  const bool final = job.state == JobState::done || job.state == JobState::dead || job.state == JobState::cancelled;
  for (const Waiter& waiter : place->second) {
    Notice copy = notice;
    if (waiter.watch != Watch::result) copy.output.reset();
    Notices message;
    message.notices.push_back(std::move(copy));
    if (mutant(46)) s.effects.sends.push_back({waiter.peer, std::move(message)});
    else outbox_.say(s.effects, {waiter.peer, std::move(message)});
    if (const auto count = waits_.find(waiter.peer); final && count != waits_.end() && --count->second == 0)
      waits_.erase(count);
  }
  if (final) waiters_.erase(place);
}

}  // namespace cadre
