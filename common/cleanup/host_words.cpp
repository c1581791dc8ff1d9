#include "common/cleanup/host_words.hpp"

#include "common/cleanup/duty.hpp"
#include "common/database/find_volumes.hpp"

namespace cadre::cleanup {

db::Outcome<std::optional<VolumeRoom>> read_room(db::Link& link) {
  auto found = link.query("SELECT node, directory, free, total FROM cleanup_claim WHERE total > 0 AND seen > SYSDATE(6) - INTERVAL ? SECOND ORDER BY free LIMIT 1",
                          {std::int64_t{claim_seconds}});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty()) return std::optional<VolumeRoom>{};
  return std::optional(VolumeRoom{rows.text(0, 0), rows.text(0, 1), rows.u64(0, 2), rows.u64(0, 3)});
}

db::Outcome<Result<VolumeRoom>> find_room(db::Link& link, const db::Settings& settings) {
  auto found = db::find_volumes(link, settings);
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& volumes = std::get<db::Volumes>(found);
  if (const auto seen = db::fullest(volumes)) return Result<VolumeRoom>(VolumeRoom{"", seen->directory.string(), seen->space.free, seen->space.total});
  auto told = read_room(link);
  if (const auto* trouble = trouble_of(told)) return *trouble;
  if (auto& room = std::get<0>(told)) return Result<VolumeRoom>(*std::move(room));
  return Result<VolumeRoom>(Error{volumes.why_not.empty() ? "it cannot be looked at" : volumes.why_not});
}

std::string place_of(const VolumeRoom& room) { return room.node.empty() ? room.directory : room.directory + " on " + room.node; }

db::Outcome<Done> tell_load(db::Link& link, const ToldLoad& load) {
  auto told = link.execute("REPLACE INTO cleanup_load (only_row, waiting, oldest_age, seen) VALUES (1, ?, ?, SYSDATE(6))", {load.waiting, std::int64_t{load.oldest_age.count()}});
  if (const auto* trouble = trouble_of(told)) return *trouble;
  return Done{};
}

db::Outcome<std::optional<ToldLoad>> read_load(db::Link& link) {
  auto found = link.query("SELECT waiting, oldest_age FROM cleanup_load WHERE seen > SYSDATE(6) - INTERVAL ? SECOND", {std::int64_t{claim_seconds}});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty()) return std::optional<ToldLoad>{};
  return std::optional(ToldLoad{rows.u64(0, 0), Duration{rows.i64(0, 1)}});
}

}  // namespace cadre::cleanup
