#include "common/cleanup/retention.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre::cleanup {

namespace {

// What `words` (Keep or KeepOtherwise) says of jobs that ended so.
template <class Words>
auto word_of(const Words& words, JobState state) {
  switch (state) {
    case JobState::done: return words.done;
    case JobState::dead: return words.dead;
    case JobState::cancelled: return words.cancelled;
    case JobState::delayed:
    case JobState::ready:
    case JobState::leased: break;
  }
  CADRE_ASSERT(!"only what has ended has a time that it is kept");
  return words.done;
}

// What the queue says, else the engine; `pick` takes the word that is asked for out of theirs.
template <class Pick>
std::optional<Retention::Word> otherwise(const Retention& retention, const std::string& queue, const std::string& engine, Pick pick) {
  const auto word = [&](const std::map<std::string, KeepOtherwise>& all, const std::string& name) {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : pick(found->second);
  };
  if (const auto said = word(retention.queues, queue)) return Retention::Word{*said, Retention::By::queue};
  if (const auto said = word(retention.engines, engine)) return Retention::Word{*said, Retention::By::engine};
  return std::nullopt;
}

}  // namespace

Retention::Word Retention::word_for(JobState state, const std::string& queue, const std::string& engine) const {
  const auto said = otherwise(*this, queue, engine, [&](const KeepOtherwise& words) { return word_of(words, state); });
  return said.value_or(Word{word_of(keep, state), By::all});
}

Duration Retention::shortest() const {
  Duration least = std::min({keep.done, keep.cancelled, keep.dead});
  for (const auto* words : {&queues, &engines})
    for (const auto& [name, otherwise] : *words)
      for (const auto& one : {otherwise.done, otherwise.cancelled, otherwise.dead})
        if (one) least = std::min(least, *one);
  return least;
}

std::optional<Duration> Retention::results_of(const std::string& queue, const std::string& engine) const {
  const auto said = otherwise(*this, queue, engine, [](const KeepOtherwise& words) { return words.results; });
  return said ? std::optional(said->keep) : keep.results;
}

std::optional<Duration> Retention::shortest_results() const {
  std::optional<Duration> least = keep.results;
  for (const auto* words : {&queues, &engines})
    for (const auto& [name, otherwise] : *words)
      if (otherwise.results) least = std::min(least.value_or(*otherwise.results), *otherwise.results);
  return least;
}

std::uint64_t result_bytes(const std::string& files) {
  std::uint64_t sum = 0;
  for (std::size_t at = files.find(' '); at != std::string::npos; at = files.find(' ', at + 1)) sum += std::strtoull(files.c_str() + at, nullptr, 10);
  return sum;
}

Fate fate_of(const JobSeen& job, const Retention& retention, ServiceTime now) {
  if (!job.ended_as) return mutant(66) ? Fate::goes : Fate::open;
  if (job.kept) return Fate::kept;
  if (job.reached) return Fate::reached;
  return now - (mutant(70) ? job.accepted : job.ended) >= retention.of(*job.ended_as, job.queue, job.engine) ? Fate::goes : Fate::young;
}

bool sheds_bodies(const JobSeen& job, const Retention& retention, ServiceTime now) {
  if (job.ended_as != JobState::done || fate_of(job, retention, now) != Fate::young) return false;
  const auto kept = retention.results_of(job.queue, job.engine);
  return kept && now - job.ended >= *kept;
}

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::goes: return "goes";
    case Fate::open: return "has not ended";
    case Fate::kept: return "kept for ever";
    case Fate::reached: return "an open job repeats it";
    case Fate::young: return "not old enough";
  }
  return "";
}

std::uint64_t Plan::count() const {
  std::uint64_t sum = 0;
  for (const auto& [state, number] : jobs) sum += number;
  return sum;
}

Plan plan(const std::vector<JobSeen>& jobs, const Retention& retention, ServiceTime now, std::uint64_t jobs_max, std::uint64_t bytes_max) {
  Plan plan;
  const Duration shortest = retention.shortest();
  bool joined = false;  // the last run may grow: no job that stays came behind it
  std::uint64_t left = jobs_max;
  for (const JobSeen& job : jobs) {
    // Ids grow with the time of the accept, and nothing ends before it was accepted.
    if (now - job.accepted < shortest) {
      plan.over = true;
      return plan;
    }
    if (left == 0 || plan.bytes >= bytes_max) return plan;
    CADRE_ASSERT(plan.next_after < job.id);
    plan.next_after = job.id;
    const Fate fate = fate_of(job, retention, now);
    if (fate != Fate::goes) {
      ++plan.stay[fate];
      joined = false;
      continue;
    }
    --left;
    if (joined) plan.runs.back().last = job.id;
    else plan.runs.push_back({job.id, job.id});
    joined = true;
    plan.blobs.insert(plan.blobs.end(), job.blobs.begin(), job.blobs.end());
    ++plan.jobs[job.ended_as.value_or(JobState::done)];
    plan.bytes += job.bytes;
  }
  return plan;
}

}  // namespace cadre::cleanup
