// `cadre db bind` on real servers: the file that decides is found and edited, the server comes back as it was started and listens
// where it was told, and whatever goes wrong leaves a server that runs as before. Only loopback addresses are used.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/database/private_server_files.hpp"
#include "common/os/process.hpp"
#include "tests/e2e/cluster.hpp"
#include "tests/e2e/taken_port.hpp"
#include "tests/support/loose_mariadb.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* both = "127.0.0.1,127.0.0.2";

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Bind : public testing::Test {
 protected:
  // With --json; what it said goes to said_.
  Json bind(const std::string& line, int code = 0) {
    const fs::path errors = server_.directory() / "said";
    const Ran ran = run(fmt::format("{} --json db bind --admin-socket {} {} 2>{}", binary("cadre"), server_.socket(), line, errors.string()));
    said_ = content(errors);
    EXPECT_EQ(ran.code, code) << ran.out << said_;
    return ran.out.empty() ? Json() : Json::parse(ran.out);
  }
  std::string address() const { return server_.value("SELECT @@bind_address"); }
  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    if (const auto user = db::server_user()) {
      EXPECT_EQ(::chown(file.c_str(), user->uid, user->gid), 0);
      EXPECT_EQ(::chown(file.parent_path().c_str(), user->uid, user->gid), 0);
    }
  }
  std::string text() const { return content(server_.option_file()); }
  bool has(const std::string& words) const { return said_.find(words) != std::string::npos; }
  // So that no server can have it there.
  Held take_port_at_127_0_0_2() const { return taken_port("127.0.0.2", server_.port()); }
  // Nothing of ours lies about: no note, no backup, no half file.
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(server_.directory()), {})); }
  pid_t process() const {
    const auto all = server_.processes();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? 0 : all.front();
  }

  LooseMariadb server_;
  std::string said_;
};

TEST_F(Bind, EditsTheFileThatDecidesAndTheServerComesBackAsItWasStarted) {
  server_.start({"--max-connections=77"});
  const auto before = *os::launch_of(process());
  const std::string old = text();
  const Json done = bind("127.0.0.2");
  EXPECT_EQ(done["file"], server_.option_file().string());
  EXPECT_EQ(done["bind_address"], both) << "loopback is added";
  EXPECT_EQ(done["was"], "127.0.0.1");
  EXPECT_EQ(done["changed"], true);
  EXPECT_EQ(done["restarted"], true);
  EXPECT_EQ(done["in_force"], true);
  ASSERT_EQ(done["answers"].size(), 2u);
  for (const auto& one : done["answers"]) EXPECT_EQ(one["answers"], true) << one.dump();
  EXPECT_EQ(content(done["backup"].get<std::string>()), old);
  EXPECT_EQ(address(), both);
  EXPECT_EQ(server_.value("SELECT @@max_connections"), "77") << "the same command line";
  const auto after = *os::launch_of(process());
  EXPECT_EQ(after.arguments, before.arguments);
  EXPECT_EQ(after.environment, before.environment);
  EXPECT_EQ(after.uid, before.uid);
  EXPECT_EQ(after.gid, before.gid);
  EXPECT_EQ(after.groups, before.groups);
  EXPECT_FALSE(fs::exists(server_.socket() + ".cadre-restart"));
}

TEST_F(Bind, TheSecondTimeChangesNothing) {
  server_.start();
  bind("127.0.0.2");
  const auto now = text();
  const auto count = files();
  const pid_t running = process();
  const Json again = bind("127.0.0.1,127.0.0.2");
  EXPECT_EQ(again["changed"], false);
  EXPECT_EQ(again["restarted"], false);
  EXPECT_EQ(again["answers"].size(), 2u) << "and tries them all the same";
  EXPECT_TRUE(has("nothing changed")) << said_;
  EXPECT_EQ(process(), running);
  EXPECT_EQ(text(), now);
  EXPECT_EQ(files(), count);
}

TEST_F(Bind, ADryRunTouchesNothing) {
  server_.start();
  const auto now = text();
  const auto count = files();
  const pid_t running = process();
  const Json plan = bind("127.0.0.2 --dry-run");
  EXPECT_EQ(plan["would_restart"], true);
  EXPECT_EQ(plan["changed"], true);
  EXPECT_EQ(plan["file"], server_.option_file().string());
  EXPECT_EQ(text(), now);
  EXPECT_EQ(files(), count + 1) << "what it said";
  EXPECT_EQ(process(), running);
}

