// Each way of asking: what it takes, what it refuses, and what it says then.
#include <gtest/gtest.h>

#include "common/config/yaml.hpp"

namespace cadre::yaml {
namespace {

// Parses "k: VALUE", asks for it, and gives back the message of the one fault ("" for none).
template <class Ask>
std::string told(const std::string& value, Ask ask) {
  Document document = Document::parse("k: " + value + "\n", "f");
  Section root = document.root();
  ask(root);
  document.finish();
  if (document.faults().empty()) return "";
  EXPECT_EQ(document.faults().size(), 1u) << document.report();
  EXPECT_EQ(document.faults()[0].line, 1);
  return document.faults()[0].message;
}

TEST(YamlNumber, IsWholeInRangeAndHasNoLeadingZero) {
  std::uint64_t got = 0;
  const auto ask = [&](Section& root) { got = root.number("k", 1, 1024, 5); };
  EXPECT_EQ(told("8", ask), "");
  EXPECT_EQ(got, 8u);
  EXPECT_EQ(told("\"1024\"", ask), "");
  EXPECT_EQ(got, 1024u);
  const std::string wanted = "k: wanted a whole number from 1 to 1024, found ";
  EXPECT_EQ(told("0", ask), wanted + "\"0\"");
  EXPECT_EQ(got, 5u);
  EXPECT_EQ(told("1025", ask), wanted + "\"1025\"");
  EXPECT_EQ(told("010", ask), wanted + "\"010\"; a leading zero is not allowed");
  EXPECT_EQ(told("-1", ask), wanted + "\"-1\"");
  EXPECT_EQ(told("1.5", ask), wanted + "\"1.5\"");
  EXPECT_EQ(told("0x1F", ask), wanted + "\"0x1F\"");
  EXPECT_EQ(told("1_000", ask), wanted + "\"1_000\"");
  EXPECT_EQ(told("99999999999999999999999", ask), wanted + "\"99999999999999999999999\"");
  EXPECT_EQ(told("", ask), wanted + "nothing");
  EXPECT_EQ(told("[1]", ask), wanted + "a list");
  EXPECT_EQ(told("{a: 1}", ask), wanted + "a mapping");
}

TEST(YamlFlag, IsTrueOrFalseAndNothingElse) {
  bool got = false;
  const auto ask = [&](Section& root) { got = root.flag("k", false); };
  EXPECT_EQ(told("true", ask), "");
  EXPECT_TRUE(got);
  EXPECT_EQ(told("false", ask), "");
  EXPECT_FALSE(got);
  for (const std::string word : {"yes", "on", "y", "True", "1", "ON"}) {
    EXPECT_EQ(told(word, ask), "k: wanted true or false, found \"" + word + "\"; write true");
  }
  for (const std::string word : {"no", "off", "n", "FALSE", "0"}) {
    EXPECT_EQ(told(word, ask), "k: wanted true or false, found \"" + word + "\"; write false");
  }
  EXPECT_EQ(told("maybe", ask), "k: wanted true or false, found \"maybe\"");
}

TEST(YamlTexts, AreTakenAsTheyStand) {
  Document document = Document::parse("a: 010\nb: yes\nc: 'it''s'\nd: [x, \"2\"]\ne:\ng: ''\n", "f");
  Section root = document.root();
  EXPECT_EQ(root.text("a"), "010") << "no guessing of types";
  EXPECT_EQ(root.text("b", ""), "yes");
  EXPECT_EQ(root.text("c"), "it's");
  EXPECT_EQ(root.texts("d"), (std::vector<std::string>{"x", "2"}));
  EXPECT_TRUE(root.texts("e").empty());
  EXPECT_TRUE(root.texts("absent").empty());
  EXPECT_EQ(root.text("absent", "fallback"), "fallback");
  EXPECT_EQ(root.text("g", "fallback"), "") << "empty is a value";
  document.finish();
  EXPECT_EQ(document.report(), "");
}

TEST(YamlTexts, ThatAreRequiredMustBeThereAndNotEmpty) {
  Document document = Document::parse("a: ''\nb: [x]\nc: {d: 1}\n", "f");
  Section root = document.root();
  root.text("a");
  root.text("b");
  root.section("c").text("e");
  root.section("c").has("d");
  root.section("nowhere").text("deep");
  document.finish();
  EXPECT_EQ(document.report(),
            "f: nowhere.deep: is missing; this key is required\n"
            "f:1:4: a: wanted a text, found \"\"\n"
            "f:2:4: b: wanted a text, found a list\n"
            "f:3:1: c.e: is missing; this key is required\n");
}

TEST(YamlTexts, InAListPointToTheItemThatIsNone) {
  Document document = Document::parse("a:\n  - x\n  - [y]\n  -\nb: x\n", "f");
  EXPECT_EQ(document.root().texts("a"), std::vector<std::string>{"x"});
  document.root().texts("b");
  EXPECT_EQ(document.report(),
            "f:3:5: a: wanted a list of texts, found a list\n"
            "f:5:1: a: wanted a list of texts, found nothing\n"
            "f:5:4: b: wanted a list of texts, found \"x\"\n");
}

TEST(YamlChoice, OffersTheWordsAndTheNearestOne) {
  std::size_t got = 9;
  const auto ask = [&](Section& root) { got = root.choice("k", {"master", "extension", "server"}, 7); };
  EXPECT_EQ(told("extension", ask), "");
  EXPECT_EQ(got, 1u);
  EXPECT_EQ(told("mastre", ask),
            "k: wanted one of master, extension, server, found \"mastre\"; did you mean 'master'?");
  EXPECT_EQ(got, 7u);
  EXPECT_EQ(told("x", ask), "k: wanted one of master, extension, server, found \"x\"");
}

TEST(YamlSizesAndTimes, HaveUnitsAndRanges) {
  std::uint64_t size = 0;
  const auto bytes = [&](Section& root) { size = root.bytes("k", 1024, 1ull << 30, 4096); };
  EXPECT_EQ(told("64KiB", bytes), "");
  EXPECT_EQ(size, 65536u);
  const std::string wanted = "k: wanted a size from 1KiB to 1GiB (such as 512, 64KiB, 4GiB, 10MB), found ";
  EXPECT_EQ(told("1023", bytes), wanted + "\"1023\"");
  EXPECT_EQ(told("8M", bytes), wanted + "\"8M\"");
  EXPECT_EQ(told("064KiB", bytes), wanted + "\"064KiB\"; a leading zero is not allowed");
  Duration time{};
  const auto duration = [&](Section& root) { time = root.duration("k", 3s, 24h, 60s); };
  EXPECT_EQ(told("1.5h", duration), "");
  EXPECT_EQ(time, 90min);
  const std::string wanted_time = "k: wanted a time from 3s to 24h (such as 250ms, 30s, 5min, 2h), found ";
  EXPECT_EQ(told("2s", duration), wanted_time + "\"2s\"");
  EXPECT_EQ(told("60", duration), wanted_time + "\"60\"; it needs a unit");
  EXPECT_EQ(time, 60s);
}

TEST(YamlSections, AreReadByNameByListAndByTheUsersOwnKeys) {
  Document document = Document::parse(
      "one: {n: 1}\n"
      "empty:\n"
      "list:\n"
      "  - n: 2\n"
      "    m: 2\n"
      "  - text\n"
      "own:\n"
      "  alpha: {n: 3}\n"
      "  beta: {n: x}\n"
      "wrong: 7\n",
      "f");
  Section root = document.root();
  EXPECT_EQ(root.section("one").number("n", 0, 9, 0), 1u);
  EXPECT_TRUE(root.section("empty").present());
  EXPECT_FALSE(root.section("absent").present());
  EXPECT_EQ(root.section("absent").number("n", 0, 9, 4), 4u);
  const auto list = root.sections("list");
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(Section(list[0]).number("n", 0, 9, 0), 2u);
  auto own = root.entries("own");
  ASSERT_EQ(own.size(), 2u);
  EXPECT_EQ(own[0].first, "alpha");
  EXPECT_EQ(own[0].second.number("n", 0, 9, 0), 3u);
  EXPECT_EQ(own[1].first, "beta");
  EXPECT_EQ(own[1].second.number("n", 0, 9, 5), 5u);
  EXPECT_FALSE(root.section("wrong").present());
  EXPECT_EQ(own[1].second.where("n"), "f:9:13");
  own[0].second.fault("n", "said by the reader");
  own[0].second.fault("absent", "said of the section");
  document.finish();
  EXPECT_EQ(document.report(),
            "f:5:5: unknown key 'm' in 'list[1]'\n"
            "f:6:5: list: wanted a list of mappings, found \"text\"\n"
            "f:8:3: said of the section\n"
            "f:8:14: said by the reader\n"
            "f:9:13: own.beta.n: wanted a whole number from 0 to 9, found \"x\"\n"
            "f:10:8: wrong: wanted a mapping (\"key: value\" lines below it), found \"7\"\n");
}

}  // namespace
}  // namespace cadre::yaml
