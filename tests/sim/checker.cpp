#include "tests/sim/checker.hpp"

#include "common/base/mix.hpp"

namespace cadre::sim {

std::string_view to_string(Sometimes what) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Sometimes::count)> words{
      "unknown commit had happened", "unknown commit had not happened", "zombie write fenced", "stale report",
      "takeover with running jobs", "second assign met the worker's memory", "key conflict", "repeat answered",
      "result under a later epoch", "refused", "put off", "adopted", "worker lost", "cancelled while running",
      "given back", "dead letter", "expired", "lease lost at the worker",
      "a node beyond the limit"};
  return words[static_cast<std::size_t>(what)];
}

void Checker::require(bool holds, const char* promise, const std::string& detail) {
  if (!holds && !broken_) broken_ = std::string(promise) + ": " + detail;
}

namespace {

std::uint64_t digest_of_output(const OutputPtr& output) {
  std::uint64_t sum = 1;
  if (output)
    for (const auto& file : *output) sum = mix(sum, mix(mix(file.name), mix(file.bytes)));
  return sum;
}

std::uint64_t digest_of_outcome(const OutcomeRow& row) {
  return mix(mix(static_cast<std::uint64_t>(row.state), static_cast<std::uint64_t>(row.reason)),
             mix(row.end.attempt.number, digest_of_output(row.end.output)));
}

}  // namespace

void Checker::submitted(const std::string& client, const JobRequest& request) {
  submitted_.insert({client, request.key});
}

void Checker::told_submit(const std::string& client, const JobRequest& asked, const SubmitAnswer& answer, bool definite,
                          const MemoryTables& store) {
  const std::pair who{client, answer.key};
  const std::string detail = client + " " + answer.key + " -> " + to_string(answer.job);
  answered_.insert(who);
  require(answer.standing != Standing::retry_later, "G5 a submit ends accepted or refused", detail);
  if (answer.standing == Standing::accepted || answer.standing == Standing::repeat) {
    const auto row = store.job.find(answer.job);
    const auto gone = gone_.find(answer.job);
    require(row != store.job.end() || gone != gone_.end(), "I1 accepted is stored", detail);
    if (row == store.job.end() && gone == gone_.end()) return;
    const Gone stored = row == store.job.end() ? gone->second : Gone{row->second.client, row->second.request.key, digest_of(row->second.request), {}};
    require(stored.key == answer.key && stored.client == client, "I1 the job is the one submitted", detail);
    require(stored.digest == digest_of(asked), "G4 another payload under the same key is refused", detail);
    const auto [before, fresh] = accepted_.emplace(who, answer.job);
    require(before->second == answer.job, "I7 one job per key", detail);
    if (answer.standing == Standing::repeat) saw(Sometimes::repeat_answered);
  } else if (answer.standing == Standing::refused) {
    saw(Sometimes::refused);
    const bool conflict = answer.reason.starts_with("key_conflict");
    if (conflict) saw(Sometimes::key_conflict);
    if (definite && !conflict) refused_.insert(who);
  }
}

void Checker::told_notice(const std::string& client, const Notice& notice, const MemoryTables& store) {
  const std::string detail = client + " " + to_string(notice.job) + " " + std::string(cadre::to_string(notice.state));
  if (const auto gone = gone_.find(notice.job); gone != gone_.end()) {
    const bool end = notice.state == JobState::done || notice.state == JobState::dead || notice.state == JobState::cancelled;
    return require(notice.unknown || !end || gone->second.state == notice.state, "the end told is the end stored", detail);
  }
  if (notice.unknown) return require(!store.job.contains(notice.job), "a stored job is known", detail);
  const auto outcome = store.outcome.find(notice.job);
  if (notice.state == JobState::done || notice.state == JobState::dead || notice.state == JobState::cancelled) {
    require(outcome != store.outcome.end(), "persist, then speak: an end that is told is stored", detail);
    if (outcome != store.outcome.end()) require(outcome->second.state == notice.state, "the end told is the end stored", detail);
  } else {
    const bool stored = store.attempt_end.contains({notice.job, notice.attempt});
    require(stored, "persist, then speak: a failed attempt that is told is stored", detail);
  }
}

