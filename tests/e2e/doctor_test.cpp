// `cadre doctor` on real nodes: well it says so; with something broken it names that thing first, and what to do.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/os/secret_file.hpp"
#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;

class Doctor : public testing::Test {
 protected:
  Doctor() {
    up(cluster_);
    std::filesystem::create_directories(cluster_.directory() / "engines");
    std::string text = content(cluster_.config());
    const std::string worker = "worker:\n  engines: engines\n";
    text.replace(text.find(worker), worker.size(), worker + "  spool: w1-spool\n  key_file: keys/w1.key\n");
    change("", "", text);
  }
  // The master's file with something else in it.
  void change(const std::string& from, const std::string& to, std::string text = {}) {
    if (text.empty()) text = content(file_);
    if (!from.empty()) {
      ASSERT_NE(text.find(from), std::string::npos) << from << " is not in\n" << text;
      text.replace(text.find(from), from.size(), to);
    }
    std::ofstream(file_) << text;
  }
  // What it says, and with which exit code.
  Json look(int code, const std::filesystem::path& file = {}, const std::string& through = "") {
    const Ran ran = run(fmt::format("{} {} --config {} --patience 2s --json doctor 2>/dev/null", through, binary("cadre"), (file.empty() ? file_ : file).string()));
    EXPECT_EQ(ran.code, code) << ran.out;
    return Json::parse(ran.out);
  }
  static Json check(const Json& told, const std::string& name) {
    for (const auto& one : told["checks"])
      if (one["check"] == name) return one;
    ADD_FAILURE() << "no check is called " << name << " in\n" << told.dump(2);
    return {{"state", ""}, {"found", ""}, {"cure", ""}};
  }
  static testing::AssertionResult names_first(const Json& told, const std::string& name, const std::vector<std::string>& words) {
    if (told["first"] != name) return testing::AssertionFailure() << "wanted " << name << " first, found\n" << told.dump(2);
    const Json one = check(told, name);
    return says(one["found"].get<std::string>() + "\n" + one["cure"].get<std::string>(), words);
  }

  Cluster cluster_{[] {
    Cluster::Options options;
    options.workers = {"w1"};
    return options;
  }()};
  const std::filesystem::path file_ = cluster_.directory() / "looked-at.yaml";
};

TEST_F(Doctor, FindsNothingWrongWithAMasterAndAnExtensionThatAreWell) {
  const Json master = look(0);
  EXPECT_EQ(master["well"], true) << master.dump(2);
  for (const char* name : {"database: server", "database: password", "database: schema", "database: settings", "database: characters", "database: connections", "database: clock", "purge: account", "purge: rights",
                           "broker: connection", "broker: clock"})
    EXPECT_EQ(check(master, name)["state"], "ok") << master.dump(2);
  const Json extension = look(0, cluster_.directory() / "w1.yaml");
  EXPECT_EQ(extension["well"], true) << extension.dump(2);
  for (const auto& one : extension["checks"]) EXPECT_EQ(one["check"].get<std::string>().find("database"), std::string::npos) << "an extension has none";
}

TEST_F(Doctor, NamesTheFileThatIsMissingOrWrong) {
  EXPECT_TRUE(names_first(look(1, cluster_.directory() / "none.yaml"), "configuration: file", {"there is none at", "cadre node join"}));
  change("role: master", "role: mister");
  EXPECT_TRUE(names_first(look(1), "configuration: file", {"mister"}));
}

TEST_F(Doctor, NamesTheKeyThatOthersCanRead) {
  std::filesystem::permissions(cluster_.directory() / "keys/w1.key", std::filesystem::perms{0644});
  EXPECT_TRUE(names_first(look(1), "keys: this node's key", {"readable by others", "chmod 600"}));
}

TEST_F(Doctor, NamesASpoolThatEverybodyMayWrite) {
  std::filesystem::permissions(cluster_.directory() / "w1-spool", std::filesystem::perms{0777});
  EXPECT_TRUE(names_first(look(1), "worker: spool", {"writable for everybody", "chmod 0700"}));
}

