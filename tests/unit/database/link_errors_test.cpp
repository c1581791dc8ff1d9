#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "tests/unit/database/fixture.hpp"

namespace cadre::db {
namespace {

TEST_F(Database, SortsWhatTheServerRefuses) {
  Link link = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY, v INT)"));
  must(link.execute(
      "CREATE TRIGGER a_in BEFORE UPDATE ON a FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT='no'"));
  must(link.execute("INSERT INTO a VALUES (1,1)"));

  const Trouble twice = trouble(link.execute("INSERT INTO a VALUES (?,1)", {std::int64_t{1}}));
  EXPECT_EQ(twice.kind, Kind::duplicate);
  EXPECT_EQ(twice.code, 1062U);
  EXPECT_TRUE(twice.message.starts_with("INSERT INTO a VALUES: Duplicate entry")) << twice.message;

  EXPECT_EQ(trouble(link.execute("UPDATE a SET v=2")).kind, Kind::refused);
  EXPECT_EQ(trouble(link.query("SELECT * FROM nowhere")).kind, Kind::missing);
  EXPECT_EQ(trouble(link.query("SELECT nothing FROM a")).kind, Kind::missing);
  EXPECT_EQ(trouble(link.query("SELECT * FROM nowhere.a")).kind, Kind::missing);
  EXPECT_EQ(trouble(link.execute("SELEKT 1")).kind, Kind::wrong);
  EXPECT_EQ(trouble(link.execute("INSERT INTO a VALUES (?,1)", {std::string("x")})).kind, Kind::wrong);
  EXPECT_EQ(one_text(link, "SELECT v FROM a"), "1");  // and the link is as good as before
}

TEST_F(Database, SortsWhatAnAccountMayNot) {
  must(connect().execute("CREATE TABLE a (id INT PRIMARY KEY)"));
  Link reader = connect_as("reader", "SELECT");
  EXPECT_EQ(one_text(reader, "SELECT COUNT(*) FROM a"), "0");
  const Trouble no = trouble(reader.execute("INSERT INTO a VALUES (?)", {std::int64_t{1}}));
  EXPECT_EQ(no.kind, Kind::denied);
  EXPECT_EQ(no.code, 1142U);
  EXPECT_EQ(trouble(Link::connect(server().settings("nobody-of-ours"))).kind, Kind::denied);
  EXPECT_EQ(trouble(Link::connect(server().settings({}, "nowhere"))).kind, Kind::missing);
}

// The loser of a lock wait rolls back, and what it wrote before is gone too (libraries.md 3.13: the server would keep
// it).
TEST_F(Database, LockWaitIsAgainAndRollsBack) {
  Link first = connect();
  Link second = connect();
  must(first.execute("SET SESSION idle_transaction_timeout=0"));
  must(first.execute("CREATE TABLE a (id INT PRIMARY KEY, v INT)"));
  must(first.execute("INSERT INTO a VALUES (1,0),(2,0)"));
  must(first.execute("BEGIN"));
  must(first.execute("UPDATE a SET v=1 WHERE id=1"));
  const auto lost = second.transaction([&]() -> Outcome<Done> {
    must(second.execute("UPDATE a SET v=2 WHERE id=2"));
    auto blocked = second.execute("UPDATE a SET v=2 WHERE id=1");
    if (auto* found = std::get_if<Trouble>(&blocked)) return *found;
    return Done{};
  });
  EXPECT_EQ(trouble(lost).code, 1205U);
  EXPECT_EQ(trouble(lost).kind, Kind::again);
  must(first.execute("COMMIT"));
  EXPECT_EQ(one_text(second, "SELECT GROUP_CONCAT(v ORDER BY id) FROM a"), "1,0");
}

Outcome<Done> update_two(Link& link, std::int64_t one, std::int64_t two, std::atomic<int>& holders, bool tell) {
  return link.transaction([&]() -> Outcome<Done> {
    must(link.execute("UPDATE a SET v=v+1 WHERE id=?", {one}));
    ++holders;
    while (holders < 2) std::this_thread::yield();
    auto crossed = link.execute("UPDATE a SET v=v+1 WHERE id=?", {two});
    const auto* found = std::get_if<Trouble>(&crossed);
    if (found != nullptr && tell) return *found;
    must(link.query("SELECT 1"));
    return Done{};
  });
}

// Two transactions in each other's way: one is told `again`, even if its body says nothing about it.
TEST_F(Database, DeadlockIsAgain) {
  for (const bool tell : {true, false}) {
    Link first = connect();
    Link second = connect();
    must(first.execute("CREATE OR REPLACE TABLE a (id INT PRIMARY KEY, v INT)"));
    must(first.execute("INSERT INTO a VALUES (1,0),(2,0)"));
    std::atomic<int> holders = 0;
    auto other = std::async(std::launch::async, [&] { return update_two(second, 2, 1, holders, tell); });
    const auto mine = update_two(first, 1, 2, holders, tell);
    const auto theirs = other.get();
    ASSERT_NE(std::holds_alternative<Trouble>(mine), std::holds_alternative<Trouble>(theirs));
    const Trouble lost = trouble(std::holds_alternative<Trouble>(mine) ? mine : theirs);
    EXPECT_EQ(lost.code, 1213U);
    EXPECT_EQ(lost.kind, Kind::again);
    EXPECT_EQ(one_text(first, "SELECT GROUP_CONCAT(v ORDER BY id) FROM a"), "1,1");
  }
}

TEST_F(Database, StatementTimeoutIsAgain) {
  Settings wanted = settings();
  wanted.statement_timeout = 50ms;
  Link link = must(Link::connect(wanted));
  const Trouble late =
      trouble(link.query("SELECT COUNT(*) FROM seq_1_to_100000 a JOIN seq_1_to_100000 b ON a.seq<>b.seq"));
  EXPECT_EQ(late.code, 1969U) << late.message;
  EXPECT_EQ(late.kind, Kind::again);
  EXPECT_EQ(one_text(link, "SELECT 1"), "1");
}

// No answer within io_timeout: what the statement did is unknown, and the link is no longer used.
TEST_F(Database, SilenceIsAway) {
  Settings wanted = settings();
  wanted.io_timeout = 1s;
  Link link = must(Link::connect(wanted));
  const Trouble silent = trouble(link.query("SELECT SLEEP(4)"));
  EXPECT_EQ(silent.kind, Kind::away);
  const Trouble after = trouble(link.query("SELECT 1"));
  EXPECT_EQ(after.kind, Kind::away);
  EXPECT_NE(after.message.find("lost before"), std::string::npos) << after.message;
}

TEST_F(Database, KilledSessionIsAwayAlsoInsideATransaction) {
  Link link = connect();
  Link root = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY)"));
  const auto outcome = link.transaction([&]() -> Outcome<Done> {
    must(link.execute("INSERT INTO a VALUES (?)", {std::int64_t{1}}));
    must(root.execute("KILL HARD " + std::to_string(link.connection_id())));
    auto next = link.execute("INSERT INTO a VALUES (?)", {std::int64_t{2}});
    if (auto* found = std::get_if<Trouble>(&next)) return *found;
    return Done{};
  });
  EXPECT_EQ(trouble(outcome).kind, Kind::away);
  EXPECT_EQ(trouble(link.execute("INSERT INTO a VALUES (3)")).kind, Kind::away);  // never on a new session by itself
  EXPECT_EQ(one_text(root, "SELECT COUNT(*) FROM a"), "0");
}