void Checker::told_cancelled(const CancelAnswer& answer, const MemoryTables& store, Instant now) {
  if (!answer.known || answer.state != JobState::cancelled) return;
  const auto outcome = store.outcome.find(answer.job);
  const auto gone = gone_.find(answer.job);
  const bool was = gone != gone_.end() && gone->second.state == JobState::cancelled;
  require(was || (outcome != store.outcome.end() && outcome->second.state == JobState::cancelled), "G16 cancelled means cancelled", to_string(answer.job));
  cancel_told_.emplace(answer.job, now);
}

void Checker::engine_started(Instant now, const std::string& node, AttemptId attempt, std::uint32_t attempts_max,
                             const MemoryTables& store) {
  ++starts_;
  const std::string detail = to_string(attempt) + " on " + node;
  const auto [run, fresh] = runs_.emplace(attempt, Run{node, now, {}, {}});
  require(fresh, "I15 each attempt starts one engine", detail);
  require(++starts_of_[attempt.job] <= attempts_max, "I5 engine starts <= attempts_max", detail);
  const auto row = store.job.find(attempt.job);
  const bool gone = gone_.contains(attempt.job);  // it was assigned before it ended, and the assignment was long on its way
  require(gone || row != store.job.end(), "an engine starts only for a stored job", detail);
  const bool in_job_row = row != store.job.end() && attempt.number == 1 && !row->second.first.node.empty();
  require(gone || in_job_row || store.attempt.contains(attempt), "an engine starts only for a stored attempt", detail);
  // G7: the attempt before has ended, or its lease has run out; a paused worker is outside the promise (N2).
  if (attempt.number < 2) return;
  for (auto before = runs_.lower_bound({attempt.job, 0}); before != runs_.end() && before->first < attempt; ++before) {
    if (before->second.ended) continue;
    bool excused = false;
    for (const Instant pause : pauses_[before->second.node]) excused = excused || pause >= before->second.started;
    require(excused, "G7 no early re-run", detail + " while " + to_string(before->first) + " runs");
  }
}

void Checker::engine_ended(Instant now, AttemptId attempt, const AttemptEnd& end, bool killed_with_worker) {
  const auto run = runs_.find(attempt);
  if (run == runs_.end()) return;
  run->second.ended = now;
  if (!killed_with_worker) run->second.end = end;
}

void Checker::worker_paused(const std::string& node, Instant now) { pauses_[node].push_back(now); }

void Checker::told_counted(AttemptId attempt, const MemoryTables& store) {
  const auto outcome = store.outcome.find(attempt.job);
  const bool stored = gone_.contains(attempt.job) || store.attempt_end.contains(attempt) ||
                      (outcome != store.outcome.end() && outcome->second.end.attempt == attempt);
  require(stored, "I12 counted means stored", to_string(attempt));
}

