#include "common/cleanup/duty.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/database/leases.hpp"

namespace cadre::cleanup {

db::Outcome<DutyFacts> read_duty(db::Link& link, const std::string& duty) {
  auto cluster = link.query("SELECT CAST(UNIX_TIMESTAMP(made) * 1000000 AS SIGNED), service_time, COALESCE((SELECT asked FROM lease WHERE resource = ?), 0) FROM cluster",
                            {duty});
  if (const auto* trouble = trouble_of(cluster)) return *trouble;
  auto last = link.query("SELECT began, at, epoch FROM cleanup_run WHERE duty = ? AND ok ORDER BY epoch DESC LIMIT 1", {duty});
  if (const auto* trouble = trouble_of(last)) return *trouble;
  const auto& now = std::get<db::Rows>(cluster);
  const auto& run = std::get<db::Rows>(last);
  if (now.empty()) return db::Trouble{db::Kind::missing, 0, "the schema has no cluster row; `cadre db init` makes it"};
  const auto service = Duration{now.i64(0, 1)};
  const std::uint64_t wanted = static_cast<std::uint64_t>(now.i64(0, 2));
  if (run.empty()) return DutyFacts{false, WallTime{Duration{now.i64(0, 0)}}, service, wanted != 0};
  return DutyFacts{true, WallTime{Duration{run.i64(0, 0)}}, service - Duration{run.i64(0, 1)}, run.u64(0, 2) < wanted};
}

db::Outcome<Seat> seat_of(db::Link& link, const std::string& duty) {
  auto found = link.query(
      "SELECT CAST(COALESCE(SUM(resource < ?), 0) AS UNSIGNED), CAST(COUNT(*) AS UNSIGNED), (SELECT id FROM cluster) FROM lease "
      "WHERE resource LIKE 'cleanup/files/%'", {duty});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  const auto nodes = static_cast<std::uint32_t>(rows.u64(0, 1)) + 1;
  const auto rank = static_cast<std::uint32_t>(rows.u64(0, 0)) + 1;
  return Seat{std::min(rank, nodes - 1), nodes, rows.text(0, 2)};
}

db::Outcome<Policy> read_policy(db::Link& link) {
  auto found = link.query("SELECT policy FROM cleanup_policy");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty()) return Policy{};
  auto policy = policy_from_json(rows.text(0, 0));
  if (!policy) return db::Trouble{db::Kind::wrong, 0, policy.error()};
  return *std::move(policy);
}

db::Outcome<Rules> read_rules(db::Link& link) {
  auto found = link.query("SELECT id, (SELECT policy FROM cleanup_policy) FROM cluster");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty()) return db::Trouble{db::Kind::missing, 0, "the schema has no cluster row; `cadre db init` makes it"};
  if (rows.is_null(0, 1))
    return db::Trouble{db::Kind::missing, 0, "there is no clean-up policy in the database yet; the broker writes it when it starts"};
  auto policy = policy_from_json(rows.text(0, 1));
  if (!policy) return db::Trouble{db::Kind::wrong, 0, policy.error()};
  auto schedule = Schedule::parse(policy->schedule, policy->time_zone);
  if (!schedule) return db::Trouble{db::Kind::wrong, 0, schedule.error()};
  return Rules{*std::move(policy), *std::move(schedule), rows.text(0, 0)};
}

}  // namespace cadre::cleanup