TEST_F(Database, AnIdleTransactionIsEndedByTheServer) {
  Link link = connect();
  Link other = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY)"));
  const auto outcome = link.transaction([&]() -> Outcome<Done> {
    must(link.execute("INSERT INTO a VALUES (1)"));
    // Blocks until the server gives the row's lock back: within idle_transaction_timeout, not 8 hours.
    must(other.execute("SET SESSION innodb_lock_wait_timeout=20, max_statement_time=0"));
    must(other.execute("INSERT INTO a VALUES (1)"));
    return Done{};
  });
  EXPECT_EQ(trouble(outcome).kind, Kind::away);
  EXPECT_EQ(one_text(other, "SELECT COUNT(*) FROM a"), "1");
}

TEST_F(Database, ReadOnlyServerIsAway) {
  Link root = connect();
  must(root.execute("CREATE TABLE a (id INT PRIMARY KEY)"));
  Link writer = connect_as("writer", "SELECT, INSERT");
  must(root.execute("SET GLOBAL read_only=1"));
  const auto refused = writer.execute("INSERT INTO a VALUES (1)");
  must(root.execute("SET GLOBAL read_only=0"));
  EXPECT_EQ(trouble(refused).code, 1290U);
  EXPECT_EQ(trouble(refused).kind, Kind::away);
}

