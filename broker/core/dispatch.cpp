// Which job goes where: the most urgent, oldest fitting job to the freest fitting worker.
#include <algorithm>

#include <fmt/format.h>

#include "broker/core/broker.hpp"
#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

void Broker::dispatch(Step s) {
  heed_node_limit();
  if (!loaded_ || !store_trouble_.empty() || room_ == Room::scarce) return;
  dispatch_lanes(s);
  dispatch_newborn(s);
}

// Lanes compete: the most urgent, oldest job of all engines that somebody has room for goes first.
void Broker::dispatch_lanes(Step s) {
  std::set<Name> closed;  // lanes that nobody has room for in this turn
  while (!outbox_.crowded()) {
    Lane* best = nullptr;
    Name best_engine;
    for (auto& [engine, lane] : ready_.lanes()) {
      if (closed.contains(engine)) continue;
      if (best == nullptr || *lane.jobs.begin() < *best->jobs.begin()) {
        best = &lane;
        best_engine = engine;
      }
    }
    if (best == nullptr) return;
    Job& job = jobs_.at(best->jobs.begin()->id);
    if (job.not_after != WallTime{} && job.not_after <= s.now.wall) {
      write_outcome(s, job, JobState::dead, Reason::expired, AttemptEnd{});
      continue;
    }
    const auto avoid = job.avoid ? std::optional(job.node) : std::nullopt;
    Worker* worker = at_limit(best_engine) ? nullptr : freest(workers_, best_engine, avoid, s.now.boot);
    if (worker == nullptr) {
      closed.insert(best_engine);
      continue;
    }
    if (best->until_fetch == 0 || !job.body) fetch_ahead(s, *best);
    if (!job.body) {  // order is kept: nobody overtakes it while its body is on the way
      closed.insert(best_engine);
      continue;
    }
    if (best->until_fetch > 0) --best->until_fetch;
    assign(s, job, *worker, nullptr);
  }
}

// Jobs that are in the batch about to be written, where nobody waits before them: accept and assignment share a row
// and a commit.
void Broker::dispatch_newborn(Step s) {
  Batch* batch = outbox_.next_to_fly();
  if (batch == nullptr) return;
  std::vector<std::size_t> order(batch->jobs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return batch->jobs[a].request.priority > batch->jobs[b].request.priority;
  });
  std::set<Name> closed;
  for (const std::size_t index : order) {
    JobRow& row = batch->jobs[index];
    const auto place = jobs_.find(row.id);
    if (place == jobs_.end()) continue;
    Job& job = place->second;
    if (job.state != JobState::ready || closed.contains(job.engine)) continue;
    const bool others_wait = ready_.lanes().contains(job.engine);
    const bool late = job.not_after != WallTime{} && job.not_after <= s.now.wall;
    Worker* worker = others_wait || late || at_limit(job.engine) ? nullptr : freest(workers_, job.engine, std::nullopt, s.now.boot);
    if (worker == nullptr) closed.insert(job.engine);
    else assign(s, job, *worker, &row);
  }
}

void Broker::assign(Step s, Job& job, Worker& worker, JobRow* newborn) {
  CADRE_ASSERT(worker.route.has_value());
  CADRE_ASSERT(job.body != nullptr);
  leave(job);
  tally_.given_out(job, s.now.boot - job.due);
  // The attempt number is the lease's epoch: a report with an older one comes from a holder that we have given up on,
  // perhaps while another is already at work.
  ++job.attempt;
  ++job.tries;
  job.assign_number = ++worker.assigns_sent;
  job.assigned_at = s.now.boot;
  job.said_again = false;
  move(s, job, JobState::leased);
  hold(job, worker);
  const Holder holder{names_.text(worker.node), worker.session};
  if (newborn != nullptr) {
    newborn->first = holder;
  } else if (!mutant(19)) {
    outbox_.gather(150).attempts.push_back({{job.id, job.attempt}, holder, s.now.service, s.now.wall});
  }
  s.effects.trace("write {} leased to {}", to_string(AttemptId{job.id, job.attempt}), holder.node);
  if (newborn != nullptr && !mutant(8)) outbox_.say_with_next({*worker.route, assignment_of(s, job, worker)});
  else say_assignment(s, job, worker);
}

Message Broker::assignment_of(Step s, const Job& job, const Worker& worker) const {
  Assign message{epoch_, worker.session, {}};
  // A span, not a time of day: the worker's clock may show another one, and would give the job back again and again.
  Duration start_within{};
  if (job.not_after != WallTime{}) start_within = std::max<Duration>(1ms, job.not_after - s.now.wall);
  message.jobs.push_back({{job.id, job.attempt}, job.assign_number, names_.text(job.engine), job.priority, start_within,
                          job.time_limit, job.stall_limit, job.memory_limit, job.body});
  return message;
}

void Broker::say_assignment(Step s, const Job& job, const Worker& worker) {
  Send send{*worker.route, assignment_of(s, job, worker)};
  if (mutant(8)) s.effects.sends.push_back(std::move(send));
  else outbox_.say(s.effects, std::move(send));
}

// The bodies of the jobs next in line, where the store has them and we do not.
void Broker::fetch_ahead(Step s, Lane& lane) {
  std::uint32_t seen = 0;
  std::uint64_t bytes = 0;
  for (const Rank& rank : lane.jobs) {
    if (++seen > policy_.fetch_ahead || bytes >= policy_.fetch_bytes_max) break;
    Job& job = jobs_.at(rank.id);
    bytes += job.body_bytes;
    if (job.body || job.fetching) continue;
    job.fetching = true;
    s.effects.fetch.push_back(job.id);
  }
  lane.until_fetch = policy_.fetch_ahead / 2;
}

}  // namespace cadre
