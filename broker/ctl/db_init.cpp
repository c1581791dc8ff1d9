// cadre db init, cadre db migrate: the schema, its accounts and the first keys. Twice is as good as once.
#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/command.hpp"
#include "broker/ctl/db_statements.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/settle_accounts.hpp"
#include "broker/ctl/steps.hpp"
#include "broker/ctl/values.hpp"
#include "common/database/schema.hpp"
#include "common/net/keys.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  AdminOptions admin;
  std::filesystem::path app_password_file, purge_password_file, admit;
  std::vector<std::string> from, purge_hosts;
  std::filesystem::path sql;
  std::string admit_name = "admin";
  std::vector<std::string> workers;
};

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

AccountWishes wishes_of(Context& context, const Options& o) {
  AccountWishes wishes{database_config(context, o.admin), o.app_password_file, o.purge_password_file, o.from, o.purge_hosts};
  if (wishes.app_file.empty()) wishes.app_file = wishes.config.password_file;
  return wishes;
}

struct Admission {
  std::string name;
  Role role;
  std::filesystem::path file;
};

std::vector<Admission> admissions(const Options& o) {
  std::vector<Admission> all;
  if (!o.admit.empty()) all.push_back({o.admit_name, Role::admin, o.admit});
  for (const auto& worker : o.workers) {
    const auto equals = worker.find('=');
    if (equals == std::string::npos)
      throw Stop{Exit::usage, fmt::format("--admit-worker: '{}' is not NAME=FILE.pub", worker)};
    all.push_back({worker.substr(0, equals), Role::worker, worker.substr(equals + 1)});
  }
  for (const auto& one : all)
    if (!is_name(one.name))
      throw Stop{Exit::usage, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", one.name)};
  return all;
}

void admit(Database& database, const Admission& one, const std::string& key, Steps& steps) {
  const std::string what = fmt::format("key of {} ({})", one.name, to_string(one.role));
  const auto role = static_cast<std::uint64_t>(one.role);
  const auto rows = database.query("SELECT name, role, revoked FROM node_key WHERE public_key = ?", {key});
  if (rows.empty()) {
    const auto wall = static_cast<std::int64_t>(os::wall_now().time_since_epoch().count());
    database.execute(
        "INSERT INTO node_key (public_key, name, role, revoked, by_whom, wall) VALUES (?, ?, ?, 0, 'db init', ?)",
        {key, one.name, role, wall});
    return steps.did(what);
  }
  if (rows.text(0, 0) == one.name && number(rows.row(0)[1]) == role && number(rows.row(0)[2]) == 0)
    return steps.found(what);
  throw Stop{Exit::bad_data,
             fmt::format("the key in {} is known as {}{}: make another key, or change it with `cadre key admit` and "
                         "`cadre key revoke`",
                         one.file.string(), rows.text(0, 0), number(rows.row(0)[2]) != 0 ? ", revoked" : "")};
}

// For a server that is somebody else's: nothing is connected to, nothing changed there.
Exit write_statements(Context& context, const Options& o, const std::vector<Admission>& wanted, const std::vector<std::string>& keys, Steps& steps) {
  const auto accounts = wanted_accounts(wishes_of(context, o));
  for (const auto& note : accounts.notes) say(note);
  make_passwords(accounts.accounts, steps);
  const auto config = database_config(context, o.admin);
  const std::string schema = o.admin.schema.empty() ? config.schema : o.admin.schema;
  if (!is_name(schema)) throw Stop{Exit::usage, fmt::format("'{}' cannot be a schema's name: 1 to 64 of A-Z a-z 0-9 . _ - were wanted", schema)};
  std::vector<KeyAdmission> admitted;
  for (std::size_t i = 0; i < wanted.size(); ++i) admitted.push_back({keys[i], wanted[i].name, wanted[i].role});
  if (auto written = net::write_secret(o.sql, administrators_statements(schema, accounts.accounts, admitted)); !written)
    throw Stop{Exit::no_output, written.error()};
  steps.did("statements " + o.sql.string());
  say(fmt::format("nothing was changed in any database. For the server's administrator, and then to be removed, because passwords are in it:\n"
                  "  mariadb --abort-source-on-error < {}\n  afterwards `cadre db migrate` shows that it is there", o.sql.string()));
  if (context.json()) print_json({{"schema", schema}, {"version", db::schema_version}, {"changed", steps.changed}, {"sql", o.sql.string()}});
  return Exit::ok;
}

Exit run_init(Context& context, const Options& o) {
  const auto wanted = admissions(o);
  std::vector<std::string> keys;  // read before anything is changed
  for (const auto& one : wanted) {
    auto key = net::read_public_key(one.file);
    if (!key)
      throw Stop{Exit::no_input, key.error() + "; `cadre key new FILE` makes FILE and its .pub. Nothing was changed"};
    keys.push_back(*key);
  }
  Steps steps;
  if (!o.sql.empty()) return write_statements(context, o, wanted, keys, steps);
  Database database(context, o.admin);
  settle_schema(database, steps);
  settle_accounts(database, wishes_of(context, o), steps);
  for (std::size_t i = 0; i < wanted.size(); ++i) admit(database, wanted[i], keys[i], steps);
  if (database.query("SELECT 1 FROM node_key WHERE role = ? AND NOT revoked", {static_cast<std::uint64_t>(Role::admin)})
          .empty())
    say("nobody may look after this cluster yet: cadre key new admin.key, then cadre db init --admit admin.pub");
  say(steps.changed.empty() ? "nothing changed"
                            : "the database is ready; a broker that runs notices new keys when it is restarted");
  if (context.json())
    print_json({{"schema", database.schema()}, {"version", db::schema_version}, {"changed", steps.changed}});
  return Exit::ok;
}

Exit run_migrate(Context& context, const AdminOptions& o) {
  Database database(context, o);
  const auto version = database.version();
  if (version == 0)
    throw Stop{Exit::config,
               fmt::format("there is no Cadre in schema '{}': `cadre db init` makes it", database.schema())};
  database.refuse_newer(version);
  if (context.json())
    print_json({{"schema", database.schema()}, {"version", version}, {"current", true}});
  else
    say(fmt::format("schema '{}' is version {}: current, nothing to do", database.schema(), version));
  return Exit::ok;
}

}  // namespace