// 16 MiB, the server's default limit for a packet: just below it goes through and comes back; above it is told apart
// from a dead server, before anything is sent, so that the link stays good.
TEST_F(Database, TooLargeIsNotAway) {
  Link link = connect();
  ASSERT_EQ(one_text(link, "SELECT @@max_allowed_packet"), "16777216");
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY, b LONGBLOB)"));
  const std::size_t limit = 16U << 20;
  const std::string fits(limit - 1024, '\x80');
  must(link.execute("INSERT INTO a VALUES (?,?)", {std::int64_t{1}, fits}));
  EXPECT_TRUE(must(link.query("SELECT b FROM a WHERE id=1")).text(0, 0) == fits);

  const std::string large(limit, 'x');
  const auto outcome = link.transaction([&]() -> Outcome<Done> {
    must(link.execute("INSERT INTO a VALUES (?,?)", {std::int64_t{2}, std::string("y")}));
    const auto sent = link.execute("INSERT INTO a VALUES (?,?)", {std::int64_t{3}, large});
    EXPECT_EQ(trouble(sent).kind, Kind::too_large);
    return Done{};  // nothing said about it: still not committed
  });
  EXPECT_EQ(trouble(outcome).kind, Kind::too_large);
  EXPECT_EQ(one_text(link, "SELECT COUNT(*) FROM a"), "1");

  Column id;
  Column bytes;
  bytes.type = Column::Type::bytes;
  for (std::uint64_t i = 0; i < 17; ++i) {
    id.u64.push_back(10 + i);
    bytes.bytes.push_back(std::string_view(large).substr(0, 1U << 20));
  }
  EXPECT_EQ(trouble(link.bulk("INSERT INTO a VALUES (?,?)", {id, bytes}, 17)).kind, Kind::too_large);
  EXPECT_EQ(trouble(link.execute("SELECT '" + large + "'")).kind, Kind::too_large);
  EXPECT_EQ(one_text(link, "SELECT COUNT(*) FROM a"), "1");
}

// Byte by byte across the limit, where our count and the server's differ by headers: stored or too large, never "away".
TEST_F(Database, NothingAroundThePacketLimitLooksLikeADeadServer) {
  const std::size_t limit = 16U << 20;
  const std::string large(limit, 'x');
  Link link = connect();
  must(link.execute("CREATE TABLE a (b LONGBLOB)"));
  int stored = 0;
  int refused = 0;
  for (std::size_t length = limit - 40; length <= limit; length += 4) {
    Column bytes;
    bytes.type = Column::Type::bytes;
    bytes.bytes.push_back(std::string_view(large).substr(0, length));
    const auto sent = link.bulk("INSERT INTO a VALUES (?)", {bytes}, 1);
    if (std::holds_alternative<Trouble>(sent)) {
      ++refused;
      EXPECT_EQ(trouble(sent).kind, Kind::too_large) << length << ": " << trouble(sent).message;
      link = connect();
    } else {
      ++stored;
    }
  }
  EXPECT_GT(stored, 0);
  EXPECT_GT(refused, 0);
}

TEST(Errors, SettingsThatCannotBeSafe) {
  Settings settings;
  settings.user = "cadre";
  EXPECT_EQ(trouble(Link::connect(settings)).kind, Kind::wrong);
  for (const char* host : {"192.0.2.1", "db.example.org", "127.0.0.1.example.org", "2001:db8::1"}) {
    settings.host = host;
    const Trouble open = trouble(Link::connect(settings));
    EXPECT_EQ(open.kind, Kind::denied) << host;
    EXPECT_NE(open.message.find("set tls_ca_file"), std::string::npos) << open.message;
  }
  settings.socket = "/tmp/" + std::string(200, 'x');
  EXPECT_EQ(trouble(Link::connect(settings)).kind, Kind::wrong);
  settings.socket = "/nonexistent/socket";
  EXPECT_EQ(trouble(Link::connect(settings)).kind, Kind::away);
}

}  // namespace
}  // namespace cadre::db
