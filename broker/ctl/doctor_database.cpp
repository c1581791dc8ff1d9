// The master's way to its database, as the broker goes it: address, password, schema, settings, rights, room.
#include <fmt/format.h>

#include "broker/ctl/db.hpp"
#include "broker/ctl/doctor_clock.hpp"
#include "broker/ctl/output.hpp"
#include "common/config/database_settings.hpp"
#include "common/database/find_volumes.hpp"
#include "common/database/objections.hpp"
#include "common/database/schema.hpp"
#include "common/os/clock.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t connections_needed = 20;  // two brokers, who purges, an administrator

std::string place_of(const DatabaseConfig& config) {
  return config.host.empty() ? config.socket.string() : fmt::format("{} port {}", config.host, config.port);
}

// 1044 is denied, 1049 is not there: both are about the schema, and mean that the way and the password are right.
constexpr unsigned schema_denied = 1044, schema_unknown = 1049;

// 1130, also where the client packs it into an error of its own because TLS had not begun.
bool not_from_here(const db::Trouble& trouble) { return trouble.message.find("1130 - Host") != std::string::npos || trouble.code == 1130; }

void blame_connection(Chain& chain, const DatabaseConfig& config, const db::Trouble& trouble) {
  if (not_from_here(trouble)) {
    chain.ok("server", "answers at " + place_of(config));
    return chain.fail("password", trouble.message,
                      fmt::format("no account there may come from this machine's address: on the database's machine `sudo cadre db init --from ADDRESS` makes one "
                                  "for {}, and `cadre db hosts RANGE` shows what a range matches", config.user));
  }
  switch (trouble.kind) {
    case db::Kind::denied:
      chain.ok("server", "answers at " + place_of(config));
      return chain.fail("password", trouble.message,
                        fmt::format("does database.password_file hold the password of {}, and may it come from here? `sudo cadre db init` makes both right", config.user));
    default:
      return chain.fail("server", trouble.message,
                        fmt::format("is MariaDB running, and is {} its address (database.{})? With the database elsewhere: `sudo cadre db bind` there, and its firewall", place_of(config),
                                    config.host.empty() ? "socket" : "host"));
  }
}

// Granted on one schema and configured with another: the tables are somewhere else than we were told.
std::string schemas_with_our_tables(db::Link& link, const std::string& but) {
  auto rows = link.query("SELECT table_schema FROM information_schema.tables WHERE table_name IN ('cluster', 'attempt_end') GROUP BY table_schema HAVING COUNT(*) = 2");
  std::string names;
  if (const auto* found = std::get_if<db::Rows>(&rows))
    for (std::size_t i = 0; i < found->size(); ++i)
      if (found->text(i, 0) != but) names += (names.empty() ? "" : ", ") + found->text(i, 0);
  return names;
}

std::string granted_on(db::Link& link) {
  auto rows = link.query("SHOW GRANTS");
  std::string text;
  if (const auto* found = std::get_if<db::Rows>(&rows))
    for (std::size_t i = 0; i < found->size(); ++i) {
      const std::string& grant = found->text(i, 0);
      const auto on = grant.find(" ON "), to = grant.find(" TO ");
      if (on == std::string::npos || to == std::string::npos || grant.find(" ON *.*") != std::string::npos) continue;
      const std::string place = grant.substr(on + 4, grant.find('.', on) - on - 4);
      if (text.find(place) == std::string::npos) text += (text.empty() ? "" : ", ") + place;
    }
  return text;
}

// A link with the schema selected, or nothing, with the reason in the chain.
std::optional<db::Link> enter(Chain& chain, const DatabaseConfig& config, db::Settings settings) {
  settings.schema.clear();
  auto connected = db::Link::connect(settings);
  if (const auto* trouble = db::trouble_of(connected)) {
    blame_connection(chain, config, *trouble);
    return std::nullopt;
  }
  auto& link = std::get<db::Link>(connected);
  chain.ok("server", "answers at " + place_of(config));
  chain.ok("password", fmt::format("{} is let in", config.user));
  const auto used = link.execute("USE " + db::quote_identifier(config.schema));
  const auto* trouble = db::trouble_of(used);
  if (trouble == nullptr) {
    chain.ok("schema", config.schema);
    return std::move(link);
  }
  const std::string others = schemas_with_our_tables(link, config.schema), grants = granted_on(link);
  std::string found = trouble->code == schema_unknown || trouble->code == schema_denied ? fmt::format("'{}' is not there, or {} has no rights on it", config.schema, config.user)
                                                                                        : trouble->message;
  if (!grants.empty()) found += fmt::format("; granted on {}, configured '{}'", grants, config.schema);
  if (!others.empty()) found += fmt::format("; Cadre's tables are in {}", others);
  chain.fail("schema", found, others.empty() ? "`sudo cadre db init` makes schema and accounts"
                                             : fmt::format("which one is meant? either database.schema: {}, or the rights on '{}': sudo cadre db init", others, config.schema));
  return std::nullopt;
}

