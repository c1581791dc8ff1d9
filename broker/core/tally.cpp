#include "broker/core/tally.hpp"

#include "common/base/assert.hpp"

namespace cadre {

static_assert(static_cast<std::size_t>(Cause::scratch) + 1 == cause_count);

void WaitLine::append(Job& job) {
  CADRE_ASSERT(job.older == nullptr);
  CADRE_ASSERT(job.younger == nullptr);
  CADRE_ASSERT(first_ != &job);
  job.older = last_;
  (last_ != nullptr ? last_->younger : first_) = &job;
  last_ = &job;
}

void WaitLine::remove(Job& job) {
  CADRE_ASSERT(job.older != nullptr || first_ == &job);
  CADRE_ASSERT(job.younger != nullptr || last_ == &job);
  (job.older != nullptr ? job.older->younger : first_) = job.younger;
  (job.younger != nullptr ? job.younger->older : last_) = job.older;
  job.older = nullptr;
  job.younger = nullptr;
}

std::string_view word_of_attempt_end(std::size_t index) {
  CADRE_ASSERT(index < attempt_ends);
  switch (static_cast<AttemptEnded>(index)) {
    case AttemptEnded::succeeded:
      return "succeeded";
    case AttemptEnded::not_started:
      return "not_started";
    case AttemptEnded::cancelled:
      return "cancelled";
    case AttemptEnded::by_cause:
      return "failed";  // without a cause
  }
  return to_string(static_cast<Cause>(index - static_cast<std::size_t>(AttemptEnded::by_cause)));
}

std::uint64_t* Tally::place_of(const Job& job, JobState state) {
  switch (state) {
    case JobState::delayed:
      return &queues_[job.queue].delayed;
    case JobState::ready:
      return &queues_[job.queue].ready;
    case JobState::leased:
      return &queues_[job.queue].leased;
    case JobState::done:
    case JobState::dead:
    case JobState::cancelled:
      break;
  }
  return nullptr;
}

void Tally::moved(const Job& job, JobState from) {
  vanished(job, from);
  if (auto* place = place_of(job, job.state)) ++*place;
}

void Tally::vanished(const Job& job, JobState from) {
  auto* place = place_of(job, from);
  if (place == nullptr) return;
  CADRE_ASSERT(*place > 0);
  --*place;
}

void Tally::attempt_ended(const Job& job, const AttemptEnd& end) {
  EngineTally& engine = engines_[job.engine];
  std::size_t index = static_cast<std::size_t>(AttemptEnded::by_cause) + static_cast<std::size_t>(end.cause);
  if (end.kind == EndKind::succeeded) index = static_cast<std::size_t>(AttemptEnded::succeeded);
  if (end.kind == EndKind::not_started) index = static_cast<std::size_t>(AttemptEnded::not_started);
  CADRE_ASSERT(index < attempt_ends);  // the codec lets no other cause in
  ++engine.attempts[index];
  if (end.kind != EndKind::not_started && end.started != WallTime{} && end.ended != WallTime{})
    engine.run.add(end.ended - end.started);
}

void Tally::finished(const Job& job, JobState as) {
  auto place = finished_.find({job.queue, job.engine});
  if (place == finished_.end() && finished_.size() < pairs_max)
    place = finished_.try_emplace({job.queue, job.engine}).first;
  FinishedTally& tally = place == finished_.end() ? otherwise_ : place->second;
  ++(as == JobState::done ? tally.done : as == JobState::dead ? tally.dead : tally.cancelled);
}

}  // namespace cadre
