#include "common/cleanup/status.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "common/cleanup/duty.hpp"
#include "common/cleanup/host_words.hpp"
#include "common/database/leases.hpp"

namespace cadre::cleanup {

namespace {

using Json = nlohmann::json;

constexpr std::size_t runs_shown = 5, starts_shown = 3;
constexpr int late_periods = 2;      // missed: somebody should look

std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }

struct Facts {
  Policy policy;
  bool policy_written = false;
  std::string cluster;
  std::map<std::string, db::LeaseRow> leases;
  std::map<std::string, Json> runs;       // by duty, newest first
  std::map<std::string, DutyFacts> turns; // by duty
  Json candidates = Json::array();
  std::vector<std::string> claimants;
};

std::optional<db::Trouble> read_settings(db::Link& link, Facts& facts) {
  auto found = link.query("SELECT id, (SELECT policy FROM cleanup_policy) FROM cluster");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty()) return db::Trouble{db::Kind::missing, 0, "the schema has no cluster row; `cadre db init` makes it"};
  facts.cluster = rows.text(0, 0);
  if (rows.is_null(0, 1)) return std::nullopt;
  auto policy = policy_from_json(rows.text(0, 1));
  if (!policy) return db::Trouble{db::Kind::wrong, 0, policy.error()};
  facts.policy = *policy;
  facts.policy_written = true;
  return std::nullopt;
}

std::optional<db::Trouble> read_runs(db::Link& link, Facts& facts) {
  auto leases = db::read_leases(link);
  if (const auto* trouble = trouble_of(leases)) return *trouble;
  for (const auto& lease : std::get<std::vector<db::LeaseRow>>(leases))
    if (lease.resource.starts_with("cleanup/") && !lease.resource.starts_with("cleanup/place/")) facts.leases[lease.resource] = lease;
  for (const auto& [duty, lease] : facts.leases) {
    auto found = link.query("SELECT node, holder, began, ended, ok, detail, epoch FROM cleanup_run WHERE duty = ? ORDER BY epoch DESC LIMIT ?",
                            {duty, std::uint64_t{runs_shown}});
    if (const auto* trouble = trouble_of(found)) return *trouble;
    const auto& runs = std::get<db::Rows>(found);
    Json all = Json::array();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const bool running = runs.i64(i, 3) == 0 && lease.held() && lease.epoch == runs.u64(i, 6);
      Json run = Json::parse(runs.text(i, 5), nullptr, false);
      if (!run.is_object()) run = Json::object();
      run.update({{"node", runs.text(i, 0)}, {"holder", runs.text(i, 1)}, {"epoch", runs.u64(i, 6)}, {"began", runs.i64(i, 2)}, {"ended", runs.i64(i, 3)},
                  {"ok", runs.i64(i, 4) != 0}, {"running", running}, {"cut_short", runs.i64(i, 3) == 0 && !running}});
      all.push_back(std::move(run));
    }
    facts.runs[duty] = std::move(all);
    auto turns = read_duty(link, duty);
    if (const auto* trouble = trouble_of(turns)) return *trouble;
    facts.turns[duty] = std::get<DutyFacts>(turns);
  }
  return std::nullopt;
}

std::optional<db::Trouble> read_candidates(db::Link& link, Facts& facts) {
  auto found = link.query("SELECT node, claims, why, CAST(TIMESTAMPDIFF(SECOND, seen, SYSDATE(6)) AS SIGNED) FROM cleanup_claim ORDER BY node");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool fresh = rows.i64(i, 3) <= claim_seconds, claims = rows.i64(i, 1) != 0;
    facts.candidates.push_back({{"node", rows.text(i, 0)}, {"purges", claims}, {"why", rows.text(i, 2)}, {"seconds_ago", rows.i64(i, 3)}, {"fresh", fresh}});
    if (fresh && claims) facts.claimants.push_back(rows.text(i, 0));
  }
  return std::nullopt;
}

Json starts_of(const Schedule& schedule, const Facts& facts, WallTime after, const Seat& seat) {
  Json starts = Json::array();
  for (const WallTime start : turn_starts(schedule, after, seat, facts.policy.spread, starts_shown)) starts.push_back(micros(start));
  return starts;
}

