// `cadre db rotate` under a cluster at work: the passwords change, the old ones end, the server goes and comes back,
// and broker and purge are the processes that they were.
#include <gtest/gtest.h>
#include <mysql.h>

#include "common/os/secret_file.hpp"
#include "tests/e2e/cleaning.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;

class Rotate : public testing::Test {
 protected:
  explicit Rotate(Cluster::Options options = Rotate::options()) : cluster_(std::move(options)) {
    for (const char* host : {"localhost", "127.0.0.1"})
      cluster_.execute(fmt::format("ALTER USER cadre_app@'{}' IDENTIFIED BY 'first'", host));
    EXPECT_TRUE(os::write_secret(app_file(), "first"));
    replace_in(cluster_.config(), "  check_every: 1s\n", "  check_every: 1s\n  password_file: keys/app.password\n");
  }
  static Cluster::Options options() {
    Cluster::Options options;
    options.broker_yaml = cleaning_yaml();
    options.workers = {"w1"};
    return options;
  }
  fs::path app_file() const { return cluster_.directory() / "keys/app.password"; }
  fs::path purge_file() const { return cluster_.directory() / "keys/purge.password"; }
  bool let_in(const std::string& user, const std::string& password) {
    auto settings = cluster_.mariadb().settings(user, "cadre");
    settings.password = password;
    return std::holds_alternative<db::Link>(db::Link::connect(settings));
  }
  void rotated() {
    const auto begun = cluster_.tool("db rotate");
    ASSERT_EQ(begun.code, 0) << begun.out;
    EXPECT_TRUE(says(begun.out, {"nothing need be started anew", app_file().string(), purge_file().string()}));
    const auto ended = cluster_.tool("db rotate --finish");
    ASSERT_EQ(ended.code, 0) << ended.out;
  }
  // Every connection is a new one from here on.
  void restart_the_server() {
    cluster_.mariadb().stop();
    cluster_.mariadb().start();
  }
  // A turn of the purge that removes what there is to remove.
  void expect_purge(Cluster& cluster) {
    const auto before = good_turns(cluster, "cleanup/records");
    const auto ran = cluster.tool("cleanup run");
    EXPECT_EQ(ran.code, 0) << ran.out << cluster.broker().log();
    EXPECT_EQ(good_turns(cluster, "cleanup/records"), before + 1) << cluster.broker().log();
    EXPECT_EQ(count(cluster, "job"), 0u);
  }

  Cluster cluster_;
};

TEST_F(Rotate, BrokerAndPurgeOutliveItWithoutARestart) {
  up(cluster_);
  const pid_t broker = cluster_.broker().pid();
  done_jobs(cluster_, 10);
  expect_purge(cluster_);
  const std::string old_app = *os::read_secret(app_file()), old_purge = *os::read_secret(purge_file());
  rotated();
  EXPECT_FALSE(let_in("cadre_app", old_app)) << "or nothing is shown";
  EXPECT_FALSE(let_in("cadre_purge", old_purge));
  expect_service(cluster_);
  restart_the_server();
  expect_service(cluster_);
  expect_purge(cluster_);
  EXPECT_EQ(cluster_.broker().pid(), broker);
  EXPECT_FALSE(cluster_.broker().says("Access denied", 0s)) << cluster_.broker().log();
}

// Moved away at the wrong moment: that is said, and tried again.
TEST_F(Rotate, AFileThatIsNotThereIsNamedAndWaitedFor) {
  up(cluster_);
  const fs::path aside = app_file().string() + ".aside";
  fs::rename(app_file(), aside);
  restart_the_server();
  Client client = cluster_.client();
  (void)client.submit({job("echo", "put off")}, 1s);  // what is to be written makes the broker look
  EXPECT_TRUE(cluster_.broker().says("its password file " + app_file().string(), 20s)) << cluster_.broker().log();
  fs::rename(aside, app_file());
  expect_service(cluster_);
}

// A server behind a proxy: who comes through it says from where (the PROXY protocol), so that a session of another
// machine can be had on this one.
class RotateElsewhere : public Rotate {
 protected:
  RotateElsewhere()
      : Rotate([] {
          auto all = options();
          all.database_tcp = true;
          all.mariadb = {"--proxy-protocol-networks=127.0.0.1"};
          return all;
        }()) {}
  using Session = std::unique_ptr<MYSQL, decltype(&mysql_close)>;
  Session session_from(const std::string& address, const std::string& password) {
    const std::string header =
        fmt::format("PROXY TCP4 {} 127.0.0.1 41234 {}\r\n", address, cluster_.mariadb().tcp_port());
    Session session(mysql_init(nullptr), mysql_close);
    mysql_optionsv(session.get(), MARIADB_OPT_PROXY_HEADER, header.data(), header.size());
    EXPECT_NE(mysql_real_connect(session.get(), "127.0.0.1", "cadre_purge", password.c_str(), "cadre",
                                 cluster_.mariadb().tcp_port(), nullptr, 0),
              nullptr)
        << mysql_error(session.get());
    return session;
  }
  Ran rotate(const std::string& more = "") {
    return cluster_.tool(fmt::format("db rotate --admin-socket {} {}", cluster_.mariadb().settings().socket, more));
  }
};

TEST_F(RotateElsewhere, IsNotFinishedWhileAnotherMachineMayHaveTheOldPassword) {
  const std::string old_one = *os::read_secret(purge_file());
  cluster_.execute("CREATE USER cadre_purge@'192.0.2.7' IDENTIFIED BY '" + old_one + "'");
  cluster_.execute("GRANT SELECT ON cadre.* TO cadre_purge@'192.0.2.7'");
  auto session = session_from("192.0.2.7", old_one);
  ASSERT_EQ(rotate().code, 0);
  const auto refused = rotate("--finish");
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_TRUE(says(refused.out, {"cadre_purge from 192.0.2.7", "--elsewhere-too", "nothing was changed"}));
  EXPECT_TRUE(let_in("cadre_purge", old_one));
  EXPECT_TRUE(let_in("cadre_app", "first"));
  session =
      session_from("192.0.2.7", *os::read_secret(purge_file()));  // the file was carried there: that cannot be seen
  EXPECT_EQ(rotate("--finish").code, 1);
  const auto said = rotate("--finish --elsewhere-too");
  EXPECT_EQ(said.code, 0) << said.out;
  EXPECT_FALSE(let_in("cadre_purge", old_one));
  EXPECT_EQ(rotate("--finish").code, 0) << "there is nothing left to ask about";
}

TEST_F(RotateElsewhere, IsFinishedWhereNobodyElseIsThere) {
  const auto own = session_from("127.0.0.1", *os::read_secret(purge_file()));
  ASSERT_EQ(rotate().code, 0);
  const auto ended = rotate("--finish");
  EXPECT_EQ(ended.code, 0) << ended.out;
}

}  // namespace
}  // namespace cadre::test