Command commands::db_init() {
  return {"db init", "Make the schema, its accounts and the first keys; twice is harmless",
          "sudo cadre db init --admit /etc/cadre/keys/admin.pub --admit-worker master=/etc/cadre/keys/worker.pub",
          [](CLI::App& app) -> Run {
            auto o = std::make_shared<Options>();
            declare(app, o->admin);
            app.add_option("--app-password-file", o->app_password_file,
                           "the broker's password, made if missing; else database.password_file")
                ->type_name("FILE");
            app.add_option("--purge-password-file", o->purge_password_file,
                           "the password of the account that purges, made if missing; else cadre_purge.password beside the broker's")
                ->type_name("FILE");
            add_repeated(app, "--from", o->from,
                         "with the database elsewhere: the master's address as that server sees it, or 10.1.0.0/28; else the address that this comes from")
                ->type_name("HOSTS");
            add_repeated(app, "--purge-host", o->purge_hosts, "the address of the node that purges, where the database has a machine of its own")
                ->type_name("ADDRESS");
            app.add_option("--sql", o->sql, "connect to nobody: write the statements for the server's administrator (0600, passwords are in it)")
                ->type_name("FILE");
            app.add_option("--admit", o->admit, "the first administrator's public key")->type_name("FILE.pub");
            app.add_option("--admit-name", o->admit_name, "the administrator's name")->capture_default_str();
            add_repeated(app, "--admit-worker", o->workers, "a worker's public key; may be repeated")
                ->type_name("NAME=FILE.pub");
            return [o](Context& context) { return run_init(context, *o); };
          }};
}

Command commands::db_migrate() {
  return {"db migrate", "Bring the schema to this release's version", "sudo cadre db migrate",
          [](CLI::App& app) -> Run {
            auto o = std::make_shared<AdminOptions>();
            o->as_owner = true;
            declare(app, *o);
            return [o](Context& context) { return run_migrate(context, *o); };
          }};
}

}  // namespace cadre::ctl