TEST_F(Bind, FollowsIncludesToTheLastWord) {
  const fs::path directory = server_.directory() / "conf.d";
  write(directory / "50-server.cnf", "[mysqld]\nbind-address = 127.0.0.1\n");
  write(directory / "60-shop.cnf", "[mariadb]\r\nbind_address = \"127.0.0.1\"  # the shop's\r\n");
  write(directory / "70-other.cnf", "[client]\nbind-address = 192.0.2.2\n");
  write(directory / "99-old.cnf.bak", "[mysqld]\nbind-address = 192.0.2.3\n");
  std::ofstream(server_.option_file(), std::ios::app) << "!includedir " << directory.string() << "/\n";
  server_.start();
  const Json done = bind("127.0.0.2");
  EXPECT_EQ(done["file"], (directory / "60-shop.cnf").string());
  EXPECT_EQ(content(directory / "60-shop.cnf"), fmt::format("[mariadb]\r\nbind_address = {}  # the shop's\r\n", both));
  EXPECT_EQ(content(directory / "50-server.cnf"), "[mysqld]\nbind-address = 127.0.0.1\n");
  bind("127.0.0.3 --file " + (directory / "50-server.cnf").string(), 78);
  EXPECT_TRUE(has("would have no effect")) << said_;
  EXPECT_EQ(content(directory / "50-server.cnf"), "[mysqld]\nbind-address = 127.0.0.1\n") << "and is as it was";
  EXPECT_EQ(address(), both);
  bind("127.0.0.3 --file /dev/null", 64);
  EXPECT_TRUE(has("the server does not read this file")) << said_;
}

TEST_F(Bind, ACommandLineThatSaysItBeatsEveryFile) {
  server_.start({"--bind-address=127.0.0.1"});
  const auto now = text();
  bind("127.0.0.2", 78);
  EXPECT_TRUE(has("command line")) << said_;
  EXPECT_TRUE(has("--bind-address=127.0.0.1")) << said_;
  EXPECT_EQ(text(), now);
  EXPECT_EQ(bind("127.0.0.1")["changed"], false) << "where it says what is wanted, that is tried";
}

TEST_F(Bind, ABrokenOptionFileIsFoundBeforeAnythingIsTouched) {
  server_.start();
  const pid_t running = process();
  std::ofstream(server_.option_file(), std::ios::app) << "no-such-option = 1\n";
  const auto now = text();
  bind("127.0.0.2", 78);
  EXPECT_TRUE(has("would not start")) << said_;
  EXPECT_TRUE(has("no-such-option=1")) << said_;
  EXPECT_EQ(text(), now);
  EXPECT_EQ(process(), running);
}

// Somebody else has the port at the new address: MariaDB ends while it starts.
TEST_F(Bind, WhatDoesNotComeUpIsTakenBack) {
  server_.start();
  const auto now = text();
  const pid_t first = process();
  Held taken = take_port_at_127_0_0_2();
  bind("127.0.0.2", 78);
  taken = Held();
  EXPECT_TRUE(has("did not come up")) << said_;
  EXPECT_TRUE(has("Address already in use")) << "its own log's words: " << said_;
  EXPECT_TRUE(has("runs with bind-address = 127.0.0.1")) << said_;
  EXPECT_EQ(text(), now);
  EXPECT_NE(process(), first);
  EXPECT_EQ(address(), "127.0.0.1");
  EXPECT_FALSE(fs::exists(server_.socket() + ".cadre-restart"));
  EXPECT_EQ(bind("127.0.0.2")["in_force"], true) << "and can be tried again";
}

TEST_F(Bind, ARunThatWasInterruptedIsResumed) {
  server_.start();
  const pid_t first = process();
  EXPECT_EQ(bind("127.0.0.2 --restart never")["restarted"], false);
  EXPECT_EQ(process(), first);
  EXPECT_EQ(address(), "127.0.0.1") << "edited, not started anew";
  const Json resumed = bind("127.0.0.2");
  EXPECT_EQ(resumed["changed"], false) << "the file said so already";
  EXPECT_EQ(resumed["restarted"], true);
  EXPECT_EQ(address(), both);
}

