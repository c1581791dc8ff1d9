#include "broker/ctl/output.hpp"

#include "broker/ctl/progress.hpp"
#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

TEST(Table, AlignsNumbersToTheRight) {
  set_locale();
  Table table({{"NAME"}, {"RUN", Table::Align::right}, {"NOTE"}});
  table.row({"ext-01", "8", ""});
  table.row({"e", "1204", "spool full"});
  EXPECT_EQ(table.text(),
            "NAME    RUN NOTE\n"
            "ext-01    8\n"
            "e      1204 spool full\n");
}

// In the C locale libsmartcols writes \xc3\xb6 unless LC_CTYPE is forced.
TEST(Table, KeepsUmlautsAndShowsControlCharacters) {
  ASSERT_EQ(setenv("LC_ALL", "C", 1), 0);
  set_locale();
  EXPECT_TRUE(speaks_utf8());
  Table table({{"NAME"}, {"NOTE"}});
  table.row({"größe", "\x1b[31mred"});
  EXPECT_TRUE(contains(table.text(), "größe \\x1b[31mred\n"));
}

TEST(Table, WithoutRowsIsNothing) { EXPECT_EQ(Table({{"NAME"}}).text(), ""); }

TEST(Text, CannotCommandTheTerminal) { EXPECT_EQ(printable("a\x1b[2Jb\r\x7f\tc\nö"), "a\\x1b[2Jb\\x0d\\x7f\tc\nö"); }

TEST(Text, IsQuotedFromItsEnd) {
  EXPECT_EQ(quoted("one\ntwo\nthree\n", "| ", 2), "| two\n| three\n");
  EXPECT_EQ(quoted("one\ntwo", "| ", 5), "| one\n| two\n");
  EXPECT_EQ(quoted("one", "| ", 1), "| one\n");
  EXPECT_EQ(quoted("\n\n", "| ", 5), "");
  EXPECT_EQ(quoted("a\n\nb", "| ", 3), "| a\n| \n| b\n");
  EXPECT_EQ(quoted("a\n\nb", "| ", 2), "| \n| b\n");
}

TEST(Text, SizesAndAges) {
  EXPECT_EQ(bytes_for_people(1023), "1023 B");
  EXPECT_EQ(bytes_for_people(1536), "1.5 KiB");
  EXPECT_EQ(bytes_for_people(std::uint64_t{8} << 20), "8.0 MiB");
  EXPECT_EQ(age_for_people(119s), "119s");
  EXPECT_EQ(age_for_people(120s), "2m");
  EXPECT_EQ(age_for_people(3h), "3h");
  EXPECT_EQ(age_for_people(72h), "3d");
  EXPECT_EQ(age_for_people(-5s), "0s");  // a clock that was set back
}

TEST(Text, CellsOfAnswers) {
  const nlohmann::json json{{"text", "x"}, {"number", 5}, {"none", nullptr}};
  EXPECT_EQ(cell(json, "text"), "x");
  EXPECT_EQ(cell(json, "number"), "5");
  EXPECT_EQ(cell(json, "none"), "");
  EXPECT_EQ(cell(json, "missing"), "");
}

// Where nobody can be asked, nothing dangerous happens without --yes.
TEST(Confirm, WithoutATerminalWantsYes) {
  EXPECT_TRUE(confirm("Revoke?", true));
  ASSERT_NE(freopen("/dev/null", "r", stdin), nullptr);
  const auto stop = stop_of([] { confirm("Revoke?", false); });
  EXPECT_EQ(stop.code, Exit::usage);
  EXPECT_TRUE(contains(stop.message, "--yes"));
}

TEST(Progress, DrawsShareRateAndTimeLeft) {
  const ProgressState state{"ocr", 214, 131, 1, 30s};
  const std::string line = draw(state, 100, false);
  EXPECT_TRUE(contains(line, "ocr [##################............] 131/214  61 %  4.4 jobs/s  ETA 0:19  1 failed"));
  EXPECT_TRUE(contains(draw(state, 100, true), "▕██████████████████░░░░░░░░░░░░▏"));
}

TEST(Progress, FitsTheTerminal) {
  const ProgressState state{"engine-with-a-long-name", 1'000'000, 999'999, 12, 7200s};
  for (std::size_t columns = 1; columns < 120; ++columns) EXPECT_LE(draw(state, columns, false).size(), columns);
}

TEST(Progress, BeforeTheFirstEndAndWithoutATotal) {
  EXPECT_TRUE(contains(draw({"wc", 10, 0, 0, 0s}, 60, false), "0/10   0 %"));
  EXPECT_EQ(draw({"wc", 0, 20, 0, 10s}, 60, false), "wc 20  2.0 jobs/s");
  EXPECT_TRUE(contains(draw({"wc", 10, 10, 0, 10s}, 60, false), "[#########"));
}

}  // namespace
}  // namespace cadre::ctl
