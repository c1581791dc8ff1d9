// Connection, start-up checks and the seat.
#include "broker/store/mariadb_store.hpp"

#include <utility>

#include <fmt/format.h>

#include "common/database/find_volumes.hpp"

namespace cadre {

namespace {

// What a person can do about it; nothing where waiting may be enough.
std::string advice(const db::Trouble& trouble) {
  if (trouble.kind == db::Kind::missing) return "; `cadre db init` makes it; database.schema names another one";
  if (trouble.kind == db::Kind::denied)
    return "; `cadre db init` makes the account and its rights; database.user, database.password_file and database.schema say which";
  if (trouble.kind == db::Kind::full) return "; free space on the database's volume";
  return "";
}

}  // namespace

std::optional<Away> MariadbStore::ensure() {
  if (link_) return std::nullopt;
  auto made = db::Link::connect(settings_);
  if (const auto* trouble = trouble_of(made)) return Away{trouble->message + advice(*trouble)};
  link_.emplace(std::move(std::get<db::Link>(made)));
  auto named = name_connection();
  if (const auto* trouble = trouble_of(named)) return lost(*trouble);
  return std::nullopt;
}

// What the lost connection was still doing must be over before the same work is done again. Its number is no name: after a
// restart of the server it belongs to another, and a KILL that hits one which is just opening `job` leaves MariaDB with a
// trigger that it takes for broken until the next restart. So each connection holds a lock that nobody else can hold.
db::Outcome<Done> MariadbStore::name_connection() {
  if (!lost_name_.empty()) {
    auto holder = link_->query("SELECT CAST(IS_USED_LOCK(?) AS CHAR)", {lost_name_});
    if (const auto* trouble = trouble_of(holder)) return *trouble;
    const auto& found = std::get<db::Rows>(holder);
    if (!found.is_null(0, 0)) (void)link_->execute("KILL " + found.text(0, 0));  // it may end by itself meanwhile
    lost_name_.clear();
  }
  auto unique = link_->query("SELECT CONCAT('cadre ', UUID())");
  if (const auto* trouble = trouble_of(unique)) return *trouble;
  name_ = std::get<db::Rows>(unique).text(0, 0);
  auto held = link_->query("SELECT GET_LOCK(?, 0)", {name_});
  if (const auto* trouble = trouble_of(held)) return *trouble;
  return Done{};
}

Away MariadbStore::lost(const db::Trouble& trouble) {
  if (trouble.kind != db::Kind::again) {
    if (!name_.empty()) lost_name_ = std::exchange(name_, "");
    link_.reset();
  }
  return Away{trouble.message + advice(trouble)};
}

Stored<std::string> MariadbStore::cluster() {
  if (auto away = ensure()) return *away;
  auto rows = link_->query("SELECT id FROM cluster");
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(rows);
  if (found.empty()) return Away{"the schema has no cluster row; `cadre db init` makes it"};
  return found.text(0, 0);
}

// Of the table that has most of it: what is free in one is of no use to the others.
Stored<Store::Growth> MariadbStore::growth() {
  if (auto away = ensure()) return *away;
  auto volumes = db::find_volumes(*link_, settings_);
  if (const auto* trouble = trouble_of(volumes)) return lost(*trouble);
  auto free = link_->query("SELECT CAST(IFNULL(MAX(data_free), 0) AS UNSIGNED) FROM information_schema.tables WHERE table_schema=DATABASE()");
  if (const auto* trouble = trouble_of(free)) return lost(*trouble);
  return Growth{std::get<db::Volumes>(volumes), std::get<db::Rows>(free).u64(0, 0)};
}

Stored<std::vector<std::string>> MariadbStore::objections(const Demands& demands) {
  if (auto away = ensure()) return *away;
  auto found = db::objections(*link_, settings_, demands);
  if (const auto* trouble = trouble_of(found)) return lost(*trouble);
  return std::get<std::vector<std::string>>(std::move(found));
}

// --- the seat -------------------------------------------------------------------------------------------------------

Stored<Seat> MariadbStore::look_at_seat() {
  if (auto away = ensure()) return *away;
  auto rows = link_->query("SELECT epoch, holder, renewals, expires_at < SYSDATE(6) FROM lease WHERE resource='broker'");
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(rows);
  if (found.empty()) return Away{"the lease table has no row 'broker'; `cadre db init` makes it"};
  return Seat{Epoch{found.u64(0, 0)}, found.text(0, 1), found.u64(0, 2), found.i64(0, 3) != 0};
}

Stored<Granted> MariadbStore::take_seat(const std::string& holder, Duration ttl, std::optional<std::uint64_t> stale) {
  if (auto away = ensure()) return *away;
  // SYSDATE: NOW() is fixed before a lock wait (libraries.md 3.30).
  auto taken = link_->execute(
      "UPDATE lease SET epoch=epoch+1, holder=?, renewals=renewals+1, expires_at=SYSDATE(6) + INTERVAL ? MICROSECOND "
      "WHERE resource='broker' AND (expires_at < SYSDATE(6) OR (? = 1 AND renewals = ?))",
      {holder, static_cast<std::int64_t>(ttl.count()), static_cast<std::uint64_t>(stale ? 1 : 0), stale.value_or(0)});
  if (const auto* trouble = trouble_of(taken)) return lost(*trouble);
  auto seat = look_at_seat();
  if (auto* away = std::get_if<Away>(&seat)) return *away;
  const Seat& now = std::get<Seat>(seat);
  if (std::get<std::uint64_t>(taken) == 0 || now.holder != holder) return FencedOut{now.holder};
  return Granted{now.epoch};
}

Stored<Done> MariadbStore::renew_seat(Epoch epoch, Duration ttl) {
  if (auto away = ensure()) return *away;
  auto renewed = link_->execute(
      "UPDATE lease SET renewals=renewals+1, expires_at=SYSDATE(6) + INTERVAL ? MICROSECOND WHERE resource='broker' AND epoch=?",
      {static_cast<std::int64_t>(ttl.count()), epoch.value});
  if (const auto* trouble = trouble_of(renewed)) return lost(*trouble);
  if (std::get<std::uint64_t>(renewed) == 1) return Done{};
  auto seat = look_at_seat();
  if (auto* away = std::get_if<Away>(&seat)) return *away;
  return FencedOut{std::get<Seat>(seat).holder};
}

Stored<Done> MariadbStore::give_up_seat(Epoch epoch) {
  if (auto away = ensure()) return *away;
  auto given = link_->execute("UPDATE lease SET renewals=renewals+1, expires_at='1970-01-02' WHERE resource='broker' AND epoch=?", {epoch.value});
  if (const auto* trouble = trouble_of(given)) return lost(*trouble);
  return Done{};
}

Stored<ServiceTime> MariadbStore::tick_clock(Epoch epoch, Duration elapsed) {
  if (auto away = ensure()) return *away;
  // Assignments take effect from left to right: service_time sees the old service_seen.
  auto ticked = link_->execute(
      "UPDATE cluster JOIN lease ON lease.resource='broker' AND lease.epoch=? "
      "SET service_time = service_time + GREATEST(0, LEAST(?, 2000000, IFNULL(TIMESTAMPDIFF(MICROSECOND, service_seen, SYSDATE(6)), 0))), "
      "service_seen = SYSDATE(6)",
      {epoch.value, static_cast<std::int64_t>(elapsed.count())});
  if (const auto* trouble = trouble_of(ticked)) return lost(*trouble);
  if (std::get<std::uint64_t>(ticked) == 0) {
    auto seat = look_at_seat();
    if (auto* away = std::get_if<Away>(&seat)) return *away;
    return FencedOut{std::get<Seat>(seat).holder};
  }
  auto rows = link_->query("SELECT service_time FROM cluster");
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  return ServiceTime{Duration{std::get<db::Rows>(rows).i64(0, 0)}};
}

}  // namespace cadre
