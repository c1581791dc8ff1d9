// The forecast as `cadre cleanup status` shows it: sample and sizes from the database, room from its volume.
#include <fmt/format.h>

#include "common/cleanup/duty.hpp"
#include "common/cleanup/host_words.hpp"
#include "common/cleanup/sample.hpp"
#include "common/cleanup/status.hpp"

namespace cadre::cleanup {

namespace {

using Json = nlohmann::json;

std::uint64_t whole(double number) { return number < 0 ? 0 : static_cast<std::uint64_t>(number); }

// What all tables together may take: what they take, what is free inside them, and what is free on the volume above the bound
// at which submits stop. The error says why that is not known.
db::Outcome<Result<std::uint64_t>> room_of(db::Link& link, const db::Settings& settings, const Policy& policy, const Growth& growth) {
  auto found = find_room(link, settings);
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& volume = std::get<0>(found);
  if (!volume) return Result<std::uint64_t>(Error{volume.error()});
  auto inside = link.query("SELECT CAST(IFNULL(SUM(IF(@@innodb_file_per_table, data_free, 0)), 0) AS UNSIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()");
  if (const auto* trouble = trouble_of(inside)) return *trouble;
  const std::uint64_t in_all = growth.job_bytes + growth.key_bytes + growth.other_bytes + std::get<db::Rows>(inside).u64(0, 0) + volume->free;
  return Result<std::uint64_t>(in_all > policy.free_space_min ? in_all - policy.free_space_min : 0);
}

Json json_of(const Flow& day) { return {{"jobs_per_day", whole(day.jobs)}, {"bytes_per_day", whole(day.bytes)}}; }

}  // namespace

db::Outcome<Json> read_forecast(db::Link& link, const db::Settings& settings, WallTime now) {
  auto rules = read_rules(link);
  if (const auto* trouble = trouble_of(rules)) return *trouble;
  const auto& [policy, schedule, cluster] = std::get<Rules>(rules);
  auto read = read_growth(link);
  if (const auto* trouble = trouble_of(read)) return *trouble;
  Growth growth = std::get<Growth>(std::move(read));
  auto room = room_of(link, settings, policy, growth);
  if (const auto* trouble = trouble_of(room)) return *trouble;
  const auto& known = std::get<0>(room);
  if (known) growth.room = *known;
  Json json{{"window", growth.window.count()}, {"in_use", growth.job_bytes + growth.key_bytes + growth.other_bytes}, {"keep_done_now", policy.retention.keep.done.count()},
            {"room", known ? Json(*known) : Json(nullptr)}, {"room_why_not", known ? "" : known.error()}};
  if (growth.window == Duration{}) return json;
  const Forecast told = forecast(growth, policy.retention, schedule.period(now) + policy.spread);
  json.update(json_of(told.day));
  json["queues"] = Json::object();
  for (const auto& [queue, day] : told.queues) json["queues"][queue] = json_of(day);
  json["sampled"] = growth.recent.size();
  json["steady"] = whole(told.steady_bytes);
  json["full_in"] = told.full_in ? Json(told.full_in->count()) : Json(nullptr);
  json["keep_done"] = told.keep_done ? Json(told.keep_done->count()) : Json(nullptr);
  return json;
}

}  // namespace cadre::cleanup
