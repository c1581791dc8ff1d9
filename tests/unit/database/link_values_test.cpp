#include <limits>

#include "tests/unit/database/fixture.hpp"

namespace cadre::db {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST_F(Database, IntegersKeepTheirSign) {
  Link link = connect();
  must(link.execute(
      "CREATE TABLE a (u BIGINT UNSIGNED, i BIGINT, tu TINYINT UNSIGNED, ti TINYINT, m MEDIUMINT, y YEAR)"));
  constexpr auto u_max = std::numeric_limits<std::uint64_t>::max();
  constexpr auto i_min = std::numeric_limits<std::int64_t>::min();
  must(link.execute("INSERT INTO a VALUES (?,?,?,?,?,?)",
                    {u_max, i_min, std::uint64_t{200}, std::int64_t{-100}, std::int64_t{-70000}, std::uint64_t{2024}}));
  const Rows rows = must(link.query("SELECT * FROM a"));
  EXPECT_EQ(rows.u64(0, 0), u_max);
  EXPECT_EQ(rows.i64(0, 1), i_min);
  EXPECT_EQ(rows.u64(0, 2), 200U);
  EXPECT_EQ(rows.i64(0, 3), -100);
  EXPECT_EQ(rows.i64(0, 4), -70000);
  EXPECT_EQ(rows.u64(0, 5), 2024U);
}

TEST_F(Database, OtherTypesAreText) {
  Link link = connect();
  const Rows rows =
      must(link.query("SELECT CAST('2024-02-29 23:59:58.123456' AS DATETIME(6)), CAST('2024-02-29' AS DATE), "
                      "CAST(12.340 AS DECIMAL(9,3)),"
                      " CAST('10:11:12.5' AS TIME(1)), NULL, 0.5e0, CAST(? AS CHAR)",
                      {std::string("gr\xc3\xbc\xc3\x9f")}));
  EXPECT_EQ(rows.text(0, 0), "2024-02-29 23:59:58.123456");
  EXPECT_EQ(rows.text(0, 1), "2024-02-29");
  EXPECT_EQ(rows.text(0, 2), "12.340");
  EXPECT_EQ(rows.text(0, 3), "10:11:12.5");
  EXPECT_TRUE(rows.is_null(0, 4));
  EXPECT_EQ(rows.text(0, 5), "0.5");
  EXPECT_EQ(rows.text(0, 6), "gr\xc3\xbc\xc3\x9f");
}

TEST_F(Database, BytesOfAnyLengthComeBackWhole) {
  Link link = connect();
  must(link.execute("CREATE TABLE a (id INT PRIMARY KEY, b LONGBLOB, c LONGBLOB)"));
  std::int64_t id = 0;
  for (const std::size_t length : {0, 1, 250, 255, 256, 257, 65535, 65536, 1 << 20}) {
    std::string bytes;
    while (bytes.size() < length) bytes += all_bytes();
    bytes.resize(length);
    must(link.execute("INSERT INTO a VALUES (?,?,?)", {++id, bytes, bytes + "+"}));
  }
  must(link.execute("INSERT INTO a VALUES (?,?,?)", {++id, Null{}, std::string()}));
  const Rows rows = must(link.query("SELECT b, c FROM a ORDER BY id"));
  ASSERT_EQ(rows.size(), 10U);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) EXPECT_TRUE(rows.text(i, 0) + "+" == rows.text(i, 1)) << i;
  EXPECT_EQ(rows.text(8, 0).size(), std::size_t{1} << 20);
  EXPECT_EQ(rows.text(8, 0).substr(0, 256), all_bytes());
  EXPECT_TRUE(rows.is_null(9, 0));
  EXPECT_FALSE(rows.is_null(9, 1));
}

struct Bulk {
  std::size_t rows = 0;
  std::vector<std::string> keep;
  std::vector<Column> columns = std::vector<Column>(5);  // id u64, number i64, bytes, text, always empty
};

Bulk make_bulk(std::size_t rows) {
  Bulk bulk;
  bulk.rows = rows;
  bulk.columns[1].type = Column::Type::i64;
  for (std::size_t i : {2, 3, 4}) bulk.columns[i].type = Column::Type::bytes;
  for (std::size_t i = 0; i < rows; ++i) {
    bulk.keep.push_back(i % 5 == 0 ? "" : all_bytes().substr(i % 200) + std::to_string(i));
  }
  for (std::size_t i = 0; i < rows; ++i) {
    bulk.columns[0].u64.push_back(std::numeric_limits<std::uint64_t>::max() - i);
    bulk.columns[1].i64.push_back(-static_cast<std::int64_t>(i));
    bulk.columns[2].bytes.push_back(bulk.keep[i]);
    bulk.columns[3].bytes.push_back(i % 2 ? "odd" : "even");
    bulk.columns[4].bytes.push_back(i % 2 ? std::string_view() : std::string_view(""));
    bulk.columns[1].null.push_back(i % 3 == 0);
    bulk.columns[3].null.push_back(i % 7 == 0);
  }
  return bulk;
}

constexpr const char* bulk_table =
    "CREATE TABLE a (id BIGINT UNSIGNED PRIMARY KEY, n BIGINT, b VARBINARY(2000) NOT NULL, c VARCHAR(9),"
    " e VARCHAR(9) NOT NULL)";

