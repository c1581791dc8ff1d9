// A master is set up with one command: whatever interrupts it, the next run goes on from there; twice changes nothing.
#include <fmt/format.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "common/net/keys.hpp"
#include "tests/e2e/bare_machine.hpp"
#include "tests/e2e/interrupted.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Setup : public testing::Test, protected BareMachine {
 protected:
  // Where the daemons have a user of their own, his group may go in.
  static unsigned mode_of_keys() { return ::geteuid() == 0 ? 0710u : 0700u; }
};

std::uint16_t port() {
  const auto found = os::free_port();
  if (!found) throw std::runtime_error(found.error());
  return *found;
}

TEST_F(Setup, AMasterWithAMariaDbOfItsOwnComesBackFromItsBackup) {
  ASSERT_EQ(setup(fmt::format("--with-mariadb --listen 127.0.0.1:{}", port())).code, 0) << said();
  std::ofstream(home() / "passphrase") << "correct horse battery staple\n";
  fs::permissions(home() / "passphrase", fs::perms{0600});
  {
    Daemon database = start_mariadb();
    ASSERT_TRUE(eventually(60s, [&] { return tool("db migrate").code == 0; })) << database.log_tail();
    const Ran made = tool(fmt::format("backup {0}/backup --passphrase-file {0}/passphrase", home().string()));
    ASSERT_EQ(made.code, 0) << made.out;
    EXPECT_EQ(database.stop(30s), 0);
  }
  fs::remove_all(etc());
  fs::remove_all(data());
  const Ran back = tool(fmt::format("restore {0}/backup --passphrase-file {0}/passphrase", home().string()));
  ASSERT_EQ(back.code, 0) << back.out;
  EXPECT_EQ(mode(etc() / "keys"), mode_of_keys());
  EXPECT_EQ(mode(data() / "mariadb"), 0700u);
  if (::geteuid() == 0) {
    EXPECT_EQ(mode(key("members.key")), 0640u);
  }
  const Ran again = tool(fmt::format("restore {0}/backup --passphrase-file {0}/passphrase", home().string()));
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_TRUE(says(again.out, {"nothing changed"}));
  const Daemon broker = start_broker();
  const Daemon worker = start_worker();
  const Daemon database = start_mariadb();
  EXPECT_TRUE(eventually(60s, [&] { return tool("--patience 2s submit echo /etc/hostname --wait").code == 0; }))
      << broker.log_tail() << worker.log_tail() << database.log_tail();
}

TEST_F(Setup, MakesAMasterThatWorksInWhateverOrderItIsStarted) {
  const Ran made = setup(fmt::format("--with-mariadb --listen 127.0.0.1:{}", port()));
  ASSERT_EQ(made.code, 0) << said();
  const Json told = Json::parse(made.out);
  EXPECT_EQ(told["node"], "head");
  EXPECT_EQ(told["to_do"], Json::array());
  EXPECT_EQ(told["fingerprint"], net::fingerprint(*net::read_public_key(key("server.pub"))));
  for (const char* secret :
       {"server.key", "admin.key", "worker.key", "cadre_app.password", "cadre_purge.password", "cadre_owner.password"})
    EXPECT_EQ(mode(key(secret)), 0600u) << secret;
  EXPECT_EQ(mode(etc() / "keys"), mode_of_keys());
  EXPECT_EQ(mode(etc() / "mariadb.cnf"), 0644u);
  EXPECT_EQ(mode(data() / "mariadb"), 0700u) << "nobody else comes to its socket";
  EXPECT_TRUE(says(content(etc() / "mariadb.cnf"), {"innodb_flush_log_at_trx_commit = 1", "skip_networking = ON"}));
  EXPECT_FALSE(fs::exists(data() / "mariadb/mariadb.sock")) << "it ended with the command, orderly";

  const Daemon worker = start_worker();
  const Daemon broker = start_broker();
  Daemon mariadb = start_mariadb();
  ASSERT_TRUE(eventually(60s, [&] { return tool("--patience 2s submit echo /etc/hostname --wait").code == 0; }))
      << broker.log_tail() << worker.log_tail() << mariadb.log_tail();
  const Ran doctor = run(fmt::format("{} --config {} --json doctor", binary("cadre"), config().string()));
  const Json looked = Json::parse(doctor.out);
  EXPECT_GT(looked["checks"].size(), 10u) << looked;
  for (const auto& check : looked["checks"]) EXPECT_NE(check["state"], "failed") << check;

  // While all of it runs: nothing to do, and nothing is done.
  const auto before = all_files();
  const Ran again = setup("--with-mariadb");
  ASSERT_EQ(again.code, 0) << said();
  EXPECT_EQ(Json::parse(again.out)["changed"], Json::array());
  EXPECT_EQ(all_files(), before);
  EXPECT_EQ(tool("submit echo /etc/hostname --wait").code, 0) << "the server that runs was left alone";
}

