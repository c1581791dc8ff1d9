// cadre db init, cadre db migrate: the schema, its accounts and the first keys. Twice is as good as once.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/settle_database.hpp"
#include "broker/ctl/values.hpp"
#include "common/database/schema.hpp"

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

AccountWishes wishes_of(Context& context, const Options& o) {
  AccountWishes wishes{database_config(context, o.admin), o.app_password_file, o.purge_password_file, o.from, o.purge_hosts};
  if (wishes.app_file.empty()) wishes.app_file = wishes.config.password_file;
  return wishes;
}

std::vector<Admission> admissions(const Options& o) {
  std::vector<Admission> all;
  if (!o.admit.empty()) all.push_back({o.admit_name, Role::admin, o.admit, ""});
  for (const auto& worker : o.workers) {
    const auto equals = worker.find('=');
    if (equals == std::string::npos)
      throw Stop{Exit::usage, fmt::format("--admit-worker: '{}' is not NAME=FILE.pub", worker)};
    all.push_back({worker.substr(0, equals), Role::worker, worker.substr(equals + 1), ""});
  }
  for (const auto& one : all)
    if (!is_name(one.name))
      throw Stop{Exit::usage, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", one.name)};
  return all;
}

// For a server that is somebody else's: nothing is connected to, nothing changed there.
Exit run_statements(Context& context, const Options& o, const std::vector<Admission>& wanted, Steps& steps) {
  const auto wishes = wishes_of(context, o);
  const std::string schema = o.admin.schema.empty() ? wishes.config.schema : o.admin.schema;
  settle_statements(o.sql, schema, wishes, wanted, steps);
  if (context.json()) print_json({{"schema", schema}, {"version", db::schema_version}, {"changed", steps.changed}, {"sql", o.sql.string()}});
  return Exit::ok;
}

Exit run_init(Context& context, const Options& o) {
  auto wanted = admissions(o);
  read_keys(wanted);  // before anything is changed
  Steps steps;
  if (!o.sql.empty()) return run_statements(context, o, wanted, steps);
  Database database(context, o.admin);
  settle_schema(database, steps);
  settle_accounts(database, wishes_of(context, o), steps);
  for (const auto& one : wanted) settle_key(database, one, steps);
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
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            declare(args, o->admin);
            args.add_option("--app-password-file", o->app_password_file,
                            "the broker's password, made if missing; else database.password_file")
                .type_name("FILE");
            args.add_option("--purge-password-file", o->purge_password_file,
                            "the password of the account that purges, made if missing; else cadre_purge.password beside the broker's")
                .type_name("FILE");
            args.add_repeated("--from", o->from,
                              "with the database elsewhere: the master's address as that server sees it, or 10.1.0.0/28; else the address that this comes from")
                .type_name("HOSTS");
            args.add_repeated("--purge-host", o->purge_hosts, "the address of the node that purges, where the database has a machine of its own")
                .type_name("ADDRESS");
            args.add_option("--sql", o->sql, "connect to nobody: write the statements for the server's administrator (0600, passwords are in it)")
                .type_name("FILE");
            args.add_option("--admit", o->admit, "the first administrator's public key").type_name("FILE.pub");
            args.add_option("--admit-name", o->admit_name, "the administrator's name").show_default();
            args.add_repeated("--admit-worker", o->workers, "a worker's public key; may be repeated")
                .type_name("NAME=FILE.pub");
            return [o](Context& context) { return run_init(context, *o); };
          }};
}

Command commands::db_migrate() {
  return {"db migrate", "Bring the schema to this release's version", "sudo cadre db migrate",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<AdminOptions>();
            o->as_owner = true;
            declare(args, *o);
            return [o](Context& context) { return run_migrate(context, *o); };
          }};
}

}  // namespace cadre::ctl
