// `cadre db init` and `cadre db migrate` against a real server.
#include <sys/stat.h>

#include <fstream>

#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/db_accounts.hpp"
#include "common/database/schema.hpp"
#include "common/net/keys.hpp"
#include "common/os/secret_file.hpp"
#include "tests/support/private_mariadb.hpp"
#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

class DatabaseCommands : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<test::PrivateMariadb>(); }
  static void TearDownTestSuite() { server_.reset(); }

  // Each test has a schema of its own, and its own directory.
  void SetUp() override {
    static int number = 0;
    schema_ = "cadre_" + std::to_string(++number);
    globals_.config = directory_.file("no-configuration.yaml");
    globals_.json = true;
  }

  std::string standard_options() const {
    return "--admin-socket " + server_->settings().socket + " --schema " + schema_;
  }

  // What the command printed (JSON).
  Json run(const Command& command, const std::string& line) {
    return Json::parse(printed_by(command, standard_options() + " " + line, globals_, messages_));
  }
  Json init(const std::string& line = "") {
    return run(commands::db_init(), "--app-password-file " + directory_.file("db.password").string() + " " + line);
  }

  db::Link administrator() { return std::get<db::Link>(db::Link::connect(server_->settings())); }
  db::Rows query(const std::string& sql) {
    auto link = administrator();
    return std::get<db::Rows>(link.query(sql));
  }
  void execute(const std::string& sql) {
    auto link = administrator();
    auto done = link.execute(sql);
    ASSERT_TRUE(std::holds_alternative<std::uint64_t>(done)) << std::get<db::Trouble>(done).message;
  }
  std::string key_file(const std::string& name) {
    return net::write_key_pair(directory_.file(name + ".key"), net::make_key_pair())->string();
  }

  static std::unique_ptr<test::PrivateMariadb> server_;
  Directory directory_;
  Globals globals_;
  std::string schema_, messages_;
};

std::unique_ptr<test::PrivateMariadb> DatabaseCommands::server_;

TEST_F(DatabaseCommands, InitMakesEverythingAndTheSecondTimeNothing) {
  const std::string keys = "--admit " + key_file("admin") + " --admit-worker m1=" + key_file("worker");
  EXPECT_FALSE(init(keys)["changed"].empty());
  EXPECT_EQ(query("SELECT schema_version FROM " + schema_ + ".cluster").size(), 1u);
  const auto rows = query("SELECT name, role FROM " + schema_ + ".node_key ORDER BY name");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.text(0, 0), "admin");
  EXPECT_EQ(number(rows.row(0)[1]), static_cast<std::uint64_t>(Role::admin));
  EXPECT_EQ(rows.text(1, 0), "m1");
  EXPECT_EQ(number(rows.row(1)[1]), static_cast<std::uint64_t>(Role::worker));

  EXPECT_EQ(init(keys)["changed"], Json::array());
  EXPECT_TRUE(contains(messages_, "nothing changed"));
  EXPECT_EQ(run(commands::db_migrate(), "")["version"], db::schema_version);
}

TEST_F(DatabaseCommands, PasswordsAreRotatedWithAnOverlap) {
  init();
  const auto file = directory_.file("db.password");
  const auto let_in = [&](const char* user, const std::string& password) {
    auto settings = server_->settings(user, schema_);
    settings.password = password;
    return std::holds_alternative<db::Link>(db::Link::connect(settings));
  };
  const auto rotate = [&](const std::string& more = "") { return run(commands::db_rotate(), "--app-password-file " + file.string() + " " + more)["changed"]; };
  const std::string old_one = *os::read_secret(file), old_purge = *os::read_secret(directory_.file("cadre_purge.password"));
  EXPECT_EQ(rotate().size(), 4u);
  const std::string new_one = *os::read_secret(file);
  EXPECT_NE(new_one, old_one);
  EXPECT_TRUE(let_in("cadre_app", old_one)) << "who has not heard of it yet";
  EXPECT_TRUE(let_in("cadre_app", new_one));
  EXPECT_EQ(rotate(), Json::array()) << "one rotation at a time";
  EXPECT_EQ(*os::read_secret(file), new_one);

  // As it was left when the power failed before the new password was in its place.
  ASSERT_TRUE(os::write_secret(file.string() + ".next", std::string(32, 'n')));
  EXPECT_EQ(stop_of([&] { rotate("--finish"); }).code, Exit::config);
  EXPECT_EQ(rotate().size(), 1u);
  EXPECT_EQ(*os::read_secret(file), std::string(32, 'n'));
  EXPECT_TRUE(let_in("cadre_app", new_one));

  EXPECT_EQ(rotate("--finish").size(), 4u);
  EXPECT_FALSE(let_in("cadre_app", old_one));
  EXPECT_FALSE(let_in("cadre_app", new_one));
  EXPECT_FALSE(let_in("cadre_purge", old_purge));
  EXPECT_TRUE(let_in("cadre_app", std::string(32, 'n')));
  EXPECT_TRUE(let_in("cadre_purge", *os::read_secret(directory_.file("cadre_purge.password"))));
  EXPECT_EQ(rotate("--finish"), Json::array());
  EXPECT_EQ(init()["changed"], Json::array()) << "rights and bounds are as they were";
}

