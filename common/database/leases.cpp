#include "common/database/leases.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/assert.hpp"

namespace cadre::db {

namespace {

constexpr const char* columns =
    "SELECT resource, holder, epoch, renewals, asked, CAST(CEIL(TIMESTAMPDIFF(MICROSECOND, SYSDATE(6), expires_at) / 1000000) AS SIGNED) FROM lease";

std::vector<LeaseRow> rows_of(const Rows& found) {
  std::vector<LeaseRow> rows;
  for (std::size_t i = 0; i < found.size(); ++i)
    rows.push_back({found.text(i, 0), found.text(i, 1), found.u64(i, 2), found.u64(i, 3), found.i64(i, 4), std::max<std::int64_t>(0, found.i64(i, 5))});
  return rows;
}

Value stale_count(const Unmoved& unmoved, const std::string& resource) {
  const auto found = unmoved.find(resource);
  return found == unmoved.end() ? Value{Null{}} : Value{found->second};
}

}  // namespace

std::string files_duty(std::string_view node) { return fmt::format("cleanup/files/{}", node); }

std::string place_name(std::uint32_t place) { return fmt::format("cleanup/place/{}", place); }

Outcome<std::variant<Turn, Held>> take_turn(Link& link, const std::string& duty, const std::string& holder, Duration ttl,
                                            std::uint32_t places, const Unmoved& unmoved) {
  CADRE_ASSERT(places >= 1 && places <= places_max);
  Held held;
  for (std::uint32_t place = 1; place <= places; ++place) {
    const std::string place_row = place_name(place);
    // SYSDATE: NOW() is fixed before a lock wait (libraries.md 3.30). NULL = renewals is never true.
    auto taken = link.execute(
        "UPDATE lease AS duty JOIN lease AS place ON place.resource = ? SET "
        "duty.epoch = duty.epoch + 1, duty.holder = ?, duty.renewals = duty.renewals + 1, duty.expires_at = SYSDATE(6) + INTERVAL ? MICROSECOND, "
        "place.epoch = place.epoch + 1, place.holder = ?, place.renewals = place.renewals + 1, place.expires_at = SYSDATE(6) + INTERVAL ? MICROSECOND "
        "WHERE duty.resource = ? AND (duty.expires_at < SYSDATE(6) OR duty.renewals = ?) AND (place.expires_at < SYSDATE(6) OR place.renewals = ?)",
        {place_row, holder, std::int64_t{ttl.count()}, holder, std::int64_t{ttl.count()}, duty, stale_count(unmoved, duty), stale_count(unmoved, place_row)});
    if (const auto* trouble = trouble_of(taken)) return *trouble;
    auto found = link.query(std::string(columns) + " WHERE resource IN (?, ?) ORDER BY resource = ? DESC", {duty, place_row, duty});
    if (const auto* trouble = trouble_of(found)) return *trouble;
    held.by = rows_of(std::get<Rows>(found));  // the duty, then the place
    if (held.by.size() != 2) return Trouble{Kind::missing, 0, fmt::format("the lease table has no row '{}' or '{}'; `cadre db init` makes them", duty, place_row)};
    const bool granted = std::get<std::uint64_t>(taken) > 0 && held.by[0].holder == holder && held.by[1].holder == holder;
    if (granted) return std::variant<Turn, Held>{Turn{duty, held.by[0].epoch, place, held.by[1].epoch}};
    if (held.by[0].held()) break;  // another place would not help
  }
  return std::variant<Turn, Held>{std::move(held)};
}

Outcome<bool> renew_turn(Link& link, const Turn& turn, Duration ttl) {
  auto renewed = link.execute(
      "UPDATE lease AS duty JOIN lease AS place ON place.resource = ? AND place.epoch = ? SET "
      "duty.renewals = duty.renewals + 1, duty.expires_at = SYSDATE(6) + INTERVAL ? MICROSECOND, "
      "place.renewals = place.renewals + 1, place.expires_at = SYSDATE(6) + INTERVAL ? MICROSECOND WHERE duty.resource = ? AND duty.epoch = ?",
      {place_name(turn.place), turn.place_epoch, std::int64_t{ttl.count()}, std::int64_t{ttl.count()}, turn.duty, turn.epoch});
  if (const auto* trouble = trouble_of(renewed)) return *trouble;
  return std::get<std::uint64_t>(renewed) > 0;
}

Outcome<Done> give_back(Link& link, const Turn& turn) {
  auto given = link.execute(
      "UPDATE lease SET renewals = renewals + 1, expires_at = '1970-01-02 00:00:00' WHERE (resource = ? AND epoch = ?) OR (resource = ? AND epoch = ?)",
      {turn.duty, turn.epoch, place_name(turn.place), turn.place_epoch});
  if (const auto* trouble = trouble_of(given)) return *trouble;
  return Done{};
}

Outcome<bool> still_ours(Link& link, const Turn& turn) {
  auto found = link.query("SELECT 1 FROM lease WHERE (resource = ? AND epoch = ?) OR (resource = ? AND epoch = ?) LOCK IN SHARE MODE",
                          {turn.duty, turn.epoch, place_name(turn.place), turn.place_epoch});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  return std::get<Rows>(found).size() == 2;
}

Outcome<std::vector<LeaseRow>> read_leases(Link& link) {
  auto found = link.query(std::string(columns) + " ORDER BY resource");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  return rows_of(std::get<Rows>(found));
}

Outcome<bool> break_lease(Link& link, const std::string& resource) {
  auto broken = link.execute("UPDATE lease SET epoch = epoch + 1, renewals = renewals + 1, expires_at = '1970-01-02 00:00:00' WHERE resource = ?", {resource});
  if (const auto* trouble = trouble_of(broken)) return *trouble;
  return std::get<std::uint64_t>(broken) > 0;
}

Outcome<Done> add_duty(Link& link, const std::string& duty) {
  auto added = link.execute("INSERT IGNORE INTO lease (resource) VALUES (?)", {duty});
  if (const auto* trouble = trouble_of(added)) return *trouble;
  return Done{};
}

}  // namespace cadre::db