Json duties_of(const Facts& facts, const Schedule& schedule, WallTime now, Json& warnings) {
  Json duties = Json::array();
  const auto nodes = static_cast<std::uint32_t>(facts.leases.size());
  std::uint32_t rank = 1;
  for (const auto& [duty, lease] : facts.leases) {
    const bool records = duty == db::records_duty;
    const Seat seat = records ? Seat{} : Seat{rank++, nodes, facts.cluster};
    const DutyFacts& turns = facts.turns.at(duty);
    const WallTime base = last_turn(turns, now);
    const bool due = due_at(turns, now, schedule, seat, facts.policy.spread) <= now;
    const bool late = now - base > late_periods * schedule.period(base) + facts.policy.spread;
    if (late)
      warnings.push_back(fmt::format("{}: no turn has come to its end since {}: more than {} periods of '{}'", duty, to_string(base), late_periods, facts.policy.schedule));
    duties.push_back({{"duty", duty}, {"held", lease.held()}, {"holder", lease.held() ? lease.holder : ""}, {"due", due}, {"late", late},
                      {"last_good", turns.ever ? micros(turns.last) : 0}, {"runs", facts.runs.at(duty)},
                      {"next", starts_of(schedule, facts, now, seat)}});
  }
  return duties;
}

void warn_about_records(const Facts& facts, Json& warnings) {
  if (!facts.policy_written) warnings.push_back("the broker has not written its clean-up policy yet");
  if (facts.claimants.size() > 1 && facts.policy.records_by == "auto")
    warnings.push_back(fmt::format("'{}' and '{}' both take themselves for the database's host, so neither purges records: say which one it is with "
                                   "cleanup.records_by on the master", facts.claimants[0], facts.claimants[1]));
  if (!facts.claimants.empty()) return;
  std::string why;
  for (const auto& candidate : facts.candidates) why += fmt::format("; {}: {}", candidate["node"].get<std::string>(), candidate["why"].get<std::string>());
  warnings.push_back("NOBODY PURGES RECORDS, the database only grows: no node takes it for its part" + why +
                     ". Name one in cleanup.records_by on the master, or say elect there");
}

db::Outcome<Json> tables_of(db::Link& link) {
  auto found = link.query(
      "SELECT table_name, CAST(data_length + index_length AS UNSIGNED), CAST(IF(@@innodb_file_per_table, data_free, 0) AS UNSIGNED), CAST(table_rows AS UNSIGNED) "
      "FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 2 DESC");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  Json tables = Json::array();
  std::uint64_t used = 0, free = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    used += rows.u64(i, 1);
    free += rows.u64(i, 2);
    tables.push_back({{"table", rows.text(i, 0)}, {"bytes", rows.u64(i, 1)}, {"reclaimable", rows.u64(i, 2)}, {"rows", rows.u64(i, 3)}});
  }
  return Json{{"bytes", used}, {"reclaimable", free}, {"tables", tables}};
}

// The volume with the least room of those on which the database grows, as this machine or the database's host sees it.
db::Outcome<Json> volume_of(db::Link& link, const db::Settings& settings, const Policy& policy, Json& warnings) {
  auto found = find_room(link, settings);
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& room = std::get<0>(found);
  if (!room) return Json{{"why_not", room.error()}};
  if (room->free < policy.free_space_min)
    warnings.push_back(fmt::format("the volume of the database, {}, has {} MiB free, {} MiB are wanted (policy.free_space_min): free some, or keep less",
                                   place_of(*room), room->free >> 20, policy.free_space_min >> 20));
  return Json{{"directory", room->directory}, {"node", room->node}, {"free", room->free}, {"total", room->total}, {"free_space_min", policy.free_space_min}};
}

}  // namespace

db::Outcome<Json> read_status(db::Link& link, const db::Settings& settings, WallTime now) {
  Facts facts;
  for (auto* part : {read_settings, read_runs, read_candidates})
    if (auto trouble = part(link, facts)) return *trouble;
  const auto schedule = Schedule::parse(facts.policy.schedule, facts.policy.time_zone);
  if (!schedule) return db::Trouble{db::Kind::wrong, 0, schedule.error()};
  auto tables = tables_of(link);
  if (const auto* trouble = trouble_of(tables)) return *trouble;
  Json warnings = Json::array();
  warn_about_records(facts, warnings);
  auto volume = volume_of(link, settings, facts.policy, warnings);
  if (const auto* trouble = trouble_of(volume)) return *trouble;
  Json duties = duties_of(facts, *schedule, now, warnings);
  return Json{{"now", micros(now)}, {"policy", Json::parse(to_json(facts.policy))}, {"records", {{"by", facts.policy.records_by}, {"nodes", facts.candidates}}},
              {"duties", std::move(duties)}, {"warnings", std::move(warnings)}, {"database", std::get<Json>(tables)},
              {"volume", std::get<Json>(volume)}};
}

}  // namespace cadre::cleanup
