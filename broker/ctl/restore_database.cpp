#include "broker/ctl/restore_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "broker/ctl/client_file.hpp"
#include "broker/ctl/output.hpp"
#include "common/database/schema.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

// More than brokers take seats between a backup and a disaster; 24 bits leave room for 4,000 restores. Ids of jobs begin with
// the epoch, so none that was given out after the backup is given out again.
constexpr std::uint64_t epoch_jump = 4096;
// The cluster's row under another name, as long as the rest is not there: a broker finds no cluster.
constexpr const char* unfinished = "cluster_being_restored";

enum class Before { empty, half_restored, restored };

Before look_at_schema(Database& database, const Json& cluster) {
  if (!database.schema_exists()) return Before::empty;
  const auto tables = database.tables();
  if (tables.empty()) return Before::empty;
  const auto has = [&](const std::string& name) { return std::ranges::find(tables, name) != tables.end(); };
  if (has(unfinished) && !has("cluster")) return Before::half_restored;
  const std::string schema = db::quote_identifier(database.schema());
  if (database.version() == db::schema_version && has("lease")) {
    const auto known = database.query(fmt::format("SELECT c.id, l.epoch FROM {0}.cluster c JOIN {0}.lease l ON l.resource = 'broker'", schema));
    if (!known.empty() && known.text(0, 0) == cluster.value("cluster", "") && known.u64(0, 1) >= cluster.value("epoch", std::uint64_t{0}) + epoch_jump)
      return Before::restored;
  }
  throw Stop{Exit::bad_data, fmt::format("schema '{}' is not empty, and a restore overwrites nothing: give an empty one, or, where all of it may go, first "
                                         "DROP DATABASE {}; the database was not touched", database.schema(), schema)};
}

void clear_half_restored(Database& database) {
  std::set<std::string> ours(db::all_tables().begin(), db::all_tables().end());
  ours.insert(unfinished);
  for (const auto& table : database.tables()) {
    if (!ours.contains(table)) throw Stop{Exit::bad_data, fmt::format("schema '{}' holds the table '{}', which is not Cadre's; the database was not touched", database.schema(), table)};
  }
  for (const auto& table : database.tables()) database.execute("DROP TABLE " + db::quote_identifier(table));
}

std::string into_database(const ClientFile& client, const std::string& schema, const std::string& change = "cat") {
  return fmt::format("gzip -dc | {} | mariadb --defaults-file={} --default-character-set=utf8mb4 --max-allowed-packet=1G {}", change, client.path(), schema);
}

void load(Database& database, const fs::path& file, const std::string& passphrase, const Kept& kept) {
  const ClientFile client(database.settings());
  const std::string what = "mariadb, while it reads the backup,";
  CommandInput row(into_database(client, database.schema(), fmt::format("sed \"s/\\`cluster\\`/\\`{}\\`/g\"", unfinished)), what);
  row.write(kept.row);
  row.finish();
  CommandInput rest(into_database(client, database.schema()), what);
  read_backup(file, passphrase, [&rest](const Json& facts) -> Sink {
    if (facts.value("part", "") != "database") return nullptr;
    return [&rest](std::string_view bytes) { rest.write(bytes); };
  });
  rest.finish();
  database.execute("UPDATE lease SET holder = '', renewals = renewals + 1, expires_at = '1970-01-02 00:00:00', epoch = epoch + ?", {epoch_jump});
  // By this the broker knows jobs that nodes tell of and that the backup has not.
  database.execute("INSERT INTO restored (upto, below, at) SELECT GREATEST(IFNULL((SELECT MAX(id) FROM job), 0), IFNULL((SELECT MAX(upto) FROM checkpoint), 0)), "
                   "epoch, UTC_TIMESTAMP(6) FROM lease WHERE resource = 'broker'");
}

}  // namespace

Kept look_through(const fs::path& file, const std::string& passphrase) {
  Kept kept;
  bool database = false;
  read_backup(file, passphrase, [&](const Json& facts) -> Sink {
    const std::string part = facts.value("part", "");
    if (part == "cluster") kept.cluster = facts;
    if (part == "database") database = true;
    if (part == "row") return [&kept](std::string_view bytes) { kept.row += bytes; };
    if (part != "file") return nullptr;
    kept.files.emplace_back(facts, "");
    return [&kept](std::string_view bytes) { kept.files.back().second += bytes; };
  });
  if (kept.cluster.empty() || kept.row.empty() || !database) throw Stop{Exit::bad_data, fmt::format("{}: holds no whole backup of a master", file.string())};
  if (kept.cluster.value("schema_version", std::uint64_t{0}) != db::schema_version)
    throw Stop{Exit::config, fmt::format("{}: its schema is version {}, this release speaks {}: restore with cadre {}, then bring it up to date", file.string(),
                                         kept.cluster["schema_version"].dump(), db::schema_version, kept.cluster.value("cadre", ""))};
  return kept;
}

void settle_database(Database& database, const fs::path& file, const std::string& passphrase, const Kept& kept, Steps& steps) {
  const Before before = look_at_schema(database, kept.cluster);
  const std::string name = fmt::format("schema {}, cluster {}", database.schema(), kept.cluster.value("cluster", ""));
  if (before == Before::restored) return steps.found(name);
  database.execute(fmt::format("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", db::quote_identifier(database.schema())));
  database.use_schema();
  if (before == Before::half_restored) clear_half_restored(database);
  load(database, file, passphrase, kept);
  // From here on there is a cluster again.
  database.execute(fmt::format("RENAME TABLE {} TO cluster", db::quote_identifier(unfinished)));
  steps.did(name);
}

}  // namespace cadre::ctl
