// The oracle of clean-up: who may delete what, and when. Its own books of the leases, of what nodes were told and of what
// people want kept; what was deleted is held against them (README.md, C1 to C9).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/cleanup_tables.hpp"

namespace cadre::sim {

// Things of clean-up that must happen now and then.
enum class Cleaned : std::uint8_t {
  job_purged, purge_fenced, purge_put_off, kept_job_passed, turn_denied, stale_lease_taken, lease_broken, orphan_removed, stray_removed,
  changed_file_spared, permit_refused, foreign_answer, dry_run, count
};
std::string_view to_string(Cleaned what);

class CleanupChecker {
 public:
  explicit CleanupChecker(const cleanup::Policy& policy) : policy_(policy) {}

  // --- what happened ---
  // After each change of a lease: remembers since when each row has its epoch.
  void leases_are(Instant now, const LeaseTable& leases);
  void service_ticked(Instant now, ServiceTime service);
  void ended(Instant now, const OutcomeRow& row);             // the outcome is stored
  void told_kept(JobId job) { kept_.insert(job); }
  // A transaction has deleted these jobs, as they were. `designated`: this machine purges records.
  void purged(Instant now, const std::string& holder, bool designated, const LeaseTable::Turn& turn, const std::vector<JobRow>& jobs,
              const std::map<JobId, OutcomeRow>& outcomes);
  // The node was told by the broker that it belongs to which of these attempts are its own: one reading.
  void reading(Instant now, const std::string& node, const std::vector<AttemptId>& asked, const std::vector<AttemptId>& owned);
  struct Removal {
    std::string path;
    std::optional<AttemptId> attempt;
    Instant changed{};                 // by anybody, last
    bool in_use = false;               // its engine runs, or its report is not noted yet
    bool announced = false;            // the broker was told that this node cleans
    Instant permit_asked{};            // when the permit for this batch was asked for
  };
  void removed(Instant now, const std::string& node, const LeaseTable::Turn& turn, const Removal& what);

  // When all is calm: nothing that is old is left.
  void at_the_end(const MemoryTables& store, const std::set<JobId>& kept, const std::map<std::string, std::size_t>& orphans_of);

  void saw(Cleaned what) { ++seen_[static_cast<std::size_t>(what)]; }
  std::uint64_t seen(Cleaned what) const { return seen_[static_cast<std::size_t>(what)]; }
  const std::optional<std::string>& broken() const { return broken_; }

 private:
  struct Epoch {
    std::uint64_t value = 0;
    Instant since{};
    std::string holder;
  };
  struct Reading {
    Instant at;
    std::set<AttemptId> asked, owned;
  };
  void require(bool holds, const char* promise, const std::string& detail);
  Instant reached(ServiceTime service, Instant otherwise) const;
  bool was_current(const LeaseTable::Turn& turn, Instant at) const;

  const cleanup::Policy policy_;
  std::map<std::string, Epoch> epochs_;       // by row of the lease table
  std::map<ServiceTime, Instant> ticks_;      // of the service clock: when it had come so far
  std::set<JobId> kept_, gone_;
  std::map<std::string, std::vector<Reading>> readings_;
  std::optional<std::string> broken_;
  std::array<std::uint64_t, static_cast<std::size_t>(Cleaned::count)> seen_{};
};

}  // namespace cadre::sim