// The accounts of the work can do their work and no more, with the passwords that were written for them.
TEST_F(DatabaseCommands, AccountsMayWhatTheyMust) {
  init();
  struct stat info {};
  ASSERT_EQ(::stat(directory_.file("db.password").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  const std::pair<const char*, const char*> accounts[] = {
      {"cadre_app", "db.password"}, {"cadre_purge", "cadre_purge.password"}, {"cadre_ro", "cadre_ro.password"}};
  for (const auto& [user, file] : accounts) {
    auto settings = server_->settings(user, schema_);
    settings.password = *os::read_secret(directory_.file(file));
    auto link = db::Link::connect(settings);
    ASSERT_TRUE(std::holds_alternative<db::Link>(link)) << user << ": " << std::get<db::Trouble>(link).message;
    auto& there = std::get<db::Link>(link);
    EXPECT_TRUE(std::holds_alternative<db::Rows>(there.query("SELECT id FROM job"))) << user;
    const bool may_delete = std::holds_alternative<std::uint64_t>(there.execute("DELETE FROM job WHERE id = 0"));
    EXPECT_EQ(may_delete, std::string(user) == "cadre_purge") << user;
    settings.password += "x";
    EXPECT_TRUE(std::holds_alternative<db::Trouble>(db::Link::connect(settings))) << user;
  }
}

// The owner changes this schema, not one whose name only looks like it, and no account; `db compact` comes as it.
TEST_F(DatabaseCommands, TheOwnerChangesTheSchemaAndNothingElse) {
  init();
  const std::string alike = "cadreX" + schema_.substr(std::string("cadre_").size());
  execute("CREATE DATABASE " + alike);
  auto settings = server_->settings("cadre_owner", schema_);
  settings.password = *os::read_secret(directory_.file("cadre_owner.password"));
  auto link = db::Link::connect(settings);
  ASSERT_TRUE(std::holds_alternative<db::Link>(link)) << std::get<db::Trouble>(link).message;
  auto& owner = std::get<db::Link>(link);
  const auto may = [&](const std::string& sql) { return std::holds_alternative<std::uint64_t>(owner.execute(sql)); };
  EXPECT_TRUE(may("CREATE TABLE one_more (id INT PRIMARY KEY)"));
  EXPECT_TRUE(may("ALTER TABLE one_more ADD COLUMN text TEXT"));
  EXPECT_TRUE(may("DROP TABLE one_more"));
  EXPECT_FALSE(may("CREATE TABLE " + alike + ".one_more (id INT PRIMARY KEY)")) << "_ stands for itself";
  EXPECT_FALSE(may("DELETE FROM job WHERE id = 0"));
  EXPECT_FALSE(may("CREATE USER somebody@localhost"));
  execute("DROP DATABASE " + alike);

  globals_.config = directory_.file("node.yaml");
  std::ofstream(globals_.config) << fmt::format("role: master\ndatabase:\n  socket: {}\n  schema: {}\n  password_file: db.password\n", server_->settings().socket, schema_);
  execute("SET GLOBAL general_log = 0, GLOBAL log_output = 'TABLE'");
  execute("TRUNCATE mysql.general_log");
  execute("SET GLOBAL general_log = 1");
  EXPECT_EQ(run(commands::db_compact(), "--all")["tables"].size(), db::all_tables().size());
  EXPECT_EQ(run(commands::db_migrate(), "")["current"], true);
  execute("SET GLOBAL general_log = 0");
  EXPECT_GE(query("SELECT 1 FROM mysql.general_log WHERE command_type = 'Connect' AND argument LIKE 'cadre_owner@%'").size(), 2u);
  EXPECT_EQ(query("SELECT 1 FROM mysql.general_log WHERE command_type = 'Query' AND argument LIKE 'ALTER TABLE%' AND user_host NOT LIKE 'cadre_owner%'").size(), 0u);
}

// With the database on a machine of its own: one address more, not a pattern of many.
TEST_F(DatabaseCommands, WhoPurgesFromAnotherMachineIsOneAddress) {
  init("--purge-host 192.0.2.7");
  EXPECT_EQ(query("SELECT 1 FROM mysql.user WHERE User = 'cadre_purge' AND Host = '192.0.2.7' AND ssl_type = 'ANY'").size(), 1u);
  const auto stop = stop_of([&] { init("--purge-host 192.0.2.%"); });
  EXPECT_EQ(stop.code, Exit::usage);
  EXPECT_EQ(query("SELECT 1 FROM mysql.user WHERE User = 'cadre_purge' AND Host LIKE '%\\%'").size(), 0u);
  execute("DROP USER cadre_purge@192.0.2.7");
}

// The master comes from elsewhere: exactly its addresses, with TLS, and no more connections than it needs.
TEST_F(DatabaseCommands, ADatabaseElsewhereLetsTheMasterInAndNobodyElse) {
  globals_.config = directory_.file("node.yaml");
  std::ofstream(globals_.config) << "role: master\ndatabase: {host: db.example, password_file: db.password, tls_ca_file: ca.pem}\n";
  const auto nowhere = stop_of([&] { init(); });
  EXPECT_EQ(nowhere.code, Exit::usage) << "who comes through the socket does not say where the master is";
  EXPECT_TRUE(contains(nowhere.message, "--from ADDRESS"));
  const auto never = stop_of([&] { init("--from 192.0.2.7/24"); });
  EXPECT_TRUE(contains(never.message, "192.0.2.0/24")) << "bits beyond the mask never match";
  EXPECT_EQ(query("SELECT 1 FROM mysql.user WHERE User = 'cadre_app' AND Host LIKE '192.0.2.%'").size(), 0u);
  EXPECT_EQ(stop_of([&] { init("--from 0.0.0.0/0"); }).code, Exit::usage);

  init("--from 192.0.2.16/28");
  EXPECT_TRUE(contains(messages_, "192.0.2.16 to 192.0.2.31: 16 addresses"));
  const auto made = query("SHOW CREATE USER cadre_app@'192.0.2.16/255.255.255.240'").text(0, 0);
  EXPECT_TRUE(contains(made, "REQUIRE SSL"));
  EXPECT_TRUE(contains(made, "MAX_USER_CONNECTIONS 20"));
  EXPECT_EQ(query("SELECT 1 FROM mysql.user WHERE User = 'cadre_app' AND Host = '%'").size(), 0u);
  EXPECT_EQ(init("--from 192.0.2.16/28")["changed"], Json::array());

  init("--from 192.0.2.9");
  EXPECT_TRUE(contains(messages_, "DROP USER 'cadre_app'@'192.0.2.16/255.255.255.240'")) << "the old one is said, not taken away";
  for (const char* host : {"192.0.2.9", "192.0.2.16/255.255.255.240"}) execute(std::string("DROP USER cadre_app@'") + host + "'");
}

// A leaked password cannot use up the server.
TEST_F(DatabaseCommands, AnAccountHasNoMoreConnectionsThanItNeeds) {
  init();
  auto settings = server_->settings("cadre_owner", schema_);
  settings.password = *os::read_secret(directory_.file("cadre_owner.password"));
  std::vector<db::Link> open;
  for (int i = 0; i < 4; ++i) {
    auto link = db::Link::connect(settings);
    ASSERT_TRUE(std::holds_alternative<db::Link>(link)) << i;
    open.push_back(std::move(std::get<db::Link>(link)));
  }
  EXPECT_TRUE(std::holds_alternative<db::Trouble>(db::Link::connect(settings)));
}

// A server that is somebody else's: nothing is done there, and what its administrator is given does all of it, once.
TEST_F(DatabaseCommands, StatementsForAnAdministratorDoAllThatInitDoes) {
  const auto sql = directory_.file("for-the-dba.sql");
  const Json told = init("--sql " + sql.string() + " --admit " + key_file("admin"));
  EXPECT_EQ(told["sql"], sql.string());
  EXPECT_EQ(query("SHOW DATABASES LIKE '" + schema_ + "'").size(), 0u) << "nothing was done";
  struct stat info {};
  ASSERT_EQ(::stat(sql.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u) << "passwords are in it";
  const auto feed = [&] {
    return std::system(fmt::format("mariadb --no-defaults --socket={} --abort-source-on-error < {} > {} 2>&1", server_->settings().socket, sql.string(),
                                   directory_.file("out").string()).c_str());
  };
  ASSERT_EQ(feed(), 0) << directory_.read("out");
  EXPECT_EQ(run(commands::db_migrate(), "")["version"], db::schema_version);
  EXPECT_EQ(init()["changed"], Json::array()) << "init finds nothing left to do";
  auto settings = server_->settings("cadre_app", schema_);
  settings.password = *os::read_secret(directory_.file("db.password"));
  auto link = db::Link::connect(settings);
  ASSERT_TRUE(std::holds_alternative<db::Link>(link)) << std::get<db::Trouble>(link).message;
  EXPECT_EQ(query("SELECT 1 FROM " + schema_ + ".node_key WHERE name = 'admin' AND role = 2").size(), 1u);
  EXPECT_NE(feed(), 0) << "a second time stops at the first table";
  EXPECT_EQ(query("SELECT 1 FROM " + schema_ + ".cluster").size(), 1u);
}

// The documented way, followed literally: with the configured schema, a password of its own, and a way back.
TEST_F(DatabaseCommands, TheDocumentedWayWorksIsWarnedAboutAndIsTakenBack) {
  globals_.config = directory_.file("node.yaml");
  const std::string before = fmt::format("role: master\ndatabase:\n  socket: {}\n  schema: {}\n  password_file: db.password\n", server_->settings().socket, schema_);
  std::ofstream(globals_.config) << before;
  init();
  EXPECT_EQ(stop_of([&] { run(commands::db_legacy_grant(), "--from 0.0.0.0/0"); }).code, Exit::usage);
  EXPECT_EQ(stop_of([&] { run(commands::db_legacy_grant(), "--from localhost"); }).code, Exit::usage) << "that is the administrator himself";
  const Json done = run(commands::db_legacy_grant(), "--from 192.168.0.0/255.255.0.0");
  EXPECT_EQ(done["changed"].size(), 3u) << done.dump();
  EXPECT_TRUE(contains(messages_, "not a good one"));
  EXPECT_TRUE(contains(messages_, "192.168.0.0 to 192.168.255.255: 65536 addresses"));
  const std::string account = "root@'192.168.0.0/255.255.0.0'";
  const auto grants = query("SHOW GRANTS FOR " + account);
  ASSERT_EQ(grants.size(), 2u);
  std::string pattern = schema_;
  pattern.insert(pattern.find('_'), "\\");
  EXPECT_TRUE(contains(grants.text(1, 0), "GRANT ALL PRIVILEGES ON `" + pattern + "`.*")) << "the configured schema, and _ for itself";
  EXPECT_TRUE(contains(directory_.read("node.yaml"), "  accounts: legacy\n"));
  EXPECT_EQ(run(commands::db_legacy_grant(), "--from 192.168.0.0/255.255.0.0")["changed"], Json::array());
  EXPECT_EQ(query("SHOW GRANTS FOR root@localhost").size(), 2u) << "the administrator is not touched";

  EXPECT_EQ(run(commands::db_legacy_revoke(), "--from 192.168.0.0/16")["changed"].size(), 2u);
  EXPECT_EQ(query("SELECT 1 FROM mysql.user WHERE User = 'root' AND Host LIKE '192.168%'").size(), 0u);
  EXPECT_EQ(directory_.read("node.yaml"), before);
  EXPECT_EQ(run(commands::db_legacy_revoke(), "--from 192.168.0.0/16")["changed"], Json::array());
}

// An account that others use keeps its password, and one that is more than ours is not removed.
TEST_F(DatabaseCommands, TheDocumentedWayLeavesOtherPeoplesAccountsAlone) {
  init();
  execute("CREATE USER theirs@'10.9.0.0/255.255.0.0' IDENTIFIED BY 'their own'");
  const std::string options = "--user theirs --from 10.9.0.0/16 --password-file " + directory_.file("theirs.password").string();
  const auto before = query("SHOW CREATE USER theirs@'10.9.0.0/255.255.0.0'").text(0, 0);
  EXPECT_EQ(stop_of([&] { run(commands::db_legacy_grant(), options); }).code, Exit::not_so);
  EXPECT_EQ(query("SHOW CREATE USER theirs@'10.9.0.0/255.255.0.0'").text(0, 0), before);
  execute("GRANT SELECT ON *.* TO theirs@'10.9.0.0/255.255.0.0'");
  EXPECT_EQ(stop_of([&] { run(commands::db_legacy_revoke(), "--user theirs --from 10.9.0.0/16"); }).code, Exit::not_allowed);
  EXPECT_EQ(query("SELECT 1 FROM mysql.user WHERE User = 'theirs'").size(), 1u);
  execute("DROP USER theirs@'10.9.0.0/255.255.0.0'");
}

TEST_F(DatabaseCommands, AccountsThatWereChangedAreMended) {
  init();
  execute("ALTER USER cadre_app@localhost IDENTIFIED BY 'something else'");
  execute("REVOKE SELECT ON " + schema_ + ".job FROM cadre_ro@localhost");
  EXPECT_EQ(init()["changed"].size(), 2u);
  EXPECT_EQ(init()["changed"].size(), 0u);
}

TEST_F(DatabaseCommands, OtherPeoplesTablesAreLeftAlone) {
  execute("CREATE DATABASE " + schema_);
  execute("CREATE TABLE " + schema_ + ".theirs (a INT)");
  const auto stop = stop_of([&] { init(); });
  EXPECT_EQ(stop.code, Exit::bad_data);
  EXPECT_TRUE(contains(stop.message, "'theirs'"));
  EXPECT_EQ(query("SHOW TABLES FROM " + schema_).size(), 1u);
}

// The first run was interrupted: tables without a cluster's row, which comes last.
TEST_F(DatabaseCommands, AHalfMadeSchemaIsMadeAnew) {
  init();
  execute("DELETE FROM " + schema_ + ".cluster");
  execute("DROP TABLE " + schema_ + ".node_key");
  EXPECT_EQ(stop_of([&] { run(commands::db_migrate(), ""); }).code, Exit::config);
  EXPECT_FALSE(init()["changed"].empty());
  EXPECT_EQ(query("SELECT 1 FROM " + schema_ + ".cluster").size(), 1u);
  EXPECT_EQ(query("SELECT 1 FROM " + schema_ + ".node_key").size(), 0u);
}

// But never where there are jobs: they are worth more than our guess about what happened.
TEST_F(DatabaseCommands, JobsWithoutAClusterAreLeftAlone) {
  init();
  execute("DELETE FROM " + schema_ + ".cluster");
  execute("INSERT INTO " + schema_ +
          ".job VALUES (1, 'c', 'k', 'e', 'q', '', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0, REPEAT('x', 16), 0, 0, '{}', '')");
  EXPECT_EQ(stop_of([&] { init(); }).code, Exit::bad_data);
  EXPECT_EQ(query("SELECT 1 FROM " + schema_ + ".job").size(), 1u);
}

TEST_F(DatabaseCommands, ANewerSchemaIsRefused) {
  init();
  execute("UPDATE " + schema_ + ".cluster SET schema_version = schema_version + 1");
  for (const auto& command : {commands::db_init(), commands::db_migrate()}) {
    const auto stop = stop_of([&] { run(command, ""); });
    EXPECT_EQ(stop.code, Exit::config);
    EXPECT_TRUE(contains(stop.message, "nothing was changed"));
  }
}

TEST_F(DatabaseCommands, AKeyKeepsItsNameAndRole) {
  const std::string file = key_file("admin");
  init("--admit " + file);
  EXPECT_EQ(stop_of([&] { init("--admit-worker other=" + file); }).code, Exit::bad_data);
  execute("UPDATE " + schema_ + ".node_key SET revoked = 1");
  const auto stop = stop_of([&] { init("--admit " + file); });
  EXPECT_TRUE(contains(stop.message, "revoked"));
}

TEST_F(DatabaseCommands, MissingKeysAreSaidBeforeAnythingIsDone) {
  EXPECT_EQ(stop_of([&] { init("--admit " + directory_.file("nope.pub").string()); }).code, Exit::no_input);
  EXPECT_EQ(query("SHOW DATABASES LIKE '" + schema_ + "'").size(), 0u);
}

TEST_F(DatabaseCommands, StrangersAreToldWhatIsWanted) {
  const auto stop = stop_of([&] { init("--admin-user nobody-we-know"); });
  EXPECT_EQ(stop.code, Exit::not_allowed);
  EXPECT_TRUE(contains(stop.message, "--admin-password-file"));
}

}  // namespace
}  // namespace cadre::ctl