void check_settings(Chain& chain, db::Link& link, const NodeConfig& config, const db::Settings& settings) {
  auto found = db::objections(link, settings, {config.policy.payload_max, config.database.accounts == Accounts::apart});
  if (const auto* trouble = db::trouble_of(found)) return chain.fail("settings", trouble->message, "try again");
  const auto& all = std::get<std::vector<std::string>>(found);
  for (const auto& one : all) {
    const auto colon = one.find("; ");
    chain.fail("settings", one.substr(0, colon), colon == std::string::npos ? "see above" : one.substr(colon + 2));
  }
  if (all.empty()) chain.ok("settings", "durability, packets, version, tables and rights are as they must be");
  if (config.database.accounts == Accounts::legacy)
    chain.warn("rights", "database.accounts is legacy: the broker's account may delete jobs", "cadre db init makes cadre_app, which cannot; then remove the line");
}

void check_connections(Chain& chain, db::Link& link) {
  auto rows = link.query("SELECT @@max_connections, (SELECT COUNT(*) FROM information_schema.processlist)");
  const auto* found = std::get_if<db::Rows>(&rows);
  if (found == nullptr) return;
  const auto max = number(found->row(0)[0]);
  const std::string text = fmt::format("max_connections is {}, Cadre needs up to {}", max, connections_needed);
  if (max < connections_needed)
    chain.fail("connections", text, fmt::format("cadre db option FILE max-connections={} --write, and start the server anew", 4 * connections_needed));
  else chain.ok("connections", text);
}

// By the clock that its leases are counted on. The best of a few, for one answer may have had to wait.
void check_servers_clock(Chain& chain, db::Link& link) {
  constexpr int readings = 3;
  std::optional<ClockReading> best;
  for (int i = 0; i < readings; ++i) {
    const WallTime asked = os::wall_now();
    auto told = link.query("SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)");
    const WallTime answered = os::wall_now();
    if (const auto* trouble = db::trouble_of(told)) return chain.warn("clock", trouble->message, "try again");
    const ClockReading reading{asked, WallTime{Duration{std::get<db::Rows>(told).i64(0, 0)}}, answered};
    if (!best || reading.doubt() < best->doubt()) best = reading;
  }
  check_clock(chain, "the database's", *best);
}

void check_room(Chain& chain, db::Link& link, const NodeConfig& config, const db::Settings& settings) {
  auto volumes = db::find_volumes(link, settings);
  if (const auto* trouble = db::trouble_of(volumes)) return chain.warn("room", trouble->message, "try again");
  const auto& all = std::get<db::Volumes>(volumes);
  const auto seen = db::fullest(all);
  if (!seen)
    return chain.warn("room", "the server's volume is not visible from here: " + all.why_not,
                      "a worker on that machine with purge.socket in its file tells how much room there is");
  const std::string text = fmt::format("{} free at {}, policy.free_space_min is {}", bytes_for_people(seen->space.free), seen->directory.string(), bytes_for_people(config.policy.free_space_min));
  if (seen->space.free < config.policy.free_space_min) chain.fail("room", text + ": submits are put off", "make room there, or keep jobs for a shorter time (cadre cleanup status)");
  else chain.ok("room", text);
}

}  // namespace

void check_database(const NodeConfig& config, Duration patience, std::vector<Checked>& all) {
  Chain chain("database", all);
  auto settings = database_settings(config.database);
  settings.connect_timeout = patience;
  const auto& file = config.database.password_file;
  if (!file.empty()) {
    if (not_ours_to_read(file))
      return chain.warn("password file", fmt::format("{} is not readable for you", file.string()), "run this as root (sudo) to have the database looked at");
    auto password = os::read_secret(file);
    if (!password) return chain.fail("password file", password.error(), "`sudo cadre db init` makes it; it must belong to the broker's user, with mode 0600");
  }
  auto link = enter(chain, config.database, settings);
  if (!link) {
    for (const char* name : {"settings", "characters", "connections", "clock", "room"}) chain.skip(name);
    return;
  }
  check_settings(chain, *link, config, settings);
  check_characters(chain, *link, config.database.schema);
  check_connections(chain, *link);
  check_servers_clock(chain, *link);
  check_room(chain, *link, config, settings);
}

}  // namespace cadre::ctl
