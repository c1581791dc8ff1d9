#include "broker/ctl/restore_check.hpp"

#include <fmt/format.h>

#include "broker/ctl/output.hpp"
#include "broker/ctl/restore_database.hpp"
#include "common/database/private_server.hpp"
#include "common/database/private_server_files.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

bool has_mariadbd() {
  try {
    return !db::find_mariadbd().empty();
  } catch (const std::runtime_error&) {
    return false;
  }
}

// Nothing in it outlives the check: it need not be on the disk at every commit.
db::PrivateServer trial_server() {
  db::PrivateServer::Settings settings;
  settings.options = {"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF", "--max-allowed-packet=1G",
                      "--character-set-server=utf8mb4"};
  try {
    return db::PrivateServer(std::move(settings));
  } catch (const std::runtime_error& error) {
    throw Stop{Exit::unreachable, fmt::format("the server that the backup was to be tried in: {}", error.what())};
  }
}

// What is in it once it is restored.
Json contents_of(Database& database) {
  const auto count = [&](const std::string& sql) { return database.query("SELECT COUNT(*) FROM " + sql).i64(0, 0); };
  return {{"jobs", count("job")},
          {"open_jobs", count("job j WHERE NOT EXISTS (SELECT 1 FROM outcome o WHERE o.job_id = j.id)")},
          {"keys", count("node_key WHERE revoked = 0")}};
}

Json load_into_trial(Context& context, const fs::path& file, const std::string& passphrase, const Kept& kept) {
  const db::PrivateServer server = trial_server();
  AdminOptions admin;
  admin.schema = kept.cluster.value("schema", "");
  admin.socket = server.settings().socket;
  admin.user = server.administrator();
  Database database(context, admin);
  Steps steps;
  settle_database(database, file, passphrase, kept, steps);
  database.use_schema();
  return contents_of(database);
}

}  // namespace

Exit check_backup(Context& context, const fs::path& file, const std::string& passphrase) {
  const Kept kept = look_through(file, passphrase);
  Json json = kept.cluster;
  json.erase("part");
  json["file"] = file.string();
  json["files"] = Json::array();
  for (const auto& [facts, content] : kept.files) json["files"].push_back(facts.value("path", ""));
  json["loaded"] = has_mariadbd();
  if (json["loaded"] == true) json.update(load_into_trial(context, file, passphrase, kept));
  say(fmt::format("{}: whole; cluster {}, as of {}, with {} files", file.string(), cell(json, "cluster"), cell(json, "made"), kept.files.size()));
  if (json["loaded"] == true)
    say(fmt::format("  its database was restored for trial: {} jobs, {} of them open, {} keys that are let in", cell(json, "jobs"), cell(json, "open_jobs"), cell(json, "keys")));
  else
    say("note: its database was read to the end and not restored for trial: there is no mariadbd on this machine (Debian's package mariadb-server-core)");
  if (context.json()) print_json(json);
  return Exit::ok;
}

}  // namespace cadre::ctl
