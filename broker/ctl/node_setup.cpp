// cadre node setup: this machine becomes a master. Directories, keys, a MariaDB of its own or the way to another one, schema,
// accounts and configuration; what is there stays, so that a run that was interrupted is gone on with by the next one.
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <memory>

#include "broker/ctl/command.hpp"
#include "broker/ctl/database_way.hpp"
#include "broker/ctl/master_plan.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/own_mariadb.hpp"
#include "broker/ctl/settle_database.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  MasterWishes wishes;
  std::string owner;
  AdminOptions admin;
  std::vector<std::string> from, purge_hosts;
  fs::path sql;
};

// Two at once would each take the other's half for what was there.
class Lock {
 public:
  explicit Lock(const fs::path& directory) : fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) != 0) throw Stop{Exit::again, fmt::format("another `cadre node setup` is at work in {}; try again", directory.string())};
  }
  ~Lock() { ::close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

// Neither broker nor engines nor MariaDB are to be root.
Owner owner_of(const Options& o, const MasterPlan& plan) {
  if (!o.owner.empty() || ::geteuid() != 0) {
    Owner owner(o.owner);
    if (::geteuid() == 0 && !owner.other() && plan.own_mariadb) throw Stop{Exit::usage, "--owner root: MariaDB does not run as root; name another user. Nothing was changed"};
    return owner;
  }
  if (getpwnam("cadre") == nullptr)
    throw Stop{Exit::usage, "as whom are broker, worker and MariaDB to run? There is no user 'cadre' on this machine, whom Cadre's packages make: --owner NAME. Nothing was changed"};
  return Owner("cadre");
}

class Master {
 public:
  Master(const Options& o, const MasterPlan& plan, Owner owner, const Globals& globals)
      : o_(o), plan_(plan), own_{o.wishes.directory / "mariadb.cnf", o.wishes.data / "mariadb"}, files_(std::move(owner), steps_), globals_(globals) {
    globals_.config = plan.file;
  }

  // Nothing is changed yet.
  void check() const {
    if (plan_.own_mariadb) check_possible(own_);
    if (!o_.sql.empty() && plan_.config.database.host.empty()) throw Stop{Exit::usage, "--sql is for a database elsewhere (--database HOST:PORT); nothing was changed"};
    if (!o_.sql.empty() || !plan_.config.database.host.empty()) {
      AccountWishes wishes = account_wishes();
      if (o_.sql.empty() && wishes.from.empty()) wishes.from.emplace_back("192.0.2.1");  // the connection will tell
      if (db::is_loopback(plan_.config.database.host)) wishes.from = o_.from;
      (void)wanted_accounts(wishes);
    }
  }

  void settle() {
    const auto& config = plan_.config;
    files_.directory(o_.wishes.directory, 0755);
    const Lock lock(o_.wishes.directory);
    files_.directory(o_.wishes.directory / "keys", 0700);
    files_.directory(config.worker.engines, 0755);
    files_.directory(o_.wishes.data, 0750);
    files_.directory(config.worker.spool, 0700);
    server_key_ = files_.key(config.broker.secret_key_file).public_key;
    keys_ = {{"admin", Role::admin, net::public_file_of(config.tool.key_file), files_.key(config.tool.key_file).public_key},
             {config.name, Role::worker, net::public_file_of(config.worker.key_file), files_.key(config.worker.key_file).public_key}};
    if (plan_.own_mariadb) settle_own_mariadb(own_, files_, steps_);
    files_.text(plan_.file, plan_.text, "the node's configuration", [](const fs::path& draft) {
      std::vector<yaml::Fault> faults;
      (void)load_node(draft, faults);
      if (!faults.empty()) throw Stop{Exit::config, fault_report(faults, draft)};
    });
    for (const auto& file : passwords()) files_.secret(file);
    std::unique_ptr<RunningMariadb> running;
    if (plan_.own_mariadb) running = std::make_unique<RunningMariadb>(own_, files_.owner());
    o_.sql.empty() ? settle_database() : leave_statements();
  }

  Json told() const {
    const auto& database = plan_.config.database;
    Json steps = Json::array();
    for (const auto& step : steps_.all) steps.push_back({{"what", step.what}, {"changed", step.changed}});
    return {{"node", plan_.config.name},
            {"config", plan_.file.string()},
            {"data", o_.wishes.data.string()},
            {"owner", files_.owner().name()},
            {"fingerprint", net::fingerprint(server_key_)},
            {"listen", plan_.config.broker.listen},
            {"database", {{"own", plan_.own_mariadb}, {"place", place()}, {"schema", database.schema}, {"ready", ready_}, {"options", plan_.own_mariadb ? Json(own_.options.string()) : Json()}}},
            {"steps", steps},
            {"changed", steps_.changed},
            {"to_do", to_do_}};
  }
  const std::vector<std::string>& to_do() const { return to_do_; }
  const std::string& server_key() const { return server_key_; }
  bool changed() const { return !steps_.changed.empty(); }

 private:
  std::string place() const {
    const auto& database = plan_.config.database;
    return database.host.empty() ? database.socket.string() : fmt::format("{}:{}", database.host, database.port);
  }

  AccountWishes account_wishes() const { return {plan_.config.database, plan_.config.database.password_file, {}, o_.from, o_.purge_hosts}; }

  std::vector<fs::path> passwords() const {
    const auto& app = plan_.config.database.password_file;
    if (app.empty()) return {};
    std::vector<fs::path> all{app};
    for (const char* name : {"cadre_purge", "cadre_owner", "cadre_ro"}) all.push_back(app.parent_path() / (std::string(name) + ".password"));
    return all;
  }

  // Who reads them is the broker and the worker, whoever made them.
  void give_passwords() {
    std::error_code error;
    for (const auto& file : passwords())
      if (fs::exists(file, error)) files_.take(file);
  }

  void settle_database() {
    Context context(globals_);
    AdminOptions admin = o_.admin;
    Database database(context, admin);
    if (plan_.text.empty() && o_.wishes.schema.empty()) refuse_misspelt(database);
    settle_schema(database, steps_);
    settle_accounts(database, account_wishes(), steps_);
    give_passwords();
    for (const auto& one : keys_) settle_key(database, one, steps_);
    const std::string wrong = what_is_wrong();
    if (!wrong.empty()) throw Stop{Exit::config, fmt::format("everything was made, but the broker could not work with the database at {}: {}", place(), wrong)};
    ready_ = true;
  }

  // The file was edited, and names a schema that is not there, while there is one of ours: more likely a slip than a wish.
  void refuse_misspelt(Database& database) const {
    if (database.schema_exists()) return;
    const auto rows = database.query("SELECT table_schema FROM information_schema.tables WHERE table_name IN ('cluster', 'attempt_end') GROUP BY table_schema HAVING COUNT(*) = 2");
    if (rows.empty()) return;
    throw Stop{Exit::config, fmt::format("{} says database.schema: {}, which is not there, but {} holds Cadre's tables. Which one is meant? Mend the file, or say --schema {} for another cluster on this server",
                                         plan_.file.string(), database.schema(), rows.text(0, 0), database.schema())};
  }

  void leave_statements() {
    const std::string wrong = what_is_wrong();
    if (wrong.empty()) {
      steps_.found("database at " + place());
      ready_ = true;
      return;
    }
    std::error_code error;
    if (fs::exists(fs::symlink_status(o_.sql, error))) steps_.found("statements " + o_.sql.string());
    else settle_statements(o_.sql, plan_.config.database.schema, account_wishes(), keys_, steps_);
    give_passwords();
    to_do_.push_back(fmt::format("give {} to the administrator of {}, and remove it then: passwords are in it. Until then: {}", o_.sql.string(), place(), wrong));
  }

  std::string what_is_wrong() const { return trouble_on_the_way(plan_.config, keys_, globals_.patience); }

  const Options& o_;
  const MasterPlan& plan_;
  OwnMariadb own_;
  Steps steps_;
  Files files_;
  Globals globals_;
  std::string server_key_;
  std::vector<Admission> keys_;
  std::vector<std::string> to_do_;
  bool ready_ = false;
};

Exit run(Context& context, Options o) {
  for (auto* path : {&o.wishes.directory, &o.wishes.data, &o.wishes.socket, &o.wishes.tls_ca})
    if (!path->empty()) *path = fs::absolute(*path).lexically_normal();
  const MasterPlan plan = plan_master(o.wishes);
  Master master(o, plan, owner_of(o, plan), context.globals());
  master.check();
  master.settle();
  for (const auto& note : plan.notes) say("note: " + note);
  for (const auto& one : master.to_do()) say("note: to do: " + one);
  say(fmt::format("{}; the fingerprint of the broker's key, which every node must see: {}", master.changed() ? "the master is set up" : "nothing changed", net::fingerprint(master.server_key())));
  if (context.json()) print_json(master.told());
  else say(fmt::format("start:{}  cadre-broker --config {}, cadre-worker --config {}", plan.own_mariadb ? fmt::format("  mariadbd --defaults-file={},", (o.wishes.directory / "mariadb.cnf").string()) : "",
                       plan.file.string(), plan.file.string()));
  return Exit::ok;
}

}  // namespace

