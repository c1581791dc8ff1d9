#include "common/cleanup/run_row.hpp"

#include <nlohmann/json.hpp>

namespace cadre::cleanup {

namespace {

std::string json_of(const RunRow& row) {
  const nlohmann::json json{{"rows", row.rows}, {"stay", row.stay}, {"files", row.files}, {"left", row.left}, {"bytes", row.bytes}, {"steps", row.steps},
                            {"retries", row.retries}, {"phase", row.phase}, {"slow", row.slow}, {"error", row.error}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

db::Outcome<Done> done(const db::Outcome<std::uint64_t>& outcome) {
  if (const auto* trouble = trouble_of(outcome)) return *trouble;
  return Done{};
}

}  // namespace

void RunRow::detail(const PurgeCounts& counts, std::string_view phase_now) {
  rows = counts.rows;
  stay = counts.stay;
  bytes = counts.bytes;
  steps = counts.steps;
  retries = counts.retries;
  phase = phase_now;
}

std::uint64_t RunRow::removed() const {
  std::uint64_t sum = 0;
  for (const auto& [what, count] : rows) sum += count;
  return sum;
}

db::Outcome<Done> RunRow::begin(db::Link& link) const {
  return done(link.execute(
      "REPLACE INTO cleanup_run (duty, epoch, node, holder, began, ended, ok, at, detail) SELECT ?, ?, ?, ?, ?, 0, 0, service_time, ? FROM cluster",
      {duty, epoch, node, holder, std::int64_t{began.time_since_epoch().count()}, json_of(*this)}));
}

db::Outcome<Done> RunRow::note(db::Link& link) const {
  return done(link.execute("UPDATE cleanup_run SET ended = ?, ok = ?, detail = ? WHERE duty = ? AND epoch = ?",
                           {std::int64_t{ended.time_since_epoch().count()}, std::uint64_t{ok}, json_of(*this), duty, epoch}));
}

}  // namespace cadre::cleanup
