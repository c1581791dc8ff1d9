// What a client asks about jobs that it knows: wait and cancel.
#include "broker/core/broker.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

// A client's key reaches the client's own jobs; an administrator's reaches all. To others a job does not exist.
bool Broker::may_touch(const Identity& who, const Job& job) const {
  return who.role == Role::admin || names_.text(job.client) == who.name;
}

void Broker::on_wait(Step s, const Received& in, const Wait& wait) {
  for (const JobId id : wait.jobs) {
    const Job* job = find(id);
    if (job != nullptr && !may_touch(in.who, *job)) job = nullptr;
    if (job == nullptr || wait.watch == Watch::none)
      outbox_.look_up(s.effects, {in.from, in.who, id, wait.watch, false});
    else
      watch_job(s, in.from, id, wait.watch);
  }
}

void Broker::watch_job(Step s, PeerId peer, JobId job, Watch watch) {
  auto& waiters = waiters_[job];
  for (auto& waiter : waiters)
    if (waiter.peer == peer) {
      waiter.watch = watch;
      return;
    }
  auto& count = waits_[peer];
  if (count >= policy_.waits_max) {
    s.effects.trace("too many waits of one client");
    if (waiters.empty()) waiters_.erase(job);
    return;  // it will ask again; nothing was promised
  }
  ++count;
  waiters.push_back({peer, watch});
}

void Broker::on_cancel(Step s, const Received& in, const Cancel& cancel) {
  for (const JobId id : cancel.jobs) {
    const auto place = jobs_.find(id);
    const bool known = place != jobs_.end() && place->second.durable && may_touch(in.who, place->second);
    if (!known) {
      outbox_.look_up(s.effects, {in.from, in.who, id, Watch::none, true});
      continue;
    }
    Cancelled message;
    Job& job = place->second;
    const AttemptId attempt{id, job.attempt};
    const Worker* worker = holder_of(job);
    if (mutant(37) && worker != nullptr && worker->route)
      s.effects.sends.push_back({*worker->route, Abandon{epoch_, worker->session, {attempt}}});
    // The row first: a worker that stops an engine for a cancel that is then lost would have stopped it for nothing.
    write_outcome(s, job, JobState::cancelled, Reason::cancelled, AttemptEnd{});
    if (worker != nullptr && worker->route)
      outbox_.say(s.effects, {*worker->route, Abandon{epoch_, worker->session, {attempt}}});
    message.answers.push_back({id, true, JobState::cancelled});
    if (mutant(30)) s.effects.sends.push_back({in.from, std::move(message)});
    else outbox_.say(s.effects, {in.from, std::move(message)});
  }
}

}  // namespace cadre