Command commands::node_setup() {
  return {"node setup", "Make this machine a master: files, keys, database; twice is harmless", "sudo cadre node setup --with-mariadb --listen 10.1.0.5:7171", [](CLI::App& app) -> Run {
            auto o = std::make_shared<Options>();
            app.add_option("--name", o->wishes.name, "what this node is called; else the host's name");
            app.add_option("--dir", o->wishes.directory, "where configuration and keys are to be")->capture_default_str();
            app.add_option("--data", o->wishes.data, "where spool and MariaDB's data are to be")->capture_default_str();
            app.add_option("--owner", o->owner, "the user whom broker, worker and MariaDB run as; else who runs this, for root: cadre");
            app.add_option("--listen", o->wishes.listen, "where the broker is to be reached by extensions; else on this machine alone")->type_name("ADDRESS:PORT");
            app.add_option("--monitor-port", o->wishes.monitor_port, "of the pages for who watches, the worker's is the next; 0: none");
            app.add_flag("--with-mariadb", o->wishes.with_mariadb, "a MariaDB of Cadre's own, reached by nobody else");
            app.add_option("--socket", o->wishes.socket, "or the socket of a MariaDB on this machine")->type_name("FILE");
            app.add_option("--database", o->wishes.database, "or a MariaDB elsewhere")->type_name("HOST:PORT");
            app.add_option("--tls-ca", o->wishes.tls_ca, "the authority that signed its certificate")->type_name("FILE");
            app.add_option("--schema", o->wishes.schema, "the database in which the tables are to be; else cadre");
            app.add_option("--admin-user", o->admin.user, "an account that may make databases and accounts; else the user who runs this");
            app.add_option("--admin-password-file", o->admin.password_file, "its password (0600), or - to read it from standard input; else none is needed")->type_name("FILE");
            add_repeated(app, "--from", o->from, "with --database: this machine's address as that server sees it; else the one that this comes from")->type_name("HOSTS");
            add_repeated(app, "--purge-host", o->purge_hosts, "with --database: the address of the node that purges")->type_name("ADDRESS");
            app.add_option("--sql", o->sql, "with --database: connect to it as nobody, and write the statements for its administrator (0600, passwords are in it)")->type_name("FILE");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
