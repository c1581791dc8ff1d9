// The oracle: its own memory of what was promised, done and told. It never asks the cores whether they were right; it
// compares what engines did, what peers were told, and what the store has.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "broker/store/memory_store.hpp"

namespace cadre::sim {

// Things that must happen now and then, or the generator has gone blind (faults-and-attacks.md 3.3).
enum class Sometimes : std::uint8_t {
  unknown_commit_had_happened, unknown_commit_had_not, zombie_write_fenced, stale_report, takeover_with_running_jobs,
  second_assign_met_memory, key_conflict, repeat_answered, result_under_later_epoch, refused, put_off, adopted,
  worker_lost, cancelled_while_running, given_back, dead_letter, expired, lease_lost_at_worker, node_beyond_limit, count
};
std::string_view to_string(Sometimes what);

class Checker {
 public:
  // --- what happened ---
  void submitted(const std::string& client, const JobRequest& request);
  void told_submit(const std::string& client, const JobRequest& asked, const SubmitAnswer& answer, bool definite, const MemoryTables& store);
  void told_notice(const std::string& client, const Notice& notice, const MemoryTables& store);
  void told_cancelled(const CancelAnswer& answer, const MemoryTables& store, Instant now);
  void engine_started(Instant now, const std::string& node, AttemptId attempt, std::uint32_t attempts_max, const MemoryTables& store);
  void engine_ended(Instant now, AttemptId attempt, const AttemptEnd& end, bool killed_with_worker);
  void worker_paused(const std::string& node, Instant now);
  void told_counted(AttemptId attempt, const MemoryTables& store);
  void applied(Epoch epoch, const MemoryTables& store);
  // Clean-up has deleted it, which promises about it outlive. Whether it might is for CleanupChecker to say.
  void purged(const JobRow& job, const OutcomeRow* outcome);

  void saw(Sometimes what) { ++seen_[static_cast<std::size_t>(what)]; }
  std::uint64_t seen(Sometimes what) const { return seen_[static_cast<std::size_t>(what)]; }

  // --- at the end, when all is calm ---
  void at_the_end(const MemoryTables& store, bool only_messages);

  const std::optional<std::string>& broken() const { return broken_; }
  std::uint64_t accepted() const { return accepted_.size(); }
  std::uint64_t starts() const { return starts_; }

 private:
  struct Run {
    std::string node;
    Instant started{};
    std::optional<Instant> ended;
    std::optional<AttemptEnd> end;
  };
  struct Gone {
    std::string client, key;
    Digest digest;
    std::optional<JobState> state;
  };
  void require(bool holds, const char* promise, const std::string& detail);

  std::map<std::pair<std::string, std::string>, JobId> accepted_;
  std::set<std::pair<std::string, std::string>> refused_;     // definitely
  std::set<std::pair<std::string, std::string>> submitted_;
  std::set<std::pair<std::string, std::string>> answered_;
  std::map<AttemptId, Run> runs_;
  std::map<JobId, std::uint32_t> starts_of_;
  std::map<JobId, std::uint64_t> outcome_seen_;               // digest of the outcome when first seen
  std::map<JobId, Instant> cancel_told_;
  std::map<JobId, Gone> gone_;
  std::set<AttemptId> attempts_seen_;
  std::map<std::string, std::vector<Instant>> pauses_;
  Epoch newest_epoch_;
  std::uint64_t starts_ = 0;
  std::optional<std::string> broken_;
  std::array<std::uint64_t, static_cast<std::size_t>(Sometimes::count)> seen_{};
};

}  // namespace cadre::sim
