// cadre backup: the master on one file, sealed with a passphrase: its database as it is at one moment, its keys and passwords,
// its configuration. The cluster goes on working meanwhile.
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "broker/ctl/backup_file.hpp"
#include "broker/ctl/client_file.hpp"
#include "broker/ctl/command.hpp"
#include "broker/ctl/db.hpp"
#include "broker/ctl/members_key.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"
#include "common/database/schema.hpp"
#include "common/net/keys.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  AdminOptions admin;
  fs::path file;
  std::string passphrase_file;
};

// What the master cannot be itself without, and what it has besides; those that are there.
std::vector<fs::path> files_of(const NodeConfig& config, const fs::path& file) {
  std::vector<fs::path> all{fs::absolute(file).lexically_normal(), config.broker.secret_key_file, config.broker.server_key_file};
  for (const fs::path& more : {config.database.password_file, owner_password_file(config.database), config.purge.password_file, config.database.tls_ca_file,
                               config.tool.key_file, net::public_file_of(config.tool.key_file), config.worker.key_file,
                               net::public_file_of(config.worker.key_file), members_key_file(config),
                               net::public_file_of(members_key_file(config))}) {
    std::error_code error;
    if (!more.empty() && fs::is_regular_file(more, error) && std::ranges::find(all, more) == all.end()) all.push_back(more);
  }
  return all;
}

// The option file of a MariaDB of Cadre's own, where this master has one (`node setup --with-mariadb`); else nothing.
fs::path own_mariadb(const NodeConfig& config, const fs::path& file) {
  const fs::path options = fs::absolute(file).lexically_normal().parent_path() / "mariadb.cnf";
  std::error_code error;
  if (config.database.socket.empty() || !fs::is_regular_file(options, error)) return {};
  return text_of(options).find(fmt::format("\nsocket = {}\n", config.database.socket.string())) == std::string::npos ? fs::path{} : options;
}

Json facts_of_file(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) throw Stop{Exit::no_input, fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno))};
  const passwd* user = ::getpwuid(status.st_uid);
  const group* group = ::getgrgid(status.st_gid);
  return {{"part", "file"}, {"path", file.string()}, {"mode", status.st_mode & 07777}, {"user", user == nullptr ? "" : user->pw_name}, {"group", group == nullptr ? "" : group->gr_name}};
}

Json facts_of_cluster(Database& database) {
  const std::string schema = db::quote_identifier(database.schema());
  const auto cluster = database.query(fmt::format("SELECT id, schema_version FROM {}.cluster", schema));
  const auto seat = database.query(fmt::format("SELECT epoch FROM {}.lease WHERE resource = 'broker'", schema));
  return {{"part", "cluster"}, {"cluster", cluster.text(0, 0)}, {"schema", database.schema()}, {"schema_version", cluster.u64(0, 1)}, {"epoch", seat.u64(0, 0)},
          {"made", to_string(os::wall_now())}, {"cadre", CADRE_VERSION}};
}

void dump(BackupWriter& backup, const std::string& part, const std::string& tables, const ClientFile& client) {
  backup.part({{"part", part}});
  const std::string command = fmt::format("mariadb-dump --defaults-file={} --single-transaction --quick --hex-blob --max-allowed-packet=1G --skip-lock-tables --skip-add-locks --skip-add-drop-table "
                                          "--no-tablespaces --triggers --default-character-set=utf8mb4 {} | gzip -1", client.path(), tables);
  read_command(command, "mariadb-dump (Debian's package mariadb-client)", [&backup](std::string_view bytes) { backup.data(bytes); });
}

Exit run(Context& context, const Options& o) {
  const std::string passphrase = passphrase_from(o.passphrase_file);
  const NodeConfig& config = context.config();
  Database database(context, o.admin);
  if (database.version() != db::schema_version)
    throw Stop{Exit::config, fmt::format("schema '{}' holds no Cadre of this release's version {}; nothing was backed up", database.schema(), db::schema_version)};
  const ClientFile client(database.settings());
  BackupWriter backup(o.file, passphrase);
  const Json facts = facts_of_cluster(database);
  backup.part(facts);
  for (const auto& file : files_of(config, context.globals().config)) {
    backup.part(facts_of_file(file));
    backup.data(text_of(file));
  }
  if (const fs::path options = own_mariadb(config, context.globals().config); !options.empty()) {
    Json facts_of_options = facts_of_file(options);
    facts_of_options["own_mariadb"] = true;
    backup.part(facts_of_options);
    backup.data(text_of(options));
  }
  // The cluster's row first: its clock must not be ahead of what was stamped with it. And apart, because it is put back last.
  dump(backup, "row", fmt::format("{} cluster", database.schema()), client);
  dump(backup, "database", fmt::format("--ignore-table={0}.cluster {0}", database.schema()), client);
  backup.finish();
  say(fmt::format("{}: {} of cluster {}, as of {}. Whoever has it and the passphrase is the master: keep them apart, and try it: cadre restore --check",
                  o.file.string(), bytes_for_people(backup.size()), facts["cluster"].get<std::string>(), facts["made"].get<std::string>()));
  if (context.json()) {
    Json json = facts;
    json.erase("part");
    json["file"] = o.file.string();
    json["bytes"] = backup.size();
    print_json(json);
  }
  return Exit::ok;
}

}  // namespace

Command commands::backup() {
  return {"backup", "The master in one sealed file: database, keys, passwords, configuration", "sudo cadre backup /mnt/backup/master.cadre --passphrase-file backup.passphrase",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            o->admin.as_owner = true;
            args.add_option("FILE", o->file, "a new file").required();
            args.add_option("--passphrase-file", o->passphrase_file, "a file (0600) with the passphrase on one line, or - to read it from standard input").required();
            declare(args, o->admin);
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
