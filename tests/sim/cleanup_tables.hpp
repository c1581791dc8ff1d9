// What the world's database holds for clean-up, and what is asked of it: leases, last turns, wishes of people, jobs to be
// kept, the purge of records. Each function is one statement or one transaction: a caller runs it through World::call_store.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "broker/store/memory_store.hpp"
#include "common/cleanup/due.hpp"
#include "common/cleanup/policy.hpp"
#include "tests/support/lease_table.hpp"

namespace cadre::sim {

using test::LeaseTable;

inline constexpr const char* records_duty = "cleanup/records";
inline std::string files_duty(const std::string& node) { return "cleanup/files/" + node; }
inline constexpr Duration turn_ttl = 10s;
inline constexpr const char* cluster_name = "sim";

struct CleanupTables {
  CleanupTables(cleanup::Policy rules, WallTime made);

  struct TurnRun {
    std::uint64_t epoch = 0;
    WallTime began{};
    ServiceTime at{};
  };
  // When `duty` is due, as the database knows it.
  WallTime due(const std::string& duty, WallTime now, ServiceTime service) const;
  void wish(const std::string& duty) { asked[duty] = leases.rows().contains(duty) ? leases.rows().at(duty).epoch + 1 : 1; }
  void end_turn(const LeaseTable::Turn& turn, const TurnRun& run, bool ok);

  // One page of the purge: jobs behind `after`, with what decides about them.
  std::vector<cleanup::JobSeen> read(const MemoryTables& store, JobId after, std::size_t limit) const;
  enum class Went : std::uint8_t { done, again, turn_lost };
  // Deletes what was planned, under the turn: all of it or nothing. `gone` takes the ids.
  Went purge(MemoryTables& store, const LeaseTable::Turn& turn, const cleanup::Plan& plan, std::vector<JobId>& gone) const;
  bool keep(const MemoryTables& store, JobId job);  // false: there is no such job (any more)

  const cleanup::Policy policy;
  const cleanup::Schedule schedule;
  const WallTime made;
  LeaseTable leases;
  std::map<std::string, TurnRun> last_good;        // by duty
  std::map<std::string, std::uint64_t> asked;  // by duty: a turn of this epoch or a later one is wanted
  std::set<JobId> kept;
};

}  // namespace cadre::sim