// Who is of the daemons' group asks without any setting of his own; he cannot do what is an administrator's, and he gets at no other
// secret. Who is not of that group cannot ask.
TEST_F(Setup, MembersOfTheGroupAskTheMasterAndChangeNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root makes files for a group, and becomes another user";
  ASSERT_EQ(setup(fmt::format("--with-mariadb --listen 127.0.0.1:{}", port())).code, 0) << said();
  EXPECT_EQ(mode(key("members.key")), 0640u);
  const Daemon mariadb = start_mariadb();
  const Daemon broker = start_broker();
  const Daemon worker = start_worker();
  ASSERT_TRUE(eventually(60s, [&] { return tool("--patience 2s submit echo /etc/hostname --wait").code == 0; }))
      << broker.log_tail() << worker.log_tail() << mariadb.log_tail();

  // A user whom this machine does not know: what he may, he may by the group alone. The build may lie where he may not go.
  const fs::path own = home() / "cadre";
  fs::copy_file(binary("cadre"), own);
  const auto as = [&](const std::string& groups, const std::string& command) {
    return run(fmt::format("setpriv --reuid=64321 --regid=64321 {} {} 2>&1", groups, command));
  };
  const auto member = [&](const std::string& arguments) { return as("--groups=nogroup", fmt::format("{} --config {} {}", own.string(), config().string(), arguments)); };
  const auto stranger = [&](const std::string& arguments) { return as("--clear-groups", fmt::format("{} --config {} {}", own.string(), config().string(), arguments)); };

  const Ran status = member("status");
  EXPECT_EQ(status.code, 0) << status.out;
  EXPECT_TRUE(says(status.out, {"Cadre is WORKING", "you are members (client)"}));
  EXPECT_EQ(member("node list").code, 0);
  EXPECT_TRUE(says(tool("status").out, {"you are admin (admin)"})) << "who may use the administrator's key does";

  // There is a job to be cancelled, whoever comes for it.
  const Ran waiting = tool("--json submit nobody-has-this /etc/hostname");
  ASSERT_EQ(waiting.code, 0) << waiting.out;
  std::smatch id;
  ASSERT_TRUE(std::regex_search(waiting.out, id, std::regex("\"job\": *\"([0-9]+-[0-9]+)\""))) << waiting.out;
  const std::string job = id[1];
  for (const std::string& command : {std::string("node drain head"), "job cancel " + job, "job show " + job, std::string("key list"),
                                     fmt::format("key admit me --role admin --file {}", key("members.pub").string()), std::string("log level debug"),
                                     std::string("cleanup run"), std::string("lease break cleanup/records --yes")}) {
    const Ran ran = member(command);
    EXPECT_NE(ran.code, 0) << command << ": " << ran.out;
    EXPECT_TRUE(ran.out.find("is for administrators") != std::string::npos || ran.out.find("there is no ") != std::string::npos) << command << ": " << ran.out;
  }
  EXPECT_TRUE(says(tool("job show " + job).out, {"ready"}));
  EXPECT_EQ(tool("job cancel " + job).code, 0);
  EXPECT_EQ(Json::parse(run(fmt::format("{} --config {} --json node list", binary("cadre"), config().string())).out)[0]["state"], "ready");
  for (const char* secret : {"server.key", "admin.key", "worker.key", "cadre_app.password", "cadre_purge.password", "cadre_owner.password"}) {
    EXPECT_EQ(mode(key(secret)), 0600u) << secret;
    EXPECT_NE(as("--groups=nogroup", "cat " + key(secret).string()).code, 0) << secret;
  }
  EXPECT_NE(as("--groups=nogroup", "ls " + (etc() / "keys").string()).code, 0);

  const Ran refused = stranger("status");
  EXPECT_EQ(refused.code, 78) << refused.out;
  EXPECT_TRUE(says(refused.out, {"Permission denied", "member of the group"}));
  EXPECT_NE(stranger(fmt::format("--key-file {} status", key("members.key").string())).code, 0);

  // Shut out for good: the set-up does not let them in again.
  EXPECT_EQ(tool("key revoke members --yes").code, 0);
  EXPECT_NE(member("--patience 2s status").code, 0);
  const Ran again = setup("--with-mariadb");
  EXPECT_EQ(again.code, 0) << said();
  EXPECT_EQ(Json::parse(again.out)["changed"], Json::array());
  EXPECT_NE(member("--patience 2s status").code, 0);
}

