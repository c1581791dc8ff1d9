#include "tests/sim/cleanup_tables.hpp"

namespace cadre::sim {

CleanupTables::CleanupTables(cleanup::Policy rules, WallTime made_at)
    : policy(std::move(rules)), schedule(*cleanup::Schedule::parse(policy.schedule, policy.time_zone)), made(made_at) {
  leases.add(records_duty);
  for (std::uint32_t place = 1; place <= policy.turns_max; ++place) leases.add(LeaseTable::place_name(place));
}

WallTime CleanupTables::due(const std::string& duty, WallTime now, ServiceTime service) const {
  cleanup::Seat seat;  // records: the first place
  if (duty != records_duty) {
    seat.nodes = 1;
    seat.rank = 1;
    for (const auto& [resource, row] : leases.rows()) {
      if (!resource.starts_with("cleanup/files/")) continue;
      ++seat.nodes;
      if (resource < duty) ++seat.rank;
    }
    seat.cluster = cluster_name;
  }
  const auto last = last_good.find(duty);
  const auto wish = asked.find(duty);
  const TurnRun run = last == last_good.end() ? TurnRun{0, made, {}} : last->second;
  const cleanup::DutyFacts facts{run.epoch > 0, run.began, service - run.at, wish != asked.end() && run.epoch < wish->second};
  return cleanup::due_at(facts, now, schedule, seat, policy.spread);
}

void CleanupTables::end_turn(const LeaseTable::Turn& turn, const TurnRun& run, bool ok) {
  if (ok && last_good[turn.duty].epoch < run.epoch) last_good[turn.duty] = run;
  leases.give_back(turn);
}

std::vector<cleanup::JobSeen> CleanupTables::read(const MemoryTables& store, JobId after, std::size_t limit) const {
  std::vector<cleanup::JobSeen> page;
  for (auto at = store.job.upper_bound(after); at != store.job.end() && page.size() < limit; ++at) {
    const JobRow& row = at->second;
    cleanup::JobSeen job;
    job.id = row.id;
    job.accepted = row.accepted_at;
    job.queue = row.request.queue;
    job.engine = row.request.engine;
    job.bytes = row.request.body ? row.request.body->size() : 0;
    if (const auto outcome = store.outcome.find(row.id); outcome != store.outcome.end()) {
      job.ended_as = outcome->second.state;
      job.ended = outcome->second.at;
    }
    job.kept = kept.contains(row.id);
    page.push_back(std::move(job));
  }
  return page;
}

CleanupTables::Went CleanupTables::purge(MemoryTables& store, const LeaseTable::Turn& turn, const cleanup::Plan& plan,
                                         std::vector<JobId>& gone) const {
  if (!leases.still_ours(turn) && !mutant(65)) return Went::turn_lost;
  std::uint64_t count = 0;
  for (const auto& run : plan.runs)
    for (auto at = store.job.lower_bound(run.first); at != store.job.end() && at->first <= run.last; ++at, ++count) {
      if (kept.contains(at->first) && !mutant(68)) return Went::again;
      if (!store.outcome.contains(at->first) && !mutant(66)) return Went::again;  // the trigger open_jobs_stay
    }
  if (count != plan.count()) return Went::again;
  const auto erase = [](auto& table, auto first, auto last) { table.erase(table.lower_bound(first), table.upper_bound(last)); };
  for (const auto& run : plan.runs) {
    for (auto at = store.job.lower_bound(run.first); at != store.job.end() && at->first <= run.last; ++at) gone.push_back(at->first);
    erase(store.job, run.first, run.last);
    erase(store.outcome, run.first, run.last);
    erase(store.attempt, AttemptId{run.first, 0}, AttemptId{run.last, UINT32_MAX});
    erase(store.attempt_end, AttemptId{run.first, 0}, AttemptId{run.last, UINT32_MAX});
    erase(store.retried, run.first, run.last);
  }
  return Went::done;
}

bool CleanupTables::keep(const MemoryTables& store, JobId job) {
  if (!store.job.contains(job)) return false;
  kept.insert(job);
  return true;
}

}  // namespace cadre::sim
