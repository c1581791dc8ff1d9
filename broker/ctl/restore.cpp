// cadre restore: a master from its backup, on an empty machine or an empty database. Twice is as good as once, and interrupted
// it begins again. Who still works by what was before is fenced off: the epoch jumps.
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "broker/ctl/backup_file.hpp"
#include "broker/ctl/client_file.hpp"
#include "broker/ctl/command.hpp"
#include "broker/ctl/db.hpp"
#include "broker/ctl/members_key.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/own_mariadb.hpp"
#include "broker/ctl/rewrite.hpp"
#include "broker/ctl/settle_accounts.hpp"
#include "broker/ctl/settle_files.hpp"
#include "broker/ctl/values.hpp"
#include "common/database/schema.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

// More than brokers take seats between a backup and a disaster; 24 bits leave room for 4,000 restores. Ids of jobs begin with
// the epoch, so none that was given out after the backup is given out again.
constexpr std::uint64_t epoch_jump = 4096;
// The cluster's row under another name, as long as the rest is not there: a broker finds no cluster.
constexpr const char* unfinished = "cluster_being_restored";

struct Options {
  AdminOptions admin;
  fs::path file;
  std::string passphrase_file;
  std::vector<std::string> from, purge_hosts;
};

struct Kept {  // of the backup, all but the database
  Json cluster;
  std::vector<std::pair<Json, std::string>> files;  // facts, content
  std::string row;                                  // gzip
};

Kept look_through(const Options& o, const std::string& passphrase) {
  Kept kept;
  bool database = false;
  read_backup(o.file, passphrase, [&](const Json& facts) -> Sink {
    const std::string part = facts.value("part", "");
    if (part == "cluster") kept.cluster = facts;
    if (part == "database") database = true;
    if (part == "row") return [&kept](std::string_view bytes) { kept.row += bytes; };
    if (part != "file") return nullptr;
    kept.files.emplace_back(facts, "");
    return [&kept](std::string_view bytes) { kept.files.back().second += bytes; };
  });
  if (kept.cluster.empty() || kept.row.empty() || !database) throw Stop{Exit::bad_data, fmt::format("{}: holds no whole backup of a master", o.file.string())};
  if (kept.cluster.value("schema_version", std::uint64_t{0}) != db::schema_version)
    throw Stop{Exit::config, fmt::format("{}: its schema is version {}, this release speaks {}: restore with cadre {}, then bring it up to date", o.file.string(),
                                         kept.cluster["schema_version"].dump(), db::schema_version, kept.cluster.value("cadre", ""))};
  return kept;
}

// Nothing is overwritten: all are looked at before the first is written.
void refuse_other_files(const Kept& kept, const fs::path& config) {
  const bool ours = std::ranges::any_of(kept.files, [&](const auto& file) { return file.first.value("path", "") == fs::absolute(config).lexically_normal().string(); });
  if (!ours)
    throw Stop{Exit::usage, fmt::format("the backup's configuration lies at {}, not at {}: give --config {}", kept.files.empty() ? "" : kept.files.front().first.value("path", ""),
                                        config.string(), kept.files.empty() ? "" : kept.files.front().first.value("path", ""))};
  for (const auto& [facts, content] : kept.files) {
    const fs::path path = facts.value("path", "");
    std::error_code error;
    if (fs::exists(fs::symlink_status(path, error)) && text_of(path) != content)
      throw Stop{Exit::bad_data, fmt::format("{} is there, and other than in the backup; move it away first. Nothing was changed", path.string())};
  }
}

// Whose a file was; where there is no such user, it is who restores.
class FormerOwner {
 public:
  explicit FormerOwner(const Json& facts) : name_(facts.value("user", "")) {
    const passwd* user = ::getpwnam(name_.c_str());
    const group* group = ::getgrnam(facts.value("group", "").c_str());
    if (user == nullptr) return;
    uid_ = user->pw_uid;
    gid_ = group == nullptr ? user->pw_gid : group->gr_gid;
  }
  void takes(const fs::path& path) const {
    if (uid_ == ::geteuid() && (gid_ == ::getegid() || uid_ != 0)) return;
    if (uid_ == static_cast<uid_t>(-1) || ::lchown(path.c_str(), uid_, gid_) != 0)
      say(fmt::format("note: {} belonged to {}, and belongs to who runs this now: {}", path.string(), name_,
                      uid_ == static_cast<uid_t>(-1) ? "there is no such user here" : std::strerror(errno)));
  }

