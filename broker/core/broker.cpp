#include "broker/core/broker.hpp"

#include <utility>

#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"
#include "common/base/overloaded.hpp"

namespace cadre {

Broker::Broker(const Policy& policy, std::string cluster, Epoch epoch)
    : policy_(policy), cluster_(std::move(cluster)), epoch_(epoch), outbox_(policy_) {
  CADRE_ASSERT(epoch.value > 0);
  CADRE_ASSERT(epoch.value <= JobId::epoch_max);
}

void Broker::step(const Now& now, const Input& input, Effects& effects) {
  const Step s{now, effects};
  const auto received = [&](const Received& in) {
    std::visit(Overloaded{
                   [&](const Hello& m) { on_hello(s, in, m); },
                   [&](const Beat& m) { on_beat(s, in, m); },
                   [&](const Report& m) { on_report(s, in, m); },
                   [&](const Goodbye& m) { on_goodbye(s, in, m); },
                   [&](const Submit& m) { on_submit(s, in, m); },
                   [&](const Wait& m) { on_wait(s, in, m); },
                   [&](const Cancel& m) { on_cancel(s, in, m); },
                   [](const auto&) {},  // not for a broker; the shell has refused it already
               },
               in.message);
  };
  std::visit(Overloaded{
                 received,
                 [&](const PeerGone& in) { on_peer_gone(s, in); },
                 [&](const Tick&) { on_tick(s); },
                 [&](const TurnEnd&) { dispatch(s), outbox_.flush(effects); },
                 [&](const Committed& in) { on_committed(s, in); },
                 [&](const StoreAway& in) { store_trouble_ = in.reason; },
                 [&](const StoreBack&) { store_trouble_.clear(); },
                 [&](const StoreRoom& in) { on_store_room(s, in); },
                 [&](const Fenced& in) { effects.exit = "the seat has been taken by " + in.holder; },
                 [&](const Loaded& in) { on_loaded(s, in); },
                 [&](const LoadDone& in) { on_load_done(s, in); },
                 [&](const Fetched& in) { on_fetched(s, in); },
                 [&](const RetryJob& in) { on_retry(s, in); },
                 [&](const ChangeKey& in) { on_change_key(s, in); },
                 [&](const ReplaceKey& in) { on_replace_key(s, in); },
                 [&](const Cordon& in) { on_cordon(s, in); },
                 [&](const RemoveNode& in) { on_remove_node(s, in); },
                 [&](const SetLimits& in) { on_set_limits(s, in); },
             },
             input);
}

const Job* Broker::find(JobId id) const {
  const auto place = jobs_.find(id);
  return place == jobs_.end() ? nullptr : &place->second;
}

Name Broker::name(std::string_view text) {
  const auto found = names_.intern(text, policy_.names_max + limits::engines_max);
  CADRE_ASSERT(found.has_value());
  return *found;
}

void Broker::move(Step s, Job& job, JobState to) {
  CADRE_ASSERT(legal_move(job.state, to));
  s.effects.trace("job {} {} -> {}", to_string(job.id), to_string(job.state), to_string(to));
  const JobState from = std::exchange(job.state, to);
  tally_.moved(job, from);
}

// A durable job that is delayed or ready takes its place. One whose row is still under way (its worker was lost before
// the commit) takes it when the row has landed.
void Broker::enrol(Step s, Job& job) {
  if (!job.durable) return;
  if (job.not_after != WallTime{}) expiry_.emplace(job.not_after, job.id);
  if (job.state == JobState::delayed && job.not_before > s.now.wall) {
    due_wall_.emplace(job.not_before, job.id);
  } else if (job.state == JobState::delayed && job.due > s.now.boot) {
    if (!mutant(31)) due_.emplace(job.due, job.id);
  } else {
    if (job.state == JobState::delayed) move(s, job, JobState::ready);
    line_up(s, job);
  }
  if (body_memory_ > policy_.body_memory) drop_body(job);
}

void Broker::line_up(Step s, Job& job) {
  ready_.insert(job);
  job.due = s.now.boot;
  tally_.lines_up(job);
}

// The opposite: whatever place it has, it has no longer.
void Broker::leave(Job& job) {
  if (!job.durable) return;
  if (job.not_after != WallTime{}) expiry_.erase({job.not_after, job.id});
  if (job.state == JobState::delayed) {
    due_wall_.erase({job.not_before, job.id});
    due_.erase({job.due, job.id});
  } else if (job.state == JobState::ready) {
    ready_.erase(job);
    tally_.leaves_line(job);
  }
}

void Broker::forget(JobId id) {
  const auto place = jobs_.find(id);
  CADRE_ASSERT(place != jobs_.end());
  drop_body(place->second);
  tally_.vanished(place->second);
  jobs_.erase(place);
}

void Broker::hold(Job& job, Worker& worker) {
  job.node = worker.node;
  job.avoid = false;
  const bool fresh = worker.engines[job.engine].leased.insert(job.id).second;
  CADRE_ASSERT(fresh);
}

void Broker::unhold(Job& job) {
  CADRE_ASSERT(job.state == JobState::leased);
  const auto erased = workers_.at(job.node).engines.at(job.engine).leased.erase(job.id);
  CADRE_ASSERT(erased == 1);
}

Worker* Broker::holder_of(const Job& job) {
  if (job.state != JobState::leased) return nullptr;
  return &workers_.at(job.node);
}

void Broker::keep_body(Job& job, BodyPtr body) {
  CADRE_ASSERT(body != nullptr);
  CADRE_ASSERT(job.body == nullptr);
  job.body = std::move(body);
  job.body_bytes = static_cast<std::uint32_t>(job.body->size());
  body_memory_ += job.body_bytes;
}

void Broker::drop_body(Job& job) {
  if (!job.body) return;
  body_memory_ -= job.body_bytes;
  job.body.reset();
}

}  // namespace cadre
