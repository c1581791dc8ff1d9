// The store has answered.
#include <utility>

#include "broker/core/broker.hpp"
#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

void Broker::on_store_room(Step s, const StoreRoom& in) {
  const Room before = std::exchange(room_, room_of(in, policy_.free_space_min));
  room_trouble_ = cadre::room_trouble(in, policy_.free_space_min);
  if (room_ != before) s.effects.trace("room on the store's volume: {}", room_ == Room::enough ? "enough" : room_trouble_);
}

void Broker::on_committed(Step s, const Committed& in) {
  Outbox::Box box = outbox_.landed();
  ++stats_.commits;
  stats_.accepted += box.jobs_in_it.size();
  s.effects.trace("committed");
  for (const Repeat& repeat : in.repeats) withdraw(s, box, repeat);
  for (const JobId id : box.jobs_in_it) {
    const auto place = jobs_.find(id);
    if (place == jobs_.end()) continue;  // withdrawn
    Job& job = place->second;
    job.durable = true;
    tally_.accepted(job);
    if (job.state != JobState::leased) enrol(s, job);
  }
  for (auto& send : box.sends) s.effects.sends.push_back(std::move(send));
  for (const auto& lookup : box.lookups) s.effects.lookups.push_back(lookup);
  for (auto& key : box.keys_in_it) s.effects.keys_changed.push_back(std::move(key));
}

// Its key was taken: the job that we had made for it never was, and what was to be said about it is put right.
void Broker::withdraw(Step s, Outbox::Box& box, const Repeat& repeat) {
  --stats_.accepted;
  ++(repeat.same ? stats_.repeats : stats_.refused);
  s.effects.trace("withdrew {} for {}", to_string(repeat.withdrawn), to_string(repeat.existing));
  if (!mutant(28)) {
    put_right(box.sends, repeat);
    outbox_.each_waiting([&](std::vector<Send>& sends) { put_right(sends, repeat); });
    outbox_.each_waiting_batch([&](Batch& batch) {  // its assignment may have been taken back meanwhile
      std::erase_if(batch.ends, [&](const AttemptEndRow& row) { return row.end.attempt.job == repeat.withdrawn; });
    });
  }
  const auto place = jobs_.find(repeat.withdrawn);
  if (place == jobs_.end()) return;
  if (place->second.state == JobState::leased) unhold(place->second);
  redirect_waiters(s, repeat);
  forget(repeat.withdrawn);
}

void Broker::put_right(std::vector<Send>& sends, const Repeat& repeat) const {
  const auto about_it = [&](JobId id) { return id == repeat.withdrawn; };
  for (auto& send : sends) {
    if (auto* submitted = std::get_if<Submitted>(&send.message)) {
      for (auto& answer : submitted->answers) {
        if (!about_it(answer.job)) continue;
        if (repeat.same || mutant(29)) answer = {answer.ticket, answer.key, Standing::repeat, repeat.existing, "", Duration{}};
        else answer = {answer.ticket, answer.key, Standing::refused, JobId{}, "key_conflict: this key names another job, " +
                       to_string(repeat.existing) + "; choose a new key for a new job", Duration{}};
      }
    } else if (auto* assign = std::get_if<Assign>(&send.message)) {
      std::erase_if(assign->jobs, [&](const Assignment& job) { return about_it(job.attempt.job); });
    } else if (auto* notices = std::get_if<Notices>(&send.message)) {
      std::erase_if(notices->notices, [&](const Notice& notice) { return about_it(notice.job); });
    } else if (auto* answer = std::get_if<Answer>(&send.message); answer != nullptr && answer->json) {
      const std::string quoted = '"' + to_string(repeat.withdrawn) + '"';
      if (answer->json->find(quoted) != Bytes::npos)
        answer->json = std::make_shared<Bytes>("{\"job\":\"" + to_string(repeat.existing) + "\",\"repeat\":true}");
    }
  }
  std::erase_if(sends, [](const Send& send) {
    const auto* assign = std::get_if<Assign>(&send.message);
    const auto* notices = std::get_if<Notices>(&send.message);
    return (assign != nullptr && assign->jobs.empty()) || (notices != nullptr && notices->notices.empty());
  });
}