// As an earlier release left it: the next run adds the key, and opens nothing else.
TEST_F(Setup, AnEarlierMasterGetsItsMembersKey) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root makes files for a group";
  ASSERT_EQ(setup("--with-mariadb").code, 0) << said();
  fs::remove(key("members.key"));
  fs::remove(key("members.pub"));
  fs::permissions(etc() / "keys", fs::perms{0700});
  const auto before = all_files();
  const Ran again = setup("--with-mariadb");
  ASSERT_EQ(again.code, 0) << said();
  EXPECT_EQ(Json::parse(again.out)["changed"].size(), 4u) << again.out;
  auto after = all_files();
  EXPECT_EQ(after.erase(key("members.key").string()) + after.erase(key("members.pub").string()), 2u);
  EXPECT_EQ(mode(etc() / "keys"), 0710u);
  fs::permissions(etc() / "keys", fs::perms{0700});
  EXPECT_EQ(after[(etc() / "keys").string()], "710 ");
  after[(etc() / "keys").string()] = "700 ";
  EXPECT_EQ(after, before);
}

TEST_F(Setup, IsGoneOnWithWhereItWasKilled) {
  constexpr int steps_max = 60;
  const std::string options = fmt::format("--with-mariadb --listen 127.0.0.1:{}", port());
  int kills = 0;
  while (kills < steps_max && interrupted(line(options), "  made ")) ++kills;
  EXPECT_GT(kills, 10) << "each run came one step further";
  ASSERT_LT(kills, steps_max) << "it never came to its end";
  const Ran again = setup(options);
  ASSERT_EQ(again.code, 0) << said();
  EXPECT_EQ(Json::parse(again.out)["changed"], Json::array());
  EXPECT_EQ(Json::parse(again.out)["database"]["ready"], true);
  for (const auto& [path, text] : all_files()) EXPECT_EQ(path.find(".draft"), std::string::npos) << path;
}

// What an interruption leaves between two instructions, made by hand.
TEST_F(Setup, MakesWholeWhatWasLeftHalfMade) {
  const std::string options = fmt::format("--with-mariadb --listen 127.0.0.1:{}", port());
  ASSERT_EQ(setup(options).code, 0) << said();
  const std::string server = content(key("server.key"));
  fs::remove(key("server.pub"));
  std::ofstream(key("worker.key"), std::ios::trunc).close();
  fs::remove(key("worker.pub"));
  std::ofstream(key("cadre_app.password"), std::ios::trunc).close();
  std::ofstream(etc() / "node.yaml.draft") << "role: mas";
  fs::rename(etc() / "node.yaml", etc() / "kept");
  fs::create_directory(data() / "mariadb/data.draft");
  std::ofstream(data() / "mariadb/data.draft/ibdata1") << "half";
  if (::geteuid() == 0) {
    ASSERT_EQ(::lchown(key("cadre_purge.password").c_str(), 0, 0), 0);
  }
  const Ran again = setup(options);
  ASSERT_EQ(again.code, 0) << said();
  EXPECT_EQ(content(key("server.key")), server);
  EXPECT_TRUE(net::read_public_key(key("server.pub")));
  EXPECT_TRUE(net::read_secret_key(key("worker.key")));
  EXPECT_EQ(content(etc() / "node.yaml"), content(etc() / "kept"));
  EXPECT_FALSE(fs::exists(etc() / "node.yaml.draft"));
  const Ran third = setup(options);
  EXPECT_EQ(Json::parse(third.out)["changed"], Json::array()) << said();
}

TEST_F(Setup, ChangesNothingOfWhatIsOtherwise) {
  EXPECT_EQ(setup("").code, 64);
  EXPECT_TRUE(says(said(), {"--with-mariadb", "--database HOST:PORT", "nothing was changed"}));
  EXPECT_EQ(setup("--with-mariadb --socket /run/x.sock").code, 64);
  EXPECT_EQ(setup("--database db.example:3306").code, 64);
  EXPECT_TRUE(says(said(), {"in the clear", "--tls-ca"}));
  EXPECT_EQ(setup("--with-mariadb --listen 10.1.0.5").code, 64);
  EXPECT_EQ(setup("--with-mariadb --schema 'a b'").code, 64);
  EXPECT_EQ(setup("--with-mariadb --owner no-such-user").code, 64);
  EXPECT_FALSE(fs::exists(etc()));
  EXPECT_FALSE(fs::exists(data()));

  ASSERT_EQ(setup("--with-mariadb").code, 0) << said();
  const auto before = all_files();
  for (const char* other :
       {"--schema other", "--listen 127.0.0.1:7172", "--socket /run/mysqld/mysqld.sock", "--database 127.0.0.1:3306"}) {
    EXPECT_EQ(setup(other).code, 78) << other;
    EXPECT_TRUE(says(said(), {"node.yaml says", "Nothing was changed"})) << other;
  }
  EXPECT_EQ(all_files(), before);
  // The secret key is lost: a new one beside the old public one would shut every node out without a word.
  fs::rename(key("server.key"), home() / "server.key");
  EXPECT_EQ(setup("").code, 73);
  EXPECT_TRUE(says(said(), {"server.pub", "backup"}));
}

