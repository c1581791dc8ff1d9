// Deletes the records that are old enough, step by step, as the account that alone may. Each step is a transaction of its
// own that first asks whether the turn is still ours (guarantees.md G10); the caller rests, renews and yields in between.
//
// In what order, and why nothing that lives is reached:
//   jobs      in order of id, with all facts of theirs and their blobs; what goes is decided by `plan` (retention.hpp)
//   bodies    large payloads and results of jobs that stay, where they are kept for less long
//   keys      of jobs that are gone, when they are old enough themselves
//   batches, queue blocks   where no job is left
//   blobs     of earlier epochs that no fact names: their submit was a repeat, their report stale, or the broker died
//   runs      what earlier turns have done
//
// One thread at a time. Nothing throws.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/cleanup/retention.hpp"
#include "common/database/leases.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

struct PurgeLimits {
  std::uint64_t jobs_max = 1'000;             // that one transaction deletes
  std::uint64_t jobs_min = 16;                // after time-outs never less
  std::uint64_t bytes_max = 32u << 20;        // of payloads and results that it deletes
  std::uint64_t rows_max = 2'000;             // keys deleted, ranges and blobs looked at in one step
  std::uint64_t keys_looked_at = 20'000;
  std::size_t listed_max = 0;                 // jobs by name, when it only counts
};

// A job that would go, and by which word.
struct WouldGo {
  JobId job;
  JobState state{};
  std::string queue, engine;
  Duration ended_ago{};                       // of service
  Retention::Word kept;
  std::uint64_t bytes = 0;                    // of payload and result
};

// What was removed (or would be, dry): jobs by how they ended, other rows by what they are.
struct PurgeCounts {
  std::map<std::string, std::uint64_t> rows;  // "done", "dead", "cancelled", "results" (large bodies of jobs that stay), "keys", "batch_ranges", "queue_blocks", "orphan_blobs", "runs"
  std::uint64_t bytes = 0;                    // of payloads and results
  std::map<std::string, std::uint64_t> stay;  // jobs looked at that stay, by reason
  std::uint64_t steps = 0, retries = 0;
  std::vector<WouldGo> listed;                // the first ones, at most listed_max
};

class PurgeRecords {
 public:
  enum class Went : std::uint8_t {
    on,         // call again
    again,      // locks or time-outs were in the way: nothing happened, the next step is smaller. Rest first
    over,       // nothing is left to do
    turn_lost,  // the turn is another's: nothing happened
  };

  // Without a turn it only counts what would go (dry).
  PurgeRecords(db::Link& link, std::optional<db::Turn> turn, Retention retention, PurgeLimits limits = {});

  // The database's sentence where it refuses or is away; whatever the step had begun is rolled back.
  db::Outcome<Went> step();

  const PurgeCounts& counts() const { return counts_; }
  std::string_view phase() const;  // for people: "jobs", "keys", ...

 private:
  enum class Phase : std::uint8_t { begin, jobs, bodies, keys, batches, queues, blobs, runs, over };
  using Step = db::Outcome<Done>;

  // A table of which what is left over goes, walked by its key.
  struct Walk {
    const char* counted = "";            // as in PurgeCounts::rows
    const char* select = "";             // the key's columns, and whether the row goes; behind `place_`, in order of the key
    bool of_ids = false;                 // not whether, but a first and a last id: it goes when no job is between them
    std::vector<db::Value> parameters{};
    std::vector<const char*> deletions{};  // each by the key
    Phase next = Phase::over;
    std::size_t gone_max = SIZE_MAX;       // in one step
  };
  struct Place {                         // where the walk is: the key behind which it goes on
    std::string text, key;
    std::uint64_t number = 0;
  };

  Step begin();
  Step purge_jobs();
  Step delete_jobs(const Plan& plan);
  void list(const std::vector<JobSeen>& jobs, const Plan& plan);
  Step purge_bodies();
  Step delete_bodies(const std::vector<BlobId>& blobs, const std::vector<JobId>& jobs);
  Step purge_keys();
  Step delete_keys(const db::Rows& rows);
  Step purge_batches();
  Step purge_queues();
  Step purge_blobs();
  Step purge_runs();
  Step walk(const Walk& walk);
  db::Outcome<bool> no_job_between(std::uint64_t first, std::uint64_t last);
  Step put_off_if_wanted(JobId first, JobId last);
  Step guarded(const std::function<Step()>& body);
  Step bulk(const char* sql, const std::vector<db::Column>& columns, std::size_t rows, std::uint64_t* removed = nullptr);
  bool dry() const { return !turn_; }

  db::Link& link_;
  const std::optional<db::Turn> turn_;
  const Retention retention_;
  const PurgeLimits limits_;
  Phase phase_ = Phase::begin;
  bool turn_lost_ = false;
  std::uint64_t jobs_per_step_;
  ServiceTime now_{};             // as the turn began
  std::uint64_t epoch_ = 0;       // of the broker's seat then
  JobId after_;
  Place place_;
  PurgeCounts counts_;
};

}  // namespace cadre::cleanup