TEST_F(Doctor, WarnsOfAnEngineWhoseVersionWasRemoved) {
  const auto engine = cluster_.directory() / "engines/thumb";
  std::filesystem::create_directories(engine / "1-0123456789ab");
  std::ofstream(engine / "1-0123456789ab/engine.yaml") << "name: thumb\ncommand: [sh]\n";
  std::filesystem::create_symlink("1-0123456789ab", engine / "current");
  EXPECT_TRUE(says(check(look(0), "worker: engines")["found"], {"1 in "}));
  std::filesystem::remove_all(engine / "1-0123456789ab");
  const Json one = check(look(0), "worker: engines");
  EXPECT_EQ(one["state"], "warning");
  EXPECT_TRUE(says(one["found"], {"thumb/current leads to no engine"}));
  EXPECT_TRUE(says(one["cure"], {"cadre engine rollback thumb --to"}));
}

TEST_F(Doctor, NamesADatabaseThatIsAway) {
  cluster_.mariadb().stop();
  const Json told = look(1);
  EXPECT_TRUE(names_first(told, "database: server", {"is MariaDB running", "database.socket"}));
  for (const char* name : {"database: settings", "database: clock", "purge: account", "purge: rights"})
    EXPECT_EQ(check(told, name)["state"], "skipped") << name << ": what needs it is not blamed";
}

TEST_F(Doctor, NamesAPasswordThatIsNotTheServers) {
  cluster_.execute("ALTER USER cadre_app@localhost IDENTIFIED BY 'right'");
  ASSERT_TRUE(os::write_secret(cluster_.directory() / "keys/app.password", "wrong"));
  change("database:\n", "database:\n  password_file: keys/app.password\n");
  EXPECT_TRUE(names_first(look(1), "database: password", {"cadre_app", "database.password_file"}));
}

// The trap of the documented procedure: rights on one schema, the other one configured.
TEST_F(Doctor, NamesTheSchemaThatWasGrantedAndTheOneThatIsConfigured) {
  cluster_.execute("CREATE DATABASE olconnect");
  change("schema: cadre", "schema: olconnect");
  EXPECT_TRUE(names_first(look(1), "database: schema", {"granted on `cadre`, configured 'olconnect'", "Cadre's tables are in cadre", "database.schema: cadre"}));
}

TEST_F(Doctor, NamesASettingThatCouldLoseJobs) {
  cluster_.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  EXPECT_TRUE(names_first(look(1), "database: settings", {"could be lost", "SET GLOBAL innodb_flush_log_at_trx_commit=1"}));
}

TEST_F(Doctor, NamesRightsThatGoTooFarAndPutsUpWithThemWhereToldTo) {
  cluster_.execute("GRANT DELETE ON cadre.* TO cadre_app@localhost");
  EXPECT_TRUE(names_first(look(1), "database: settings", {"may delete jobs", "cadre db init"}));
  change("database:\n", "database:\n  accounts: legacy\n");
  const Json told = look(0);
  EXPECT_EQ(check(told, "database: rights")["state"], "warning");
}

