#include "broker/ctl/settle_database.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/db_statements.hpp"
#include "common/database/schema.hpp"
#include "common/net/keys.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::ctl {

namespace {

// The cluster's row is written last. Without it nothing has ever worked with these tables, and a first run that was
// interrupted left them: they are made anew, unless somebody else's are among them or there are jobs.
void clear_half_made(Database& database) {
  const auto there = database.tables();
  const auto& ours = db::all_tables();
  for (const auto& table : there)
    if (!std::binary_search(ours.begin(), ours.end(), table))
      throw Stop{Exit::bad_data,
                 fmt::format("schema '{}' holds the table '{}', which is not Cadre's: give another name with --schema "
                             "(and in database.schema), or an empty schema; nothing was changed",
                             database.schema(), table)};
  if (std::find(there.begin(), there.end(), "job") != there.end() &&
      !database.query("SELECT 1 FROM job LIMIT 1").empty())
    throw Stop{
        Exit::bad_data,
        fmt::format(
            "schema '{}' holds jobs but no row in its table 'cluster': restore it from a backup; nothing was changed",
            database.schema())};
  for (const auto& table : there) database.execute("DROP TABLE " + db::quote_identifier(table));
}

}  // namespace

void settle_schema(Database& database, Steps& steps) {
  const std::string name = fmt::format("schema {}, version {}", database.schema(), db::schema_version);
  if (!database.schema_exists()) {
    database.execute(fmt::format("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                                 db::quote_identifier(database.schema())));
    steps.did("database " + database.schema());
  }
  const auto version = database.version();
  database.refuse_newer(version);
  database.use_schema();
  const auto lock = database.query("SELECT GET_LOCK(?, 10)", {"cadre.db." + database.schema()});
  if (number(lock.row(0)[0]) != 1)
    throw Stop{Exit::again, "another `cadre db init` is at work on this schema; try again"};
  if (database.version() == db::schema_version) return steps.found(name);
  clear_half_made(database);
  for (const auto& statement : db::schema_statements(db::schema_version)) database.execute(statement);
  const std::string id = os::random_key(static_cast<std::uint64_t>(os::wall_now().time_since_epoch().count() / 1000));
  database.execute("INSERT INTO cluster (only_row, id, schema_version, made) VALUES (1, ?, ?, UTC_TIMESTAMP(6))",
                   {id, std::uint64_t{db::schema_version}});
  steps.did(name + ", cluster " + id);
}

void read_keys(std::vector<Admission>& all) {
  for (auto& one : all) {
    auto key = net::read_public_key(one.file);
    if (!key)
      throw Stop{Exit::no_input, key.error() + "; `cadre key new FILE` makes FILE and its .pub. Nothing was changed"};
    one.key = *key;
  }
}

void settle_key(Database& database, const Admission& one, Steps& steps) {
  const std::string what = fmt::format("key of {} ({})", one.name, to_string(one.role));
  const auto role = static_cast<std::uint64_t>(one.role);
  const auto rows = database.query("SELECT name, role, revoked FROM node_key WHERE public_key = ?", {one.key});
  if (rows.empty()) {
    const auto wall = static_cast<std::int64_t>(os::wall_now().time_since_epoch().count());
    database.execute(
        "INSERT INTO node_key (public_key, name, role, revoked, by_whom, wall) VALUES (?, ?, ?, 0, 'db init', ?)",
        {one.key, one.name, role, wall});
    return steps.did(what);
  }
  if (rows.text(0, 0) == one.name && number(rows.row(0)[1]) == role && number(rows.row(0)[2]) == 0)
    return steps.found(what);
  throw Stop{Exit::bad_data,
             fmt::format("the key in {} is known as {}{}: make another key, or change it with `cadre key admit` and "
                         "`cadre key revoke`",
                         one.file.string(), rows.text(0, 0), number(rows.row(0)[2]) != 0 ? ", revoked" : "")};
}

void settle_statements(const std::filesystem::path& sql, const std::string& schema, const AccountWishes& wishes,
                       const std::vector<Admission>& keys, Steps& steps) {
  const auto accounts = wanted_accounts(wishes);
  for (const auto& note : accounts.notes) say(note);
  make_passwords(accounts.accounts, steps);
  if (!is_name(schema))
    throw Stop{Exit::usage,
               fmt::format("'{}' cannot be a schema's name: 1 to 64 of A-Z a-z 0-9 . _ - were wanted", schema)};
  std::vector<KeyAdmission> admitted;
  for (const auto& one : keys) admitted.push_back({one.key, one.name, one.role});
  if (auto written = os::write_secret(sql, administrators_statements(schema, accounts.accounts, admitted)); !written)
    throw Stop{Exit::no_output, written.error()};
  steps.did("statements " + sql.string());
  say(
      fmt::format("nothing was changed in any database. For the server's administrator, and then to be removed, "
                  "because passwords are in it:\n"
                  "  mariadb --abort-source-on-error < {}\n  afterwards `cadre db migrate` shows that it is there",
                  sql.string()));
}

}  // namespace cadre::ctl
