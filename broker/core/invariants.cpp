// What must always hold, apart from the code that makes it hold. The simulator asks after every step.
#include <fmt/format.h>

#include "broker/core/broker.hpp"
#include "common/base/mix.hpp"

namespace cadre {

namespace {

// What is counted along must be what is there.
struct Recount {
  std::uint64_t delayed = 0, ready = 0, leased = 0;
  std::size_t in_lane = 0;

  void add(const Job& job, bool queued) {
    delayed += job.state == JobState::delayed;
    ready += job.state == JobState::ready;
    leased += job.state == JobState::leased;
    in_lane += queued;
  }
  std::optional<std::string> differs(const std::string& queue, const QueueTally& tally) const {
    if (delayed != tally.delayed || ready != tally.ready || leased != tally.leased)
      return fmt::format("queue {} has {} delayed, {} ready, {} leased; counted were {}, {}, {}", queue, delayed, ready, leased, tally.delayed, tally.ready, tally.leased);
    std::size_t in_line = 0;
    for (const Job* job = tally.line.oldest(); job != nullptr; job = job->younger, ++in_line)
      if (job->older != nullptr && job->older->due > job->due) return fmt::format("queue {}: who waits longest does not stand first", queue);
    if (in_line != in_lane) return fmt::format("queue {} has {} jobs in lanes, {} in its line", queue, in_lane, in_line);
    return std::nullopt;
  }
};

}  // namespace

std::optional<std::string> Broker::broken_invariant() const {
  std::map<Name, Recount> queues;
  std::uint64_t submitted = 0;
  std::size_t leased = 0, ready = 0;
  std::uint64_t body_memory = 0;
  for (const auto& [id, job] : jobs_) {
    if (job.id != id) return "a job is filed under another id";
    if (job.body) body_memory += job.body_bytes;
    queues[job.queue].add(job, job.state == JobState::ready && job.durable);
    if (job.tries > job.attempt) return fmt::format("{}: more tries than attempts", to_string(id));
    if (job.tries > job.attempts_max) return fmt::format("{}: more tries than allowed", to_string(id));
    switch (job.state) {
      case JobState::leased: {
        ++leased;
        const auto worker = workers_.find(job.node);
        if (worker == workers_.end()) return fmt::format("{} is leased to nobody", to_string(id));
        const auto at = worker->second.engines.find(job.engine);
        if (at == worker->second.engines.end() || !at->second.leased.contains(id))
          return fmt::format("{} is leased to a worker that does not have it", to_string(id));
        break;
      }
      case JobState::ready: {
        const auto lane = ready_.lanes().find(job.engine);
        const bool queued = lane != ready_.lanes().end() && lane->second.jobs.contains(rank_of(job));
        if (queued != job.durable) return fmt::format("{} is ready, durable {}, in a lane {}", to_string(id), job.durable, queued);
        ready += queued ? 1 : 0;
        break;
      }
      case JobState::delayed:
        if (job.durable && !due_.contains({job.due, id}) && !due_wall_.contains({job.not_before, id}))
          return fmt::format("{} is delayed and nothing will wake it", to_string(id));
        break;
      default: return fmt::format("{} is final and still in memory", to_string(id));
    }
  }
  for (const auto& [queue, tally] : tally_.queues()) {
    submitted += tally.submitted;
    if (auto wrong = queues[queue].differs(names_.text(queue), tally)) return wrong;
  }
  if (submitted != stats_.accepted) return fmt::format("{} jobs were accepted, the queues have counted {}", stats_.accepted, submitted);
  std::size_t held = 0;
  for (const auto& [name, worker] : workers_) held += worker.leased();
  if (held != leased) return fmt::format("{} jobs are leased, the workers have {}", leased, held);
  if (ready != ready_.size()) return "the lanes hold a job that is not ready";
  if (body_memory != body_memory_) return "the bodies in memory are counted wrongly";
  for (const auto& [job, waiters] : waiters_)
    if (!jobs_.contains(job)) return "somebody waits for a job that is not open";
  return std::nullopt;
}

std::uint64_t Broker::digest() const {
  std::uint64_t sum = mix(sequence_, epoch_.value);
  for (const auto& [id, job] : jobs_) {
    sum = mix(sum, mix(id.value, static_cast<std::uint64_t>(job.state)));
    sum = mix(sum, mix(job.attempt, job.tries));
    sum = mix(sum, mix(job.node.value, static_cast<std::uint64_t>(job.durable)));
    sum = mix(sum, static_cast<std::uint64_t>(job.due.time_since_epoch().count()));
  }
  for (const auto& [name, worker] : workers_) {
    sum = mix(sum, mix(worker.session.value, worker.beat_number));
    sum = mix(sum, mix(worker.leased(), worker.route ? worker.route->value : 0));
  }
  return mix(sum, mix(outbox_.rows(), outbox_.bytes()));
}

}  // namespace cadre
