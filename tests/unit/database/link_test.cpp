#include <fcntl.h>
#include <sys/socket.h>

#include "tests/unit/database/fixture.hpp"

namespace cadre::db {
namespace {

// The rules of guarantees.md R2 hold in the session, as the server tells it.
TEST_F(Database, SessionIsSetUp) {
  Link link = connect();
  EXPECT_EQ(one_text(link, "SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(one_text(link, "SELECT @@tx_isolation"), "READ-COMMITTED");
  EXPECT_EQ(one_text(link, "SELECT @@autocommit"), "1");
  EXPECT_EQ(one_text(link, "SELECT @@innodb_lock_wait_timeout"), "2");
  EXPECT_EQ(one_text(link, "SELECT @@idle_transaction_timeout"), "2");
  EXPECT_EQ(one_text(link, "SELECT @@wait_timeout"), "60");
  EXPECT_EQ(one_text(link, "SELECT CAST(@@max_statement_time AS CHAR)"), "5.000000");
  EXPECT_EQ(one_text(link, "SELECT @@character_set_client"), "utf8mb4");
  EXPECT_EQ(one_text(link, "SELECT @@innodb_snapshot_isolation"), "1");
  EXPECT_NE(one_text(link, "SELECT @@sql_mode").find("STRICT_ALL_TABLES"), std::string::npos);
  EXPECT_EQ(one_text(link, "SELECT DATABASE()"), "t");
}

TEST_F(Database, SocketIsClosedOnExecAndTellsTheServersProcess) {
  Link link = connect();
  EXPECT_TRUE(fcntl(link.socket(), F_GETFD) & FD_CLOEXEC);
  ucred peer{};
  socklen_t size = sizeof peer;
  ASSERT_EQ(getsockopt(link.socket(), SOL_SOCKET, SO_PEERCRED, &peer, &size), 0);
  EXPECT_EQ(peer.pid, server().pid());
  EXPECT_FALSE(link.encrypted());
  EXPECT_EQ(one_text(link, "SELECT CONNECTION_ID()"), std::to_string(link.connection_id()));
}

TEST_F(Database, StatementTimeoutOfZeroIsNone) {
  Settings wanted = settings();
  wanted.statement_timeout = Duration::zero();
  Link link = must(Link::connect(wanted));
  EXPECT_EQ(one_text(link, "SELECT CAST(@@max_statement_time AS CHAR)"), "0.000000");
}

TEST_F(Database, OneStatementAtATime) {
  Link link = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY)"));
  EXPECT_EQ(trouble(link.execute("INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)")).code, 1064U);
  EXPECT_EQ(one_text(link, "SELECT COUNT(*) FROM a"), "0");
}

// A renewal that changes nothing must not look like a lost lease (R2).
TEST_F(Database, UpdateCountsFoundRows) {
  Link link = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY, v INT)"));
  EXPECT_EQ(must(link.execute("INSERT INTO a VALUES (1,5),(2,5)")), 2U);
  EXPECT_EQ(must(link.execute("UPDATE a SET v=5")), 2U);
  EXPECT_EQ(must(link.execute("UPDATE a SET v=? WHERE id=?", {std::int64_t{5}, std::int64_t{1}})), 1U);
  EXPECT_EQ(must(link.execute("UPDATE a SET v=? WHERE id=?", {std::int64_t{5}, std::int64_t{9}})), 0U);
  Column id;
  id.u64 = {1, 2, 9};
  EXPECT_EQ(must(link.bulk("UPDATE a SET v=5 WHERE id=?", {id}, 3)), 2U);
}

// More texts than are kept, and again the first ones: each means what its text says; the server holds no more than we
// keep.
TEST_F(Database, PreparedStatementsAreKeptInBounds) {
  Link link = connect();
  for (int round = 0; round < 2; ++round) {
    for (std::int64_t i = 0; i < 150; ++i) {
      const Rows rows = must(link.query("SELECT ?+" + std::to_string(i), {std::int64_t{1000}}));
      ASSERT_EQ(rows.i64(0, 0), 1000 + i);
    }
  }
  Link other = connect();
  const Rows rows = must(other.query("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"));
  EXPECT_LE(std::stoi(rows.text(0, 1)), 64 + 2);  // and what `other` and this question itself prepared
  EXPECT_GE(std::stoi(rows.text(0, 1)), 64);
}

// The library cannot read a result that has other columns than the last one: told once, then prepared anew.
TEST_F(Database, TableThatChangesUnderAPreparedStatementIsAgain) {
  Link link = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY)"));
  must(link.execute("INSERT INTO a VALUES (1)"));
  EXPECT_EQ(must(link.query("SELECT * FROM a")).row(0).size(), 1U);
  must(link.execute("ALTER TABLE a ADD b VARCHAR(9) NOT NULL DEFAULT 'x'"));
  EXPECT_EQ(trouble(link.query("SELECT * FROM a")).kind, Kind::again);
  const Rows rows = must(link.query("SELECT * FROM a"));
  ASSERT_EQ(rows.row(0).size(), 2U);
  EXPECT_EQ(rows.text(0, 1), "x");
}

TEST_F(Database, CommitsAndRollsBack) {
  Link link = connect();
  Link other = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY)"));
  const auto insert = [&](std::int64_t id) { return link.execute("INSERT INTO a VALUES (?)", {id}); };
  must(link.transaction([&]() -> Outcome<Done> {
    must(insert(1));
    EXPECT_EQ(one_text(other, "SELECT COUNT(*) FROM a"), "0");
    return Done{};
  }));
  EXPECT_EQ(one_text(other, "SELECT COUNT(*) FROM a"), "1");