 private:
  std::string name_;
  uid_t uid_ = static_cast<uid_t>(-1);
  gid_t gid_ = static_cast<gid_t>(-1);
};

void put_back(const Json& facts, const std::string& content, Steps& steps) {
  const fs::path path = facts.value("path", "");
  std::error_code error;
  if (fs::exists(path, error)) return steps.found("file " + path.string());
  const auto mode = facts.value("mode", mode_t{0600});
  const FormerOwner owner(facts);
  if (!fs::exists(path.parent_path(), error)) {  // its owner must get in
    fs::create_directories(path.parent_path(), error);
    if ((mode & 077) == 0) fs::permissions(path.parent_path(), fs::perms::owner_all, error);
    owner.takes(path.parent_path());
  }
  const fs::path part = path.string() + ".part";
  fs::remove(part, error);
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) throw Stop{Exit::no_output, fmt::format("{}: cannot be made: {}", part.string(), std::strerror(errno))};
  const File out(::fdopen(fd, "w"), std::fclose);
  const bool written = std::fwrite(content.data(), 1, content.size(), out.get()) == content.size() && std::fflush(out.get()) == 0 && ::fsync(fd) == 0;
  owner.takes(part);
  if (!written || ::fchmod(fd, mode) != 0 || ::rename(part.c_str(), path.c_str()) != 0 || !sync_directory_of(path))
    throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno))};
  steps.did("file " + path.string());
}

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

void load(Database& database, const Options& o, const std::string& passphrase, const Kept& kept) {
  const ClientFile client(database.settings());
  const std::string what = "mariadb, while it reads the backup,";
  CommandInput row(into_database(client, database.schema(), fmt::format("sed \"s/\\`cluster\\`/\\`{}\\`/g\"", unfinished)), what);
  row.write(kept.row);
  row.finish();
  CommandInput rest(into_database(client, database.schema()), what);
  read_backup(o.file, passphrase, [&rest](const Json& facts) -> Sink {
    if (facts.value("part", "") != "database") return nullptr;
    return [&rest](std::string_view bytes) { rest.write(bytes); };
  });
  rest.finish();
  database.execute("UPDATE lease SET holder = '', renewals = renewals + 1, expires_at = '1970-01-02 00:00:00', epoch = epoch + ?", {epoch_jump});
  // By this the broker knows jobs that nodes tell of and that the backup has not.
  database.execute("INSERT INTO restored (upto, below, at) SELECT GREATEST(IFNULL((SELECT MAX(id) FROM job), 0), IFNULL((SELECT MAX(upto) FROM checkpoint), 0)), "
                   "epoch, UTC_TIMESTAMP(6) FROM lease WHERE resource = 'broker'");
}

void settle_database(Database& database, const Options& o, const std::string& passphrase, const Kept& kept, Steps& steps) {
  const Before before = look_at_schema(database, kept.cluster);
  const std::string name = fmt::format("schema {}, cluster {}", database.schema(), kept.cluster.value("cluster", ""));
  if (before == Before::restored) return steps.found(name);
  database.execute(fmt::format("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", db::quote_identifier(database.schema())));
  database.use_schema();
  if (before == Before::half_restored) clear_half_restored(database);
  load(database, o, passphrase, kept);
  // From here on there is a cluster again.
  database.execute(fmt::format("RENAME TABLE {} TO cluster", db::quote_identifier(unfinished)));
  steps.did(name);
}

Exit run(Context& context, const Options& o) {
  const std::string passphrase = passphrase_from(o.passphrase_file);
  const Kept kept = look_through(o, passphrase);
  refuse_other_files(kept, context.globals().config);
  Steps steps;
  for (const auto& [facts, content] : kept.files) put_back(facts, content, steps);
  const auto running = settle_places(kept, context.config(), steps);
  Database database(context, o.admin);
  settle_database(database, o, passphrase, kept, steps);
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
          [](CLI::App& app) -> Run {
            auto o = std::make_shared<Options>();
            app.add_option("FILE", o->file, "what `cadre backup` made")->required()->check(CLI::ExistingFile);
            app.add_option("--passphrase-file", o->passphrase_file, "a file (0600) with the passphrase on one line, or - to read it from standard input")->required();
            declare(app, o->admin);
            add_repeated(app, "--from", o->from, "with the database elsewhere: the master's address as that server sees it")->type_name("HOSTS");
            add_repeated(app, "--purge-host", o->purge_hosts, "the address of the node that purges, where the database has a machine of its own")->type_name("ADDRESS");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