TEST_F(Setup, TakesAServerThatIsThereAndSaysWhichSchemaIsMeant) {
  const PrivateMariadb server;
  const std::string options = fmt::format("--socket {} --listen 127.0.0.1:{}", server.settings().socket, port());
  const Ran made = setup(options + " --schema first");
  ASSERT_EQ(made.code, 0) << said();
  EXPECT_EQ(Json::parse(made.out)["database"]["own"], false);
  EXPECT_FALSE(fs::exists(etc() / "mariadb.cnf"));
  replace_in(etc() / "node.yaml", "schema: first", "schema: frist");
  EXPECT_EQ(setup(options).code, 78);
  EXPECT_TRUE(says(said(), {"database.schema: frist", "but first holds"})) << said();
  const Ran doctor = tool("--patience 1s doctor");
  EXPECT_NE(doctor.code, 0);
  EXPECT_TRUE(says(doctor.out, {"frist", "first"}));
}

// Secret in by standard input; not seen anywhere else.
TEST_F(Setup, ComesToAServerElsewhereWithItsAdministratorsPassword) {
  const PrivateMariadb server = PrivateMariadb::with_tcp();
  auto link = db::Link::connect(server.settings());
  ASSERT_TRUE(std::holds_alternative<db::Link>(link));
  for (const char* sql : {"CREATE USER boss@127.0.0.1 IDENTIFIED BY 'very-secret-indeed'",
                          "GRANT ALL ON *.* TO boss@127.0.0.1 WITH GRANT OPTION"})
    ASSERT_TRUE(std::holds_alternative<std::uint64_t>(std::get<db::Link>(link).execute(sql)));
  const std::string options = fmt::format("--database 127.0.0.1:{} --listen 127.0.0.1:{}", server.tcp_port(), port());
  EXPECT_EQ(run(fmt::format("echo wrong | {} --admin-user boss --admin-password-file - 2>{}", line(options),
                            errors().string()))
                .code,
            77)
      << said();
  const std::string right = fmt::format("echo very-secret-indeed | {} --admin-user boss --admin-password-file - 2>{}",
                                        line(options), errors().string());
  const Ran made = run(right);
  ASSERT_EQ(made.code, 0) << said();
  EXPECT_EQ(Json::parse(made.out)["database"]["ready"], true);
  EXPECT_EQ(Json::parse(run(right).out)["changed"], Json::array()) << said();
  for (const auto& [path, text] : all_files()) EXPECT_EQ(text.find("very-secret-indeed"), std::string::npos) << path;
}

TEST_F(Setup, LeavesStatementsForTheAdministratorOfAServerElsewhere) {
  const PrivateMariadb server = PrivateMariadb::with_tcp();
  const auto sql = home() / "cadre.sql";
  const std::string options =
      fmt::format("--database 127.0.0.1:{} --sql {} --listen 127.0.0.1:{}", server.tcp_port(), sql.string(), port());
  const Ran made = setup(options);
  ASSERT_EQ(made.code, 0) << said();
  EXPECT_EQ(Json::parse(made.out)["database"]["ready"], false);
  EXPECT_EQ(Json::parse(made.out)["to_do"].size(), 1u);
  EXPECT_EQ(mode(sql), 0600u);
  EXPECT_EQ(Json::parse(setup(options).out)["changed"], Json::array()) << said();
  ASSERT_EQ(run(fmt::format("mariadb --no-defaults --socket={} --abort-source-on-error < {}", server.settings().socket,
                            sql.string()))
                .code,
            0);
  const Ran again = setup(options);
  EXPECT_EQ(Json::parse(again.out)["database"]["ready"], true) << said();
  EXPECT_EQ(Json::parse(again.out)["to_do"], Json::array());
}

}  // namespace
}  // namespace cadre::test
