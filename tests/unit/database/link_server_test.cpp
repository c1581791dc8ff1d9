// What needs a server of its own: one that dies, one with TLS; and the private server itself.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thread>

#include "common/os/secret_file.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/database/fixture.hpp"

namespace cadre::db {
namespace {

using test::PrivateMariadb;

// What lies in the file when a connection is made counts, not what lay there before; and a file is refused as every secret is.
TEST(PasswordFile, IsReadAtEachConnect) {
  const PrivateMariadb server;
  Link root = must(Link::connect(server.settings()));
  must(root.execute("CREATE USER kept@localhost IDENTIFIED BY 'first'"));
  Settings settings = server.settings("kept");
  settings.password = "of nobody";  // the file's counts
  settings.password_file = server.directory() / "kept.password";
  EXPECT_EQ(trouble(Link::connect(settings)).kind, Kind::denied);
  ASSERT_TRUE(os::write_secret(settings.password_file, "first"));
  Link link = must(Link::connect(settings));
  must(root.execute("ALTER USER kept@localhost IDENTIFIED BY 'second'"));
  EXPECT_EQ(trouble(Link::connect(settings)).code, 1045U);
  std::filesystem::remove(settings.password_file);
  const Trouble missing = trouble(Link::connect(settings));
  EXPECT_EQ(missing.kind, Kind::denied);
  EXPECT_NE(missing.message.find(settings.password_file.string() + ": cannot be read"), std::string::npos) << missing.message;
  ASSERT_TRUE(os::write_secret(settings.password_file, "second"));
  EXPECT_EQ(one_text(*std::make_unique<Link>(must(Link::connect(settings))), "SELECT 1"), "1");
  EXPECT_EQ(one_text(link, "SELECT 1"), "1") << "who is in stays";
  std::filesystem::permissions(settings.password_file, std::filesystem::perms{0644});
  EXPECT_NE(trouble(Link::connect(settings)).message.find("readable by others"), std::string::npos);
}

// The server dies under us with a transaction open: away, and after its return only what was committed is there.
TEST(Server, KilledMidwayIsAwayAndKeepsWhatWasCommitted) {
  PrivateMariadb server;
  Link link = must(Link::connect(server.settings()));
  must(link.execute("CREATE DATABASE t"));
  must(link.execute("CREATE TABLE t.a (id INT PRIMARY KEY)"));
  must(link.execute("INSERT INTO t.a VALUES (1)"));
  const auto outcome = link.transaction([&]() -> Outcome<Done> {
    must(link.execute("INSERT INTO t.a VALUES (?)", {std::int64_t{2}}));
    server.kill9();
    auto next = link.execute("INSERT INTO t.a VALUES (?)", {std::int64_t{3}});
    if (auto* found = std::get_if<Trouble>(&next)) return *found;
    return Done{};
  });
  EXPECT_EQ(trouble(outcome).kind, Kind::away);
  EXPECT_EQ(trouble(Link::connect(server.settings())).kind, Kind::away);
  server.start();
  Link back = must(Link::connect(server.settings()));
  EXPECT_EQ(one_text(back, "SELECT GROUP_CONCAT(id) FROM t.a"), "1");
  EXPECT_EQ(one_text(back, "SELECT @@innodb_flush_log_at_trx_commit"), "1");
}

// A COMMIT without an answer is unknown, never a plain failure.
TEST(Server, KilledBeforeCommitIsAway) {
  PrivateMariadb server;
  Link link = must(Link::connect(server.settings()));
  const auto outcome = link.transaction([&]() -> Outcome<Done> {
    server.kill9();
    return Done{};
  });
  EXPECT_EQ(trouble(outcome).kind, Kind::away);
}

TEST(Server, ShutdownIsAway) {
  PrivateMariadb server;
  Link link = must(Link::connect(server.settings()));
  server.stop();
  EXPECT_EQ(trouble(link.query("SELECT 1")).kind, Kind::away);
  server.start();
  EXPECT_EQ(trouble(link.query("SELECT 1")).kind, Kind::away);  // no reconnecting by itself
  EXPECT_EQ(one_text(*std::make_unique<Link>(must(Link::connect(server.settings()))), "SELECT 1"), "1");
}

TEST(Server, TooManyConnectionsIsAway) {
  PrivateMariadb server({"--max-connections=10"});
  std::vector<Link> links;
  Link root = must(Link::connect(server.settings()));
  must(root.execute("CREATE USER 'u'@'localhost'"));
  for (int i = 0; i < 9; ++i) links.push_back(must(Link::connect(server.settings("u"))));
  const Trouble full = trouble(Link::connect(server.settings("u")));
  EXPECT_EQ(full.code, 1040U);
  EXPECT_EQ(full.kind, Kind::away);
}

class Tls : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("openssl version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no openssl command to make certificates";
    ours_.emplace("127.0.0.1");
    strange_.emplace("127.0.0.1");
  }
  static void make_account(const PrivateMariadb& server) {
    Link root = must(Link::connect(server.settings()));
    must(root.execute("CREATE USER 'u'@'127.0.0.1' IDENTIFIED BY 'pw'"));
  }
  std::optional<test::Certificates> ours_, strange_;
};

TEST_F(Tls, OnlyTheServerOfOurAuthorityIsTrusted) {
  const PrivateMariadb server =
      PrivateMariadb::with_tcp({"--ssl-cert=" + ours_->certificate(), "--ssl-key=" + ours_->key()});
  make_account(server);
  Settings settings = server.tcp_settings("u", "pw");
  settings.tls_ca_file = ours_->authority();
  Link link = must(Link::connect(settings));
  EXPECT_TRUE(link.encrypted());
  EXPECT_NE(
      one_text(link, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME='Ssl_cipher'"),
      "");
  settings.tls_ca_file = strange_->authority();
  const Trouble strange = trouble(Link::connect(settings));
  EXPECT_EQ(strange.kind, Kind::denied) << strange.message;
  settings.tls_ca_file = ours_->authority();
  settings.host = "localhost";  // not a name of the certificate
  EXPECT_EQ(trouble(Link::connect(settings)).kind, Kind::denied);
  settings.host = "127.0.0.1";
  settings.password = "guess";
  EXPECT_EQ(trouble(Link::connect(settings)).code, 1045U);
}

// The trap of libraries.md 3.20: a server without TLS must not be talked to in the open instead.
TEST_F(Tls, ServerWithoutTlsIsRefused) {
  const PrivateMariadb server = PrivateMariadb::with_tcp();
  make_account(server);
  Settings settings = server.tcp_settings("u", "pw");
  Link link = must(Link::connect(settings));  // on this machine: allowed
  EXPECT_FALSE(link.encrypted());
  settings.tls_ca_file = ours_->authority();
  const Trouble open = trouble(Link::connect(settings));
  EXPECT_EQ(open.kind, Kind::denied) << open.message;
  EXPECT_NE(open.message.find("must offer TLS"), std::string::npos) << open.message;
}

TEST(PrivateServer, SaysWhyItDoesNotStart) {
  try {
    PrivateMariadb server({"--default-storage-engine=nosuch"});
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string_view(error.what()).find("storage engine: nosuch"), std::string_view::npos) << error.what();
  }
}

TEST(PrivateServer, LeavesNothingBehind) {
  std::filesystem::path directory;
  pid_t pid = 0;
  {
    PrivateMariadb server;
    directory = server.directory();
    pid = server.pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_FALSE(std::filesystem::exists(directory));
}

// A test that is killed takes its server with it.
TEST(PrivateServer, DiesWithItsTest) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // the orphaned server becomes our child, and its end ours to see
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto* server = new PrivateMariadb;  // for its destructor not to run
    const pid_t pid = server->pid();
    const bool told = write(ends[1], &pid, sizeof pid) == sizeof pid &&
                      write(ends[1], server->directory().c_str(), server->directory().string().size()) > 0;
    close(ends[1]);
    if (told) raise(SIGKILL);
    _exit(1);
  }
  close(ends[1]);
  pid_t server = 0;
  ASSERT_EQ(read(ends[0], &server, sizeof server), static_cast<ssize_t>(sizeof server));
  std::string directory(200, '\0');
  const ssize_t length = read(ends[0], directory.data(), directory.size());
  ASSERT_GT(length, 0);
  directory.resize(static_cast<std::size_t>(length));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  int server_status = 0;
  pid_t ended = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while ((ended = waitpid(server, &server_status, WNOHANG)) == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(ended, server);
  EXPECT_TRUE(WIFSIGNALED(server_status));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace cadre::db