// Who asked to be told of the withdrawn job waits for the one that has its key.
void Broker::redirect_waiters(Step s, const Repeat& repeat) {
  const auto place = waiters_.find(repeat.withdrawn);
  if (place == waiters_.end()) return;
  const auto waiting = std::move(place->second);
  waiters_.erase(place);
  for (const Waiter& waiter : waiting) {
    if (const auto count = waits_.find(waiter.peer); count != waits_.end() && --count->second == 0) waits_.erase(count);
    if (!repeat.same) continue;
    if (find(repeat.existing) != nullptr) watch_job(s, waiter.peer, repeat.existing, waiter.watch);
    else outbox_.look_up(s.effects, {waiter.peer, {"", Role::admin}, repeat.existing, waiter.watch, false});  // the key is its own
  }
}

// An open job of an earlier broker. Its attempt number goes on; whoever holds it may come and say so.
void Broker::on_loaded(Step s, const Loaded& in) {
  for (const OpenJob& open : in.jobs) {
    Job& job = jobs_[open.id];
    job.id = open.id;
    job.engine = name(open.request.engine);
    job.queue = name(open.request.queue);
    job.client = name(open.client);
    job.priority = static_cast<std::int8_t>(open.request.priority);
    job.attempts_max = static_cast<std::uint16_t>(open.request.attempts_max);
    job.not_before = open.attempt == 0 ? open.request.not_before : WallTime{};
    job.not_after = open.request.not_after;
    job.backoff = open.request.backoff;
    job.time_limit = open.request.time_limit;
    job.stall_limit = open.request.stall_limit;
    job.memory_limit = open.request.memory_limit;
    job.attempt = open.attempt;
    job.tries = static_cast<std::uint16_t>(open.tries);
    job.deaths = static_cast<std::uint16_t>(open.deaths);
    job.body_bytes = static_cast<std::uint32_t>(open.body_bytes);
    job.durable = true;
    if (open.leased && !mutant(7)) {
      job.state = JobState::leased;
      const Name node = name(open.holder.node);
      Worker& worker = workers_[node];
      worker.node = node;
      if (worker.session != open.holder.session && worker.leased() == 0) worker.session = open.holder.session;
      if (!mutant(43)) worker.heard = s.now.boot;  // the re-adoption window: as long as a lease
      tally_.appeared(job);
      hold(job, worker);
    } else {
      // How much of a back-off had passed is not known any more; it is waited out once again.
      job.due = open.tries == 0 ? s.now.boot : s.now.boot + retry_delay(job, policy_.backoff_max);
      job.state = JobState::delayed;
      tally_.appeared(job);
      enrol(s, job);
    }
  }
}

void Broker::on_load_done(Step s, const LoadDone& in) {
  for (const NodeRow& row : in.nodes) {
    const Name node = name(row.node);
    workers_[node].node = node;
    workers_[node].cordoned = row.cordoned;
  }
  restored_ = in.restored.backups;
  for (const MissingRow& row : in.restored.missing) missing_.emplace(row.attempt, row);
  loaded_ = true;
  last_checkpoint_ = s.now.boot;
  s.effects.trace("loaded {} open jobs", jobs_.size());
}

void Broker::on_fetched(Step, const Fetched& in) {
  for (const auto& [id, body] : in.bodies) {
    const auto place = jobs_.find(id);
    if (place == jobs_.end()) continue;  // cancelled meanwhile
    place->second.fetching = false;
    if (body != nullptr && place->second.body == nullptr) keep_body(place->second, body);
  }
}

// What a start needs to know about everything up to now: which ids are still open. In commit order, with the rows
// that it speaks of, and under the same guard.
void Broker::gather_checkpoint(Step s) {
  CheckpointRow row;
  row.upto = last_id();
  for (const auto& [id, job] : jobs_) {
    if (!row.open.empty() && row.open.back().second.value + 1 == id.value) row.open.back().second = id;
    else row.open.emplace_back(id, id);
  }
  outbox_.gather(100 + 16 * row.open.size()).checkpoints.push_back(std::move(row));
  outcomes_since_checkpoint_ = 0;
  last_checkpoint_ = s.now.boot;
}

}  // namespace cadre