// The worst moment: the server has been stopped, and nobody starts it.
TEST_F(Bind, ARunThatWasKilledWhileTheServerWasDownIsResumed) {
  server_.start({"--max-connections=78"});
  bind("127.0.0.2 --restart never");
  struct stat facts {};
  ASSERT_EQ(::stat((server_.socket() + ".cadre-restart").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_EQ(content(server_.socket() + ".cadre-restart").find("CADRE_TEST_SECRET"), std::string::npos) << "what is in an environment stays there";
  server_.end();
  ASSERT_TRUE(server_.processes().empty());
  const Json resumed = bind("127.0.0.2");
  EXPECT_EQ(resumed["restarted"], true);
  EXPECT_EQ(address(), both);
  EXPECT_EQ(server_.value("SELECT @@max_connections"), "78") << "the same command line";
}

// What an earlier run edited is taken back by the one that starts the server anew, unless somebody has edited it since.
TEST_F(Bind, AnInterruptedRunThatDoesNotComeUpIsTakenBack) {
  server_.start();
  const auto old = text();
  bind("127.0.0.2 --restart never");
  Held taken = take_port_at_127_0_0_2();
  bind("127.0.0.2", 78);
  EXPECT_TRUE(has("runs with bind-address = 127.0.0.1")) << said_;
  EXPECT_EQ(text(), old);
  EXPECT_EQ(address(), "127.0.0.1");
  bind("127.0.0.2 --restart never");
  std::ofstream(server_.option_file(), std::ios::app) << "max-connections = 90\n";
  const auto since = text();
  bind("127.0.0.2", 78);
  EXPECT_TRUE(has("not changed by us")) << said_;
  EXPECT_EQ(text(), since) << "what somebody else wrote stays";
  taken = Held();
  EXPECT_EQ(bind("127.0.0.2")["in_force"], true) << "and the server, which was down, is started: " << said_;
  EXPECT_EQ(server_.value("SELECT @@max_connections"), "90");
}

// A fault that waited in the file for the next start, whoever makes it: nothing helps but to say so, and to go on once it is mended.
TEST_F(Bind, AFileThatWouldNotHaveStartedTheServerAnywaySaysThatItIsDown) {
  server_.start();
  const auto good = text();
  std::ofstream(server_.option_file(), std::ios::app) << "innodb-data-home-dir = /no/such/directory\n";
  const auto bad = text();
  bind("127.0.0.2", 78);
  EXPECT_TRUE(has("it is DOWN")) << said_;
  EXPECT_TRUE(has("[ERROR]")) << said_;
  EXPECT_EQ(text(), bad) << "as it was";
  std::ofstream(server_.option_file()) << good;
  const Json mended = bind("127.0.0.2");
  EXPECT_EQ(mended["changed"], true);
  EXPECT_EQ(mended["in_force"], true);
}

// Killed at any moment, also while the server is on its way down or up: the next run ends it, and the server listens.
TEST_F(Bind, ARunThatIsKilledAnywhereIsResumed) {
  server_.start({"--max-connections=79"});
  std::size_t killed = 0, down = 0;
  for (int round = 0; round < 16; ++round) {
    const std::string wanted = round % 2 == 0 ? "127.0.0.2" : "127.0.0.3";
    const Ran cut = run(fmt::format("timeout --foreground -s KILL {:.3f} {} db bind --admin-socket {} {} >/dev/null 2>&1", 0.015 + 0.025 * round, binary("cadre"), server_.socket(), wanted));
    killed += cut.code == 137 ? 1 : 0;
    down += server_.processes().empty() ? 1 : 0;
    const Json done = bind(wanted);
    EXPECT_EQ(done["in_force"], true) << "round " << round << ": " << said_;
    EXPECT_EQ(address(), "127.0.0.1," + wanted);
    EXPECT_EQ(server_.value("SELECT @@max_connections"), "79");
    EXPECT_EQ(process(), done["process"].get<pid_t>()) << "one server, and it is this one";
    EXPECT_FALSE(fs::exists(server_.socket() + ".cadre-restart"));
  }
  EXPECT_GT(killed, 5u);
  RecordProperty("killed", static_cast<int>(killed));
  RecordProperty("down", static_cast<int>(down));
}

TEST_F(Bind, AServerThatIsDownAndUnknownIsNotGuessedAt) {
  const auto now = text();
  bind("127.0.0.2", 69);
  EXPECT_TRUE(has("--file FILE")) << said_;
  EXPECT_EQ(text(), now);
}

TEST_F(Bind, WhoSupervisesItStartsItAgain) {
  server_.start_supervised();
  const Json done = bind("127.0.0.2");
  EXPECT_EQ(done["in_force"], true);
  EXPECT_TRUE(has("came by itself")) << said_;
  EXPECT_EQ(server_.processes().size(), 1u);
}

TEST_F(Bind, ACommandOfTheAdministratorsRestartsIt) {
  server_.start();
  const fs::path touched = server_.directory() / "touched";
  const Json done = bind(fmt::format("127.0.0.2 --restart 'kill {0}; while kill -0 {0}; do sleep 0.05; done; touch {1}; setsid setpriv --reuid $(stat -c %u {2}) --clear-groups {3} --defaults-file={2}/my.cnf >/dev/null 2>&1 &'", process(), touched.string(),
                                     server_.directory().string(), db::find_mariadbd()));
  EXPECT_EQ(done["in_force"], true);
  EXPECT_TRUE(fs::exists(touched));
  EXPECT_EQ(address(), both);
}

TEST_F(Bind, EveryAddressOnlyWhenAskedFor) {
  server_.start();
  for (const char* one : {"'*'", "0.0.0.0", "::"}) {
    bind(one, 64);
    EXPECT_TRUE(has("--all-addresses")) << said_;
  }
  bind("198.51.100.7", 64);
  EXPECT_TRUE(has("no address of this machine")) << said_;
  EXPECT_TRUE(has("127.0.0.1")) << "those that there are: " << said_;
  bind("db.example", 64);
  bind("127.0.0.2 --all-addresses", 64);
  const Json plan = bind("--all-addresses --dry-run");
  EXPECT_EQ(plan["bind_address"], "*");
  EXPECT_TRUE(has("every address")) << said_;
  EXPECT_EQ(address(), "127.0.0.1");
}

TEST_F(Bind, AServerWithoutNetworkSaysSo) {
  std::ofstream(server_.option_file(), std::ios::app) << "skip-networking\n";
  server_.start();
  bind("127.0.0.2", 78);
  EXPECT_TRUE(has("skip-networking")) << said_;
}

}  // namespace
}  // namespace cadre::test