TEST_F(Doctor, NamesCharactersThatCouldMistakeTwoKeysForOne) {
  cluster_.execute("ALTER TABLE cluster CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
  EXPECT_TRUE(names_first(look(1), "database: characters", {"cluster.id is utf8mb4_general_ci", "ALTER TABLE `cadre`.`cluster` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"}));
  cluster_.execute("ALTER TABLE cluster CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  EXPECT_EQ(check(look(0), "database: characters")["state"], "ok") << "the cure is one";
  cluster_.execute("ALTER DATABASE cadre CHARACTER SET latin1");
  EXPECT_EQ(check(look(0), "database: characters")["state"], "warning");
  cluster_.execute("SET GLOBAL init_connect = 'SET NAMES latin1'");
  EXPECT_TRUE(names_first(look(1), "database: characters", {"speaks latin1", "init_connect"}));
}

TEST_F(Doctor, NamesAnAccountThatCannotPurge) {
  cluster_.execute("REVOKE DELETE ON cadre.job FROM cadre_purge@localhost");
  EXPECT_TRUE(names_first(look(1), "purge: rights", {"cadre_purge lacks DELETE on `cadre`.`job`", "cadre db init"}));
  cluster_.execute("GRANT SELECT ON cadre.* TO cadre_purge@localhost");
  EXPECT_TRUE(names_first(look(1), "purge: rights", {"cadre_purge lacks DELETE on `cadre`.`job`"})) << "a wider right is not that one";
  cluster_.execute("REVOKE SELECT ON cadre.* FROM cadre_purge@localhost");
  cluster_.execute("GRANT DELETE ON cadre.job TO cadre_purge@localhost");
  cluster_.execute("GRANT INSERT ON cadre.job TO cadre_purge@localhost");
  const Json wide = check(look(0), "purge: rights");
  EXPECT_EQ(wide["state"], "warning") << "it works, and should be looked at";
  EXPECT_TRUE(says(wide["found"].get<std::string>(), {"may also INSERT on `cadre`.`job`"}));
  cluster_.execute("ALTER USER cadre_purge@localhost IDENTIFIED BY 'another'");
  const Json shut = look(1);
  EXPECT_TRUE(names_first(shut, "purge: account", {"cadre_purge", "purge.password", "cadre db init"}));
  EXPECT_EQ(check(shut, "purge: rights")["state"], "skipped");
  std::filesystem::permissions(cluster_.directory() / "keys/purge.password", std::filesystem::perms{0640});
  EXPECT_TRUE(names_first(look(1), "purge: account", {"readable by others", "chmod 600"}));
  change("purge:\n", "purge:\n  records: never\n");
  EXPECT_EQ(check(look(0), "purge: account")["state"], "ok") << "what is not to purge needs no account";
}

// The database lies on an extension, which purges; the master's account is not asked there.
TEST_F(Doctor, LooksAtTheAccountThatPurgesOnAnExtension) {
  cluster_.write_worker_file("w1", fmt::format("purge:\n  socket: {}\n  password_file: keys/purge.password\n", cluster_.mariadb().settings().socket));
  const auto extension = cluster_.directory() / "w1.yaml";
  EXPECT_EQ(check(look(0, extension), "purge: rights")["state"], "ok");
  std::filesystem::remove(cluster_.directory() / "keys/purge.password");
  EXPECT_TRUE(names_first(look(1, extension), "purge: account", {"purge.password", "No such file"}));
}

// The tool's own clock is another one; the server's and the broker's are right.
TEST_F(Doctor, TellsHowFarTheClocksAreApart) {
  std::string library;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib"))
    if (const auto file = entry.path() / "faketime/libfaketimeMT.so.1"; std::filesystem::exists(file)) library = file;
  if (library.empty()) GTEST_SKIP() << "libfaketime is not installed (Debian: apt-get install libfaketime)";
  const auto off_by = [&](const char* offset) { return fmt::format("env LD_PRELOAD={} FAKETIME={} FAKETIME_DONT_FAKE_MONOTONIC=1", library, offset); };
  EXPECT_TRUE(names_first(look(1, {}, off_by("+90s")), "database: clock", {"the database's clock is ", " s behind this machine's", "90.", "timedatectl"}));
  EXPECT_TRUE(names_first(look(1, {}, off_by("-90s")), "database: clock", {" s ahead of this machine's"}));
  const Json little = look(0, {}, off_by("+5s"));
  for (const char* name : {"database: clock", "broker: clock"}) EXPECT_EQ(check(little, name)["state"], "warning") << little.dump(2);
  EXPECT_TRUE(names_first(look(1, cluster_.directory() / "w1.yaml", off_by("+90s")), "broker: clock", {"the broker's clock is ", " s behind this machine's"}));
}

TEST_F(Doctor, NamesTheMachineThatWorksUnderThisNodesKey) {
  const auto copy = cluster_.directory() / "copy.yaml";
  std::string text = content(cluster_.directory() / "w1.yaml");
  text.replace(text.find("w1-spool"), 8, "its-spool");
  std::ofstream(copy) << text;
  std::filesystem::create_directory(cluster_.directory() / "its-spool");
  EXPECT_TRUE(names_first(look(1, copy), "broker: worker", {"another worker is connected with this node's key", "its-spool", "a ticket of its own"}));
  ASSERT_EQ(cluster_.worker("w1").stop(10s), 0);
  ASSERT_TRUE(eventually(10s, [&] { return check(look(0, copy), "broker: worker")["state"] == "warning"; }));
}

TEST_F(Doctor, NamesTheStepToTheBrokerThatFails) {
  const auto extension = cluster_.directory() / "w1.yaml";
  ASSERT_EQ(cluster_.tool("key revoke --yes w1").code, 0);
  EXPECT_TRUE(names_first(look(1, extension), "broker: connection", {"not admitted", "cadre node ticket"}));
  ASSERT_EQ(cluster_.broker().stop(5s), 0);
  EXPECT_TRUE(names_first(look(1, extension), "broker: connection", {"TCP", "start the broker"}));
  std::string text = content(extension);
  text.replace(text.find("127.0.0.1"), 9, "no-such-host.invalid");
  std::ofstream(extension) << text;
  EXPECT_TRUE(names_first(look(1, extension), "broker: connection", {"cannot be resolved"}));
}

}  // namespace
}  // namespace cadre::test
