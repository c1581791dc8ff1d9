#include "broker/ctl/settle_master.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <memory>

#include "broker/ctl/database_way.hpp"
#include "broker/ctl/members_key.hpp"
#include "broker/ctl/own_mariadb.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

// Two at once would each take the other's half for what was there.
class Lock {
 public:
  explicit Lock(const fs::path& directory) : fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) != 0)
      throw Stop{Exit::again,
                 fmt::format("another `cadre node setup` is at work in {}; try again", directory.string())};
  }
  ~Lock() { ::close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

// Neither broker nor engines nor MariaDB are to be root.
Owner owner_of(const MasterOptions& o, const MasterPlan& plan) {
  if (!o.owner.empty() || ::geteuid() != 0) {
    Owner owner(o.owner);
    if (::geteuid() == 0 && !owner.other() && plan.own_mariadb)
      throw Stop{Exit::usage, "--owner root: MariaDB does not run as root; name another user. Nothing was changed"};
    return owner;
  }
  if (getpwnam("cadre") == nullptr)
    throw Stop{Exit::usage,
               "as whom are broker, worker and MariaDB to run? There is no user 'cadre' on this machine, whom Cadre's "
               "packages make: --owner NAME. Nothing was changed"};
  return Owner("cadre");
}

class Master {
 public:
  Master(const MasterOptions& o, const MasterPlan& plan, Owner owner, const Globals& globals)
      : o_(o),
        plan_(plan),
        own_{o.wishes.directory / "mariadb.cnf", o.wishes.data / "mariadb"},
        files_(std::move(owner), steps_),
        globals_(globals) {
    globals_.config = plan.file;
  }

  // Nothing is changed yet.
  void check() const {
    if (plan_.own_mariadb) check_possible(own_);
    if (!o_.sql.empty() && plan_.config.database.host.empty())
      throw Stop{Exit::usage, "--sql is for a database elsewhere (--database HOST:PORT); nothing was changed"};
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
    files_.directory(o_.wishes.data, 0711);  // engines pass through it to their work directories
    files_.directory(config.worker.spool, 0700);
    server_key_ = files_.key(config.broker.secret_key_file).public_key;
    keys_ = {
        {"admin", Role::admin, net::public_file_of(config.tool.key_file), files_.key(config.tool.key_file).public_key},
        {config.name, Role::worker, net::public_file_of(config.worker.key_file),
         files_.key(config.worker.key_file).public_key}};
    settle_members();
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

  MasterTold told() const {
    const auto& database = plan_.config.database;
    Json steps = Json::array();
    for (const auto& step : steps_.all) steps.push_back({{"what", step.what}, {"changed", step.changed}});
    Json json = {{"node", plan_.config.name},
                 {"config", plan_.file.string()},
                 {"data", o_.wishes.data.string()},
                 {"owner", files_.owner().name()},
                 {"fingerprint", net::fingerprint(server_key_)},
                 {"listen", plan_.config.broker.listen},
                 {"database",
                  {{"own", plan_.own_mariadb},
                   {"place", place()},
                   {"schema", database.schema},
                   {"ready", ready_},
                   {"options", plan_.own_mariadb ? Json(own_.options.string()) : Json()}}},
                 {"steps", steps},
                 {"changed", steps_.changed},
                 {"to_do", to_do_}};
    return {std::move(json), to_do_, net::fingerprint(server_key_), !steps_.changed.empty()};
  }

 private:
  std::string place() const {
    const auto& database = plan_.config.database;
    return database.host.empty() ? database.socket.string() : fmt::format("{}:{}", database.host, database.port);
  }

  AccountWishes account_wishes() const {
    return {plan_.config.database, plan_.config.database.password_file, {}, o_.from, o_.purge_hosts};
  }

  std::vector<fs::path> passwords() const {
    const auto& app = plan_.config.database.password_file;
    if (app.empty()) return {};
    std::vector<fs::path> all{app};
    for (const char* user : {"cadre_purge", owner_account, "cadre_ro"}) all.push_back(password_beside(app, user));
    return all;
  }

  // Who reads them is the broker and the worker, whoever made them.
  void give_passwords() {
    std::error_code error;
    for (const auto& file : passwords())
      if (fs::exists(file, error)) files_.take(file);
  }

  // Where the daemons have a user of their own, whose group people can be made members of.
  void settle_members() {
    if (!files_.owner().other()) return;
    const auto file = members_key_file(plan_.config);
    members_ = {members_name, Role::client, net::public_file_of(file), files_.group_key(file).public_key};
    files_.let_enter(file.parent_path());
  }

  // Where they were shut out, that stays so.
  void admit_members(Database& database) {
    if (members_.key.empty()) return;
    if (!database.query("SELECT 1 FROM node_key WHERE public_key = ? AND revoked", {members_.key}).empty())
      return steps_.found(fmt::format("key of {} ({}), revoked", members_.name, to_string(members_.role)));
    settle_key(database, members_, steps_);
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
    admit_members(database);
    const std::string wrong = what_is_wrong();
    if (!wrong.empty())
      throw Stop{Exit::config,
                 fmt::format("everything was made, but the broker could not work with the database at {}: {}", place(),
                             wrong)};
    ready_ = true;
  }

  // The file was edited, and names a schema that is not there, while there is one of ours: more likely a slip than a
  // wish.
  void refuse_misspelt(Database& database) const {
    if (database.schema_exists()) return;
    const auto rows = database.query(
        "SELECT table_schema FROM information_schema.tables WHERE table_name IN ('cluster', 'attempt_end') GROUP BY "
        "table_schema HAVING COUNT(*) = 2");
    if (rows.empty()) return;
    throw Stop{Exit::config,
               fmt::format("{} says database.schema: {}, which is not there, but {} holds Cadre's tables. Which one is "
                           "meant? Mend the file, or say --schema {} for another cluster on this server",
                           plan_.file.string(), database.schema(), rows.text(0, 0), database.schema())};
  }

  void leave_statements() {
    const std::string wrong = what_is_wrong();
    if (wrong.empty()) {
      steps_.found("database at " + place());
      ready_ = true;
      if (!members_.key.empty() && !trouble_on_the_way(plan_.config, {members_}, globals_.patience).empty())
        say(
            fmt::format("note: the key of {0} is not admitted; where people of the group of {1} are to ask the master: "
                        "cadre key admit {0} --role client --file {2}",
                        members_.name, files_.owner().name(), members_.file.string()));
      return;
    }
    std::error_code error;
    if (fs::exists(fs::symlink_status(o_.sql, error)))
      steps_.found("statements " + o_.sql.string());
    else
      settle_statements(o_.sql, plan_.config.database.schema, account_wishes(), all_keys(), steps_);
    give_passwords();
    to_do_.push_back(
        fmt::format("give {} to the administrator of {}, and remove it then: passwords are in it. Until then: {}",
                    o_.sql.string(), place(), wrong));
  }

  std::vector<Admission> all_keys() const {
    auto all = keys_;
    if (!members_.key.empty()) all.push_back(members_);
    return all;
  }

  std::string what_is_wrong() const { return trouble_on_the_way(plan_.config, keys_, globals_.patience); }

  const MasterOptions& o_;
  const MasterPlan& plan_;
  OwnMariadb own_;
  Steps steps_;
  Files files_;
  Globals globals_;
  std::string server_key_;
  std::vector<Admission> keys_;
  Admission members_;  // no key: there is none
  std::vector<std::string> to_do_;
  bool ready_ = false;
};

}  // namespace

MasterTold settle_master(const MasterOptions& options, const MasterPlan& plan, const Globals& globals) {
  Master master(options, plan, owner_of(options, plan), globals);
  master.check();
  master.settle();
  return master.told();
}

}  // namespace cadre::ctl