void Checker::applied(Epoch epoch, const MemoryTables& store) {
  require(epoch >= newest_epoch_, "I4 no write under a fenced epoch", std::to_string(epoch.value));
  newest_epoch_ = std::max(newest_epoch_, epoch);
  for (const auto& [id, row] : store.outcome) {
    const auto [seen, fresh] = outcome_seen_.emplace(id, digest_of_outcome(row));
    require(seen->second == digest_of_outcome(row), "I2 an end never changes", to_string(id));
    if (!fresh) continue;
    require(store.job.contains(id), gone_.contains(id) ? "C6 what was purged stays away" : "an end has its job", to_string(id));
    if (row.state == JobState::dead) {
      require(row.reason != Reason::none, "I14 dead has a reason", to_string(id));
      saw(row.reason == Reason::expired ? Sometimes::expired : Sometimes::dead_letter);
    }
    if (row.state != JobState::done) continue;
    // done means: this very attempt succeeded, and what is stored is what its engine made.
    const auto run = runs_.find(row.end.attempt);
    require(run != runs_.end() && run->second.end, "I8 done means that this attempt ran to its end", to_string(id));
    if (run == runs_.end() || !run->second.end) continue;
    require(run->second.end->kind == EndKind::succeeded, "I8 done means that this attempt succeeded", to_string(id));
    require(digest_of_output(run->second.end->output) == digest_of_output(row.end.output), "I8 the result is what the engine made", to_string(id));
    for (const auto& [attempt, other] : store.attempt)
      require(attempt.job != id || attempt.number <= row.end.attempt.number, "I3 only the current attempt's result is recorded", to_string(id));
    if (row.end.attempt.job.epoch() < epoch) saw(Sometimes::result_under_later_epoch);
  }
  for (const auto& [attempt, row] : store.attempt)
    if (attempts_seen_.insert(attempt).second)
      require(!cancel_told_.contains(attempt.job), "G16 no new attempt after a cancel", to_string(attempt));
  for (const auto& [attempt, row] : store.attempt_end)
    if (row.end.message.find("no memory") != std::string::npos)
      require(runs_.contains(attempt), "a worker forgets only what it has run", to_string(attempt));
  for (const auto& [attempt, row] : store.attempt_end)
    if (row.end.kind == EndKind::not_started) require(!runs_.contains(attempt), "an attempt called not started did not start", to_string(attempt));
}

void Checker::purged(const JobRow& job, const OutcomeRow* outcome) {
  gone_[job.id] = {job.client, job.request.key, digest_of(job.request), outcome == nullptr ? std::nullopt : std::optional(outcome->state)};
}

void Checker::at_the_end(const MemoryTables& store, bool only_messages) {
  std::map<std::pair<std::string, std::string>, JobId> by_key;
  for (const auto& [id, row] : store.job) {
    const std::pair who{row.client, row.request.key};
    require(by_key.emplace(who, id).second, "I7 one job per key", row.request.key);
    require(submitted_.contains(who), "no phantom job", to_string(id));
    require(!refused_.contains(who), "I13 refused means never stored", row.request.key);
    require(store.outcome.contains(id), "I9 every job becomes final", to_string(id));
  }
  for (const auto& [id, gone] : gone_) {
    const std::pair who{gone.client, gone.key};
    require(by_key.emplace(who, id).second, "I7 one job per key", gone.key);
    require(submitted_.contains(who), "no phantom job", to_string(id));
    require(!refused_.contains(who), "I13 refused means never stored", gone.key);
    require(gone.state.has_value(), "I9 every job becomes final", to_string(id));
    require(!store.job.contains(id) && !store.outcome.contains(id), "C6 what was purged stays away", to_string(id));
  }
  for (const auto& [who, id] : accepted_) require(gone_.contains(id) || store.job.contains(id), "I1 accepted is stored", to_string(id));
  for (const auto& who : submitted_)
    require(answered_.contains(who), "I9 every submit is answered", who.second);
  for (const auto& [attempt, row] : store.attempt_end) {
    if (row.end.cause == Cause::node_lost) saw(Sometimes::worker_lost);
    if (row.end.kind == EndKind::not_started) saw(Sometimes::given_back);
    if (row.end.cause == Cause::lease_lost) saw(Sometimes::lease_lost_at_worker);
    require(!only_messages || (row.end.cause != Cause::node_lost && row.end.cause != Cause::lease_lost),
            "I16 no attempt written off when only messages were lost", to_string(attempt));
  }
  for (const auto& [attempt, run] : runs_) require(run.ended.has_value(), "every engine ends", to_string(attempt));
}

}  // namespace cadre::sim
