// cadre node setup: this machine becomes a master. Twice is as good as once.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/settle_master.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

Exit run(Context& context, MasterOptions o) {
  for (auto* path : {&o.wishes.directory, &o.wishes.data, &o.wishes.socket, &o.wishes.tls_ca})
    if (!path->empty()) *path = std::filesystem::absolute(*path).lexically_normal();
  const MasterPlan plan = plan_master(o.wishes);
  const MasterTold told = settle_master(o, plan, context.globals());
  for (const auto& note : plan.notes) say("note: " + note);
  for (const auto& one : told.to_do) say("note: to do: " + one);
  say(fmt::format("{}; the fingerprint of the broker's key, which every node must see: {}",
                  told.changed ? "the master is set up" : "nothing changed", told.fingerprint));
  if (context.json()) {
    print_json(told.json);
    return Exit::ok;
  }
  const std::string file = plan.file.string();
  if (plan.own_mariadb)
    say(fmt::format("start:  mariadbd --defaults-file={}", (o.wishes.directory / "mariadb.cnf").string()));
  say(fmt::format("start:  cadre-broker --config {}\nstart:  cadre-worker --config {}", file, file));
  return Exit::ok;
}

}  // namespace

Command commands::node_setup() {
  return {
      "node setup", "Make this machine a master: files, keys, database; twice is harmless",
      "sudo cadre node setup --with-mariadb --listen 10.1.0.5:7171", [](Arguments& args) -> Run {
        auto o = std::make_shared<MasterOptions>();
        args.add_option("--name", o->wishes.name, "what this node is called; else the host's name");
        args.add_option("--dir", o->wishes.directory, "where configuration and keys are to be").show_default();
        args.add_option("--data", o->wishes.data, "where spool and MariaDB's data are to be").show_default();
        args.add_option("--owner", o->owner,
                        "the user whom broker, worker and MariaDB run as; else who runs this, for root: cadre");
        args.add_option("--listen", o->wishes.listen,
                        "where the broker is to be reached by extensions; else on this machine alone")
            .type_name("ADDRESS:PORT");
        args.add_option("--monitor-port", o->wishes.monitor_port,
                        "of the pages for who watches, the worker's is the next; 0: none");
        args.add_flag("--with-mariadb", o->wishes.with_mariadb, "a MariaDB of Cadre's own, reached by nobody else");
        args.add_option("--socket", o->wishes.socket, "or the socket of a MariaDB on this machine").type_name("FILE");
        args.add_option("--database", o->wishes.database, "or a MariaDB elsewhere").type_name("HOST:PORT");
        args.add_option("--tls-ca", o->wishes.tls_ca, "the authority that signed its certificate").type_name("FILE");
        args.add_option("--schema", o->wishes.schema, "the database in which the tables are to be; else cadre");
        args.add_option("--admin-user", o->admin.user,
                        "an account that may make databases and accounts; else the user who runs this");
        args.add_option("--admin-password-file", o->admin.password_file,
                        "its password (0600), or - to read it from standard input; else none is needed")
            .type_name("FILE");
        args.add_repeated("--from", o->from,
                          "with --database: this machine's address as that server sees it; else the one that this comes from")
            .type_name("HOSTS");
        args.add_repeated("--purge-host", o->purge_hosts, "with --database: the address of the node that purges")
            .type_name("ADDRESS");
        args.add_option("--sql", o->sql,
                        "with --database: connect to it as nobody, and write the statements for its administrator "
                        "(0600, passwords are in it)")
            .type_name("FILE");
        return [o](Context& context) { return run(context, *o); };
      }};
}

}  // namespace cadre::ctl
