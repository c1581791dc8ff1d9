// Single values of a YAML file, changed where they stand.
#include "common/config/edit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "common/config/node.hpp"

namespace cadre::yaml {
namespace {

std::string set(std::string_view text, std::string_view path, std::string_view value) {
  const auto made = with_value(text, path, value);
  return made ? *made : "error: " + made.error();
}
std::string unset(std::string_view text, std::string_view path) {
  const auto made = without_value(text, path);
  return made ? *made : "error: " + made.error();
}
std::map<std::string, std::string> all(std::string_view text) {
  std::map<std::string, std::string> map;
  const auto found = leaves(text);
  if (!found) throw std::runtime_error(found.error());
  for (const Leaf& leaf : *found) map[leaf.path] = leaf.value;
  return map;
}

TEST(YamlEdit, ChangesTheValueAndNothingElse) {
  EXPECT_EQ(set("a: 1 # one\n\nb:\n  c: x     # the c\n  d: y\n", "b.c", "longer"), "a: 1 # one\n\nb:\n  c: longer # the c\n  d: y\n");
  EXPECT_EQ(set("b:\n  c: xxxxxx # the c\n", "b.c", "y"), "b:\n  c: y      # the c\n") << "comments keep their column";
  EXPECT_EQ(set("a:    1\nbb:   2\n", "a", "3"), "a:    3\nbb:   2\n") << "so do values";
  EXPECT_EQ(set("a: \"x # no comment\" # one\n", "a", "y"), "a: y                # one\n");
  EXPECT_EQ(set("a: 'it''s'\n", "a", "1"), "a: 1\n");
  EXPECT_EQ(set("a: 1\r\nb: 2\r\n", "b", "3"), "a: 1\r\nb: 3\r\n");
  EXPECT_EQ(set("a: 1", "a", "1"), "a: 1") << "what is so already is left alone, to the byte";
  EXPECT_EQ(set("a: 1\n", "a", "\"1\""), "a: 1\n");
}

TEST(YamlEdit, TakesWhatThePersonWroteAsYamlOrAsAText) {
  EXPECT_EQ(set("a: 1\n", "a", "[x, \"y z\"]"), "a: [x, y z]\n");
  EXPECT_EQ(set("a: 1\n", "a", "{ocr: 4}"), "a: {ocr: 4}\n");
  EXPECT_EQ(set("a: 1\n", "a", "x, y"), "a: \"x, y\"\n");
  EXPECT_EQ(set("a: 1\n", "a", "every: #1"), "a: \"every: #1\"\n");
  EXPECT_EQ(set("a: 1\n", "a", "30 2 * * *"), "a: \"30 2 * * *\"\n");
  EXPECT_EQ(set("a: 1\n", "a", ""), "a: \"\"\n");
  EXPECT_EQ(set("a: 1\n", "a", "b\nc: d"), "a: \"b\\nc: d\"\n") << "no second key comes in by a value";
  EXPECT_EQ(set("a: 1\n", "a", "*x"), "a: \"*x\"\n");
}

TEST(YamlEdit, ReplacesValuesOfSeveralLines) {
  EXPECT_EQ(set("a:\n  - x # first\n  - y\n# about b\nb: 2\n", "a", "[z]"), "a: [z]\n# about b\nb: 2\n");
  EXPECT_EQ(set("a:\n- x\n- y\nb: 2\n", "a", "[z]"), "a: [z]\nb: 2\n");
  EXPECT_EQ(set("a: [x,\n    y]\nb: 2\n", "a", "z"), "a: z\nb: 2\n");
  EXPECT_EQ(set("a: |\n  x\n  y\nb: 2\n", "a", "z"), "a: z\nb: 2\n");
  EXPECT_EQ(set("a: one\n   two\nb: 2\n", "a", "z"), "a: z\nb: 2\n");
}

TEST(YamlEdit, MakesWhatIsMissing) {
  EXPECT_EQ(set("", "role", "master"), "role: master\n");
  EXPECT_EQ(set("# nothing yet\n", "a.b", "1"), "# nothing yet\na:\n  b: 1\n");
  EXPECT_EQ(set("a: 1\n", "b.c", "2"), "a: 1\nb:\n  c: 2\n");
  EXPECT_EQ(set("b:\n    c: 1   # one\n\n# about d\nd: 2\n", "b.e", "3"), "b:\n    c: 1   # one\n    e: 3\n\n# about d\nd: 2\n");
  EXPECT_EQ(set("a: 1\n", "b.c.d", "2"), "a: 1\nb:\n  c: {d: 2}\n");
  EXPECT_EQ(set("b:\n  c: {d: 1} # few\n", "b.c.e", "2"), "b:\n  c: {d: 1, e: 2} # few\n");
  EXPECT_EQ(set("b: {c: 1}\n", "b.c", "2"), "b: {c: 2}\n");
  EXPECT_EQ(set("b:\nd: 1\n", "b.c", "2"), "b: {c: 2}\nd: 1\n");
  EXPECT_EQ(set("b:\n  x: 1\n", "b.\"my.queue\".keep", "2d"), "b:\n  x: 1\n  my.queue: {keep: 2d}\n");
  EXPECT_EQ(set("b:\n  my.queue:\n    keep: 1d\n", "b.\"my.queue\".keep", "2d"), "b:\n  my.queue:\n    keep: 2d\n");
}

TEST(YamlEdit, TakesKeysOutWithWhatIsEmptyThen) {
  EXPECT_EQ(unset("a: 1\nb:\n  c: 1\n  d: 2\n", "b.c"), "a: 1\nb:\n  d: 2\n");
  EXPECT_EQ(unset("a: 1\nb:\n  c: 1\n", "b.c"), "a: 1\n");
  EXPECT_EQ(unset("a: 1\nb:\n  c: {d: 1}\n", "b.c.d"), "a: 1\n");
  EXPECT_EQ(unset("a: 1\nb:\n  c: {d: 1, e: 2}\n", "b.c.d"), "a: 1\nb:\n  c: {e: 2}\n");
  EXPECT_EQ(unset("a: 1 # x\n", "b.c"), "a: 1 # x\n");
}

TEST(YamlEdit, RefusesWhatItDoesNotUnderstand) {
  EXPECT_NE(set("{a: 1}\n", "a", "2").find("change it by hand: 2"), std::string::npos);
  EXPECT_NE(set("a: 1\na: 2\n", "a", "3").find("error: "), std::string::npos) << "duplicate keys";
  EXPECT_NE(set("a: [1\n", "a", "3").find("error: "), std::string::npos);
  EXPECT_NE(set("- a\n", "a", "3").find("error: "), std::string::npos);
  for (const char* path : {"", ".", "a.", ".a", "a..b", "\"a", "a.\"b\"c"}) EXPECT_NE(set("a: 1\n", path, "2").find("is no path"), std::string::npos) << path;
}

// Each value of the files that everybody starts from: set, and taken out.
TEST(YamlEdit, EveryKeyOfTheDefaultFiles) {
  for (const NodeRole role : {NodeRole::master, NodeRole::extension}) {
    const std::string before = default_config(role);
    const auto values = all(before);
    ASSERT_GT(values.size(), 20u);
    for (const auto& [path, value] : values) {
      auto wanted = values;
      wanted[path] = "\"some # thing\"";
      const std::string with = set(before, path, "some # thing");
      EXPECT_EQ(all(with), wanted) << path;
      EXPECT_EQ(std::ranges::count(with, '#'), std::ranges::count(before, '#') + 1) << "a comment is lost at " << path;
      EXPECT_EQ(set(with, path, value), set(before, path, value)) << "there and back";
      EXPECT_EQ(all(set(with, path, value)), values);
      wanted.erase(path);
      EXPECT_EQ(all(unset(before, path)), wanted) << path;
    }
  }
}

}  // namespace
}  // namespace cadre::yaml
