// cadre restore: a master from its backup, on an empty machine or an empty database. Twice is as good as once, and interrupted
// it begins again. Who still works by what was before is fenced off: the epoch jumps.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "broker/ctl/command.hpp"
#include "broker/ctl/members_key.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/own_mariadb.hpp"
#include "broker/ctl/restore_check.hpp"
#include "broker/ctl/restore_files.hpp"
#include "broker/ctl/settle_accounts.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  AdminOptions admin;
  fs::path file;
  std::string passphrase_file;
  std::vector<std::string> from, purge_hosts;
  bool check = false;
};

// What the node's file names and a backup does not hold: directories, and a MariaDB of Cadre's own, which runs as long as the
// object that is given back; null where the database is another one.
std::unique_ptr<RunningMariadb> settle_places(const Kept& kept, const NodeConfig& config, Steps& steps) {
  const auto user = [](const Json& facts) { return ::geteuid() == 0 ? facts.value("user", "") : std::string(); };
  Files files(Owner(user(kept.files.front().first)), steps);
  files.directory(config.worker.spool, 0700);
  files.directory(config.worker.engines, 0755);
  const fs::path members = members_key_file(config);
  std::error_code error;
  if (fs::exists(members, error)) files.let_enter(members.parent_path());
  for (const auto& [facts, content] : kept.files) {
    if (!facts.value("own_mariadb", false)) continue;
    const OwnMariadb own{facts.value("path", ""), config.database.socket.parent_path()};
    Files its(Owner(user(facts)), steps);
    check_possible(own);
    settle_own_mariadb(own, its, steps);
    return std::make_unique<RunningMariadb>(own, its.owner());
  }
  return nullptr;
}

Exit run(Context& context, const Options& o) {
  const std::string passphrase = passphrase_from(o.passphrase_file);
  if (o.check) return check_backup(context, o.file, passphrase);
  const Kept kept = look_through(o.file, passphrase);
  refuse_other_files(kept, context.globals().config);
  Steps steps;
  for (const auto& [facts, content] : kept.files) put_back(facts, content, steps);
  const auto running = settle_places(kept, context.config(), steps);
  Database database(context, o.admin);
  settle_database(database, o.file, passphrase, kept, steps);
  database.use_schema();
  settle_accounts(database, {context.config().database, context.config().database.password_file, context.config().purge.password_file, o.from, o.purge_hosts}, steps);
  const std::string made = kept.cluster.value("made", "");
  say(steps.changed.empty() ? "nothing changed"
                            : fmt::format("restored as of {0}. Start the broker: nodes come back by themselves, with what they hold.\n"
                                          "  Jobs accepted after {0} are not in it: who submitted them does so again, under the same keys.\n"
                                          "  Keys admitted since then are unknown again, and those revoked since then are let in: cadre key list", made));
  if (context.json())
    print_json({{"cluster", kept.cluster.value("cluster", "")}, {"schema", database.schema()}, {"made", made}, {"changed", steps.changed}});
  return Exit::ok;
}

}  // namespace

Command commands::restore() {
  return {"restore", "A master from its backup, on an empty machine; overwrites nothing", "sudo cadre restore /mnt/backup/master.cadre --passphrase-file backup.passphrase",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("FILE", o->file, "what `cadre backup` made").required().existing_file();
            args.add_option("--passphrase-file", o->passphrase_file, "a file (0600) with the passphrase on one line, or - to read it from standard input").required();
            args.add_flag("--check", o->check, "only try it: in a database server of its own that goes away again; on any machine");
            declare(args, o->admin);
            args.add_repeated("--from", o->from, "with the database elsewhere: the master's address as that server sees it").type_name("HOSTS");
            args.add_repeated("--purge-host", o->purge_hosts, "the address of the node that purges, where the database has a machine of its own").type_name("ADDRESS");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