  const auto failed = link.transaction([&]() -> Outcome<Done> {
    must(insert(2));
    auto again = insert(1);
    if (auto* found = std::get_if<Trouble>(&again)) return *found;
    return Done{};
  });
  EXPECT_EQ(trouble(failed).kind, Kind::duplicate);
  EXPECT_EQ(one_text(other, "SELECT COUNT(*) FROM a"), "1");
  must(insert(3));  // autocommit again
  EXPECT_EQ(one_text(other, "SELECT COUNT(*) FROM a"), "2");
}

TEST(SplitStatements, AtLinesThatHoldOnlyTheMark) {
  const auto pieces = split_statements(
      "-- a comment only\n--;;\n\nCREATE TABLE a (x INT);\n  --;; \r\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH "
      "ROW\n"
      "BEGIN\n  SET @a = 1; -- not --;; a mark\n  SET @b = 2;\nEND\n--;;\n--;;\n   \n--;;\n-- why\nSELECT 1");
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0], "CREATE TABLE a (x INT);");
  EXPECT_EQ(
      pieces[1],
      "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW\nBEGIN\n  SET @a = 1; -- not --;; a mark\n  SET @b = 2;\nEND");
  EXPECT_EQ(pieces[2], "SELECT 1");
  EXPECT_TRUE(split_statements("").empty());
  EXPECT_TRUE(split_statements("--;;").empty());
}

// What splits is what the server takes, trigger bodies and all.
TEST_F(Database, SplitStatementsRun) {
  Link link = connect();
  for (const std::string& statement : split_statements(
           "CREATE TABLE a (x INT, y INT);\n--;;\nCREATE TRIGGER a_in BEFORE INSERT ON a FOR EACH ROW\nBEGIN\n"
           "  SET NEW.y = NEW.x * 2;\n  SET NEW.x = 7;\nEND;\n--;;\nINSERT INTO a (x) VALUES (21)\n")) {
    must(link.execute(statement));
  }
  EXPECT_EQ(one_text(link, "SELECT CONCAT(x, ' ', y) FROM a"), "7 42");
}

}  // namespace
}  // namespace cadre::db
