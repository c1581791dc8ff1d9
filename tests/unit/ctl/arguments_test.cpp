#include "broker/ctl/arguments.hpp"

#include <CLI/CLI.hpp>

#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

struct Parsed {
  Duration duration{};
  std::uint64_t bytes = 0;
  WallTime time{};
  std::vector<std::string> words, rest;
};

Parsed parse(const std::string& line) {
  Parsed parsed;
  CLI::App app;
  Arguments args(app);
  args.add_duration("--time-limit", parsed.duration, "");
  args.add_bytes("--memory-limit", parsed.bytes, "");
  args.add_when("--not-before", parsed.time, "");
  args.add_repeated("-p", parsed.words, "");
  args.add_option("REST", parsed.rest, "");
  app.parse(line);
  return parsed;
}

TEST(ArgumentsTest, TakeUnits) {
  const auto parsed = parse("--time-limit 5m --memory-limit 512MiB --not-before 2026-11-24T08:33:38Z");
  EXPECT_EQ(parsed.duration, 5min);
  EXPECT_EQ(parsed.bytes, 512u << 20);
  EXPECT_EQ(to_string(parsed.time), "2026-11-24T08:33:38.000Z");
}

TEST(ArgumentsTest, SayWhatWasWanted) {
  for (const char* wrong : {"--time-limit x", "--time-limit=-5s", "--memory-limit huge", "--not-before soon"}) {
    try {
      parse(wrong);
      FAIL() << wrong << " was taken";
    } catch (const CLI::ParseError& error) {
      EXPECT_TRUE(contains(error.what(), "was wanted")) << wrong;
    }
  }
}

// `submit ENGINE -p a=1 -p b=2 FILE`: the file is a file.
TEST(ArgumentsTest, RepeatedOnesDoNotSwallowWhatFollows) {
  const auto parsed = parse("-p a=1 one -p b=2 two three");
  EXPECT_EQ(parsed.words, (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_EQ(parsed.rest, (std::vector<std::string>{"one", "two", "three"}));
}

// What a target can be, and what can be asked of a value: each refused with a word about it.
TEST(ArgumentsTest, CheckWhatIsGiven) {
  struct {
    std::string word;
    int number = 3;
    std::uint64_t count = 0;
    std::optional<std::uint16_t> port;
    bool flag = false;
    std::vector<std::filesystem::path> files;
  } is;
  const auto complaint = [&](const std::string& line) -> std::string {
    CLI::App app;
    Arguments args(app);
    args.add_option("--word", is.word, "").one_of({"bash", "python"});
    args.add_option("--number", is.number, "").between(-100, 100);
    args.add_option("--count", is.count, "").positive();
    args.add_option("--port", is.port, "");
    const auto flag = args.add_flag("--flag", is.flag, "");
    const auto file = args.add_option("FILES", is.files, "").existing_file().excludes(flag);
    try {
      app.parse(line);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    EXPECT_EQ(file.given(), !is.files.empty());
    return "";
  };
  EXPECT_EQ(complaint("--word bash --number -100 --count 18446744073709551615 --port 80 /etc/passwd"), "");
  EXPECT_EQ(is.word, "bash");
  EXPECT_EQ(is.number, -100);
  EXPECT_EQ(is.count, UINT64_MAX);
  EXPECT_EQ(is.port, 80);
  EXPECT_EQ(is.files, (std::vector<std::filesystem::path>{"/etc/passwd"}));
  is.files.clear();
  EXPECT_EQ(complaint("--flag"), "");
  EXPECT_TRUE(is.flag);
  EXPECT_TRUE(contains(complaint("--word perl"), "perl"));
  EXPECT_TRUE(contains(complaint("--number 101"), "101"));
  EXPECT_TRUE(contains(complaint("--count 0"), "0"));
  EXPECT_TRUE(contains(complaint("--port 65536"), "--port"));
  EXPECT_TRUE(contains(complaint("/no/such/file"), "/no/such/file"));
  EXPECT_TRUE(contains(complaint("--flag /etc/passwd"), "--flag"));
}

}  // namespace
}  // namespace cadre::ctl
