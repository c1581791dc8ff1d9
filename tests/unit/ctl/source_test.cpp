#include "broker/ctl/source.hpp"

#include <sys/stat.h>

#include "broker/ctl/files.hpp"
#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

constexpr std::uint64_t plenty = 1u << 20;

Source::Plan plan(std::vector<std::filesystem::path> files) {
  Source::Plan made;
  made.files = std::move(files);
  made.bytes_max = plenty;
  return made;
}

TEST(Source, WithoutFilesIsOneEmptyPayload) {
  Source source(plan({}));
  EXPECT_EQ(source.total(), 1u);
  const auto piece = source.next();
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->payload, "");
  EXPECT_FALSE(source.next());
}

// Keys of a batch differ by the files' names, so that a second run repeats and does not double.
TEST(Source, EachFileIsOneJob) {
  const Directory directory;
  auto wanted = plan({directory.write("a.txt", "A"), directory.write("sub/b.txt", std::string("B\0", 2))});
  wanted.each = true;
  Source source(wanted);
  EXPECT_EQ(source.total(), 2u);
  const auto a = source.next(), b = source.next();
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->suffix, "a.txt");
  EXPECT_EQ(a->payload, "A");
  EXPECT_EQ(b->suffix, "b.txt");
  EXPECT_EQ(b->payload, std::string("B\0", 2));
  EXPECT_FALSE(source.next());
}

TEST(Source, FilesAreReadWhenTheirTurnComes) {
  const Directory directory;
  auto wanted = plan({directory.write("a", "A"), directory.write("b", "B")});
  wanted.each = true;
  Source source(wanted);
  directory.write("b", "changed later");
  EXPECT_EQ(source.next()->payload, "A");
  EXPECT_EQ(source.next()->payload, "changed later");
}

TEST(Source, MissingFilesAreSaidBeforeAnythingIsDone) {
  const Directory directory;
  auto wanted = plan({directory.write("a", "A"), directory.file("nope")});
  wanted.each = true;
  const auto stop = stop_of([&] { Source source(wanted); });
  EXPECT_EQ(stop.code, Exit::no_input);
  EXPECT_TRUE(contains(stop.message, "nope"));
  EXPECT_EQ(stop_of([&] { Source source(plan({directory.file("")})); }).code, Exit::no_input);  // a directory
}

TEST(Source, TwoFilesOfOneNameWouldBeOneKey) {
  const Directory directory;
  auto wanted = plan({directory.write("x/a", "1"), directory.write("y/a", "2")});
  wanted.each = true;
  EXPECT_EQ(stop_of([&] { Source source(wanted); }).code, Exit::usage);
}

TEST(Source, EachLineIsOneJob) {
  const Directory directory;
  auto wanted = plan({directory.write("lines", "one\r\n\nthree")});
  wanted.lines = true;
  Source source(wanted);
  EXPECT_EQ(source.total(), 3u);
  const auto one = source.next(), two = source.next(), three = source.next();
  ASSERT_TRUE(one && two && three);
  EXPECT_EQ(one->payload, "one");
  EXPECT_EQ(one->suffix, "1");
  EXPECT_EQ(two->payload, "");
  EXPECT_EQ(three->payload, "three");
  EXPECT_EQ(three->label, directory.file("lines").string() + ":3");
  EXPECT_FALSE(source.next());
}

TEST(Source, ByPathSendsTheAbsolutePath) {
  const Directory directory;
  auto wanted = plan({directory.write("sub/../a", "A")});
  wanted.by_path = true;
  Source source(wanted);
  EXPECT_EQ(source.next()->payload, directory.file("a").string());
}

TEST(Source, TooMuchNamesTheLimitAndTheWayOut) {
  const Directory directory;
  for (const bool lines : {false, true}) {
    auto wanted = plan({directory.write("big", std::string(1001, 'x'))});
    wanted.lines = lines;
    wanted.bytes_max = 1000;
    Source source(wanted);
    const auto stop = stop_of([&] { source.next(); });
    EXPECT_EQ(stop.code, Exit::bad_data);
    EXPECT_TRUE(contains(stop.message, "1000 B"));
    EXPECT_TRUE(contains(stop.message, "--by-path"));
  }
  auto wanted = plan({directory.write("fits", std::string(1000, 'x'))});
  wanted.bytes_max = 1000;
  EXPECT_EQ(Source(wanted).next()->payload.size(), 1000u);
}

TEST(Results, AreWrittenWholeAndReplaceOlderOnes) {
  const Directory directory;
  directory.write("out/a.txt", "older and longer");
  write_results({{"a.txt", "new"}, {"b.bin", std::string("\0\xff", 2)}}, directory.file("out"));
  EXPECT_EQ(directory.read("out/a.txt"), "new");
  EXPECT_EQ(directory.read("out/b.bin"), std::string("\0\xff", 2));
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.file("out"))) ++files;
  EXPECT_EQ(files, 2u);  // no drafts stay behind
}

// Names come over the network.
TEST(Results, NeverLeaveTheirDirectory) {
  const Directory directory;
  for (const char* name : {"../evil", "/etc/evil", "a/b", ".hidden", ""}) {
    const auto stop = stop_of([&] { write_results({{"good", "x"}, {name, "x"}}, directory.file("out")); });
    EXPECT_EQ(stop.code, Exit::bad_data) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(directory.file("out")));
}

TEST(Results, SayWhereTheyCannotBeWritten) {
  const Directory directory;
  directory.write("file", "x");
  const auto stop = stop_of([&] { write_results({{"a", "x"}}, directory.file("file")); });
  EXPECT_EQ(stop.code, Exit::no_output);
  EXPECT_TRUE(contains(stop.message, directory.file("file").string()));
}

}  // namespace
}  // namespace cadre::ctl