TEST_F(Database, BulkInsertComesBackTheSame) {
  Link link = connect();
  must(link.execute(bulk_table));
  const Bulk bulk = make_bulk(5000);
  EXPECT_EQ(must(link.bulk("INSERT INTO a VALUES (?,?,?,?,?)", bulk.columns, bulk.rows)), bulk.rows);
  const Rows rows = must(link.query("SELECT * FROM a ORDER BY id DESC"));
  ASSERT_EQ(rows.size(), bulk.rows);
  for (std::size_t i = 0; i < bulk.rows; ++i) {
    ASSERT_EQ(rows.u64(i, 0), bulk.columns[0].u64[i]);
    ASSERT_EQ(rows.is_null(i, 1), i % 3 == 0);
    ASSERT_EQ(rows.i64(i, 1), i % 3 == 0 ? 0 : -static_cast<std::int64_t>(i));
    ASSERT_EQ(rows.text(i, 2), bulk.keep[i]);
    ASSERT_EQ(rows.is_null(i, 3), i % 7 == 0);
    ASSERT_EQ(rows.text(i, 3), i % 7 == 0 ? "" : i % 2 ? "odd" : "even");
    ASSERT_FALSE(rows.is_null(i, 4));
    ASSERT_EQ(rows.text(i, 4), "");
  }
}

// One text, many sizes, with an execution of a single row between: the sizes do not stick.
TEST_F(Database, BulkOfOtherSizesWithTheSameText) {
  Link link = connect();
  must(link.execute("CREATE TABLE a (id BIGINT UNSIGNED PRIMARY KEY)"));
  std::uint64_t next = 0;
  for (const std::size_t rows : {3, 1, 0, 700, 2}) {
    Column id;
    for (std::size_t i = 0; i < rows; ++i) id.u64.push_back(++next);
    EXPECT_EQ(must(link.bulk("INSERT INTO a VALUES (?)", {id}, rows)), rows);
    EXPECT_EQ(must(link.execute("INSERT INTO a VALUES (?)", {++next})), 1U);
  }
  EXPECT_EQ(one_text(link, "SELECT COUNT(*) FROM a"), std::to_string(next));
}

TEST_F(Database, BulkInsertIgnoreCountsTheNewRows) {
  Link link = connect();
  must(link.execute(bulk_table));
  const Bulk half = make_bulk(100);
  const Bulk all = make_bulk(250);
  EXPECT_EQ(must(link.bulk("INSERT IGNORE INTO a VALUES (?,?,?,?,?)", half.columns, half.rows)), 100U);
  EXPECT_EQ(must(link.bulk("INSERT IGNORE INTO a VALUES (?,?,?,?,?)", all.columns, all.rows)), 150U);
  const auto again = link.bulk("INSERT INTO a VALUES (?,?,?,?,?)", all.columns, all.rows);
  EXPECT_EQ(trouble(again).kind, Kind::duplicate);
  EXPECT_EQ(one_text(link, "SELECT COUNT(*) FROM a"), "250");
}

std::int64_t rows_read(Link& link) {
  const Rows rows = must(link.query("SHOW SESSION STATUS LIKE 'Handler_read%next'"));  // along an index, along a table
  return std::stoll(rows.text(0, 1)) + std::stoll(rows.text(1, 1));
}

// Our strings go to the index, whatever the column's character set; a scan per lookup would pass every other test.
TEST_F(Database, StringParametersUseTheIndex) {
  Link link = connect();
  must(
      link.execute("CREATE TABLE a (b BINARY(16) PRIMARY KEY, c VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,"
                   " d VARCHAR(64) CHARACTER SET utf8mb4, v VARBINARY(64), UNIQUE(c), UNIQUE(d), UNIQUE(v))"));
  std::string id(16, '\xff');
  for (int i = 0; i < 500; ++i) {
    const std::string text = "key" + std::to_string(i);
    id.replace(0, text.size(), text);
    must(link.execute("INSERT INTO a VALUES (?,?,?,?)", {id, text, text, text}));
  }
  const auto look_up = [&](const std::string& what, const std::string& value) {
    must(link.execute("FLUSH STATUS"));
    const Rows rows = must(link.query("SELECT c FROM a WHERE " + what + "=?", {value}));
    EXPECT_EQ(rows.size(), 1U) << what;
    return rows_read(link);
  };
  EXPECT_EQ(look_up("b", id), 0);
  for (const char* column : {"c", "d", "v"}) EXPECT_EQ(look_up(column, "key250"), 0) << column;
  EXPECT_GE(look_up("CONCAT(c)", "key250"), 500);  // what a scan would look like
}

// A text column compares as it was declared to, not byte by byte.
TEST_F(Database, StringParametersFollowTheCollation) {
  Link link = connect();
  must(link.execute("CREATE TABLE a (d VARCHAR(64) COLLATE utf8mb4_general_ci)"));
  must(link.execute("INSERT INTO a VALUES (?)", {std::string("Key")}));
  EXPECT_EQ(must(link.query("SELECT d FROM a WHERE d=?", {std::string("kEY")})).size(), 1U);
}

}  // namespace
}  // namespace cadre::db
