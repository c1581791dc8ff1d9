// What is wrong with the form of a file is told once, in order, with the exact place and a sentence to act on.
#include "common/config/yaml.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cadre::yaml {
namespace {

struct Case {
  const char* name;
  std::string text;
  std::string report;
};

std::string nested(int levels) {
  std::string text = "a: ";
  for (int i = 0; i < levels; ++i) text += "[";
  for (int i = 0; i < levels; ++i) text += "]";
  return text + "\n";
}

std::string many(int values) {
  std::string text = "a:\n";
  for (int i = 0; i < values; ++i) text += "  - x\n";
  return text;
}

// Reads nothing but the key "a", so every other key is unknown.
std::string read_a(const std::string& text) {
  Document document = Document::parse(text, "f.yaml");
  document.root().has("a");
  document.finish();
  return document.report();
}

std::string case_name(const testing::TestParamInfo<Case>& tested) { return tested.param.name; }

class BadForm : public testing::TestWithParam<Case> {};

TEST_P(BadForm, IsToldWithItsPlace) { EXPECT_EQ(read_a(GetParam().text), GetParam().report); }

INSTANTIATE_TEST_SUITE_P(
    Yaml, BadForm,
    testing::Values(
        Case{"unclosed_list", "a: [1, 2\nb: 3\n", "f.yaml:2:2: not valid YAML: end of sequence flow not found\n"},
        Case{"unclosed_quote", "a: \"x\nb: 2\n", "f.yaml:1:4: the quote that opens here is never closed\n"},
        Case{"unclosed_single_quote", "a: 1\nb: 'it''s\n", "f.yaml:2:4: the quote that opens here is never closed\n"},
        Case{"escaped_last_quote", "a: \"x\\\"\n", "f.yaml:1:4: the quote that opens here is never closed\n"},
        Case{"unclosed_key", "\"a: 1\n", "f.yaml:1:1: the quote that opens here is never closed\n"},
        Case{"latin_1", "a: 1\nb: \xc3\xb6\xf6 # \xf6\n",
             "f.yaml:2:5: byte 246 is not UTF-8; save the file in the encoding UTF-8\n"},
        Case{"bad_indentation", "a: 1\n  b: 2\n", "f.yaml:2:4: not valid YAML: illegal map value\n"},
        Case{"tab_first", "a: 1\n\tb: 2\n", "f.yaml:2:1: tabs are not allowed in YAML indentation; use spaces\n"},
        Case{"tab_after_spaces", "a:\n  \tb: 2\n \tc: 3\n",
             "f.yaml:2:3: tabs are not allowed in YAML indentation; use spaces\n"
             "f.yaml:3:2: tabs are not allowed in YAML indentation; use spaces\n"},
        Case{"end_of_file_byte", std::string("a: 1\nb\x04: 2\n"),
             "f.yaml:2:2: a control character (byte 4) is not allowed in this file\n"},
        Case{"nul_by_escape", "a: \"x\\0y\"\n", "f.yaml:1:4: a text must not contain a NUL character\n"},
        Case{"duplicate", "a: 1\na: 2\n", "f.yaml:2:1: duplicate key 'a'; the first is on line 1\n"},
        Case{"duplicate_below", "a:\n  b:\n    c: 1\n    d: 1\n    c: 2\n",
             "f.yaml:5:5: duplicate key 'c' in 'a.b'; the first is on line 3\n"},
        Case{"duplicate_in_list", "a:\n  - {c: 1}\n  - {c: 1, c: 2}\n",
             "f.yaml:3:12: duplicate key 'c' in 'a[2]'; the first is on line 3\n"},
        Case{"anchor_and_alias", "a:\n  x: &one 1\n  y: *one\n",
             "f.yaml:2:6: anchors (&one) are not allowed; write the value out where it is needed\n"
             "f.yaml:3:6: aliases (*name) are not allowed; write the value out\n"},
        Case{"unknown_alias", "a: *nobody\n", "f.yaml:1:4: not valid YAML: the referenced anchor is not defined\n"},
        Case{"merge_key", "a:\n  <<: {x: 1}\n", "f.yaml:2:3: merge keys (<<) are not allowed; write the values out\n"},
        Case{"tag", "a: !!int 7\n",
             "f.yaml:1:4: tags (tag:yaml.org,2002:int) are not allowed; write the value alone\n"},
        Case{"two_documents", "a: 1\n---\na: 2\n",
             "f.yaml:2:1: a second YAML document begins here; put everything into one\n"},
        Case{"list_at_top", "- a\n- b\n",
             "f.yaml:1:1: wanted keys and values (\"key: value\") at the top of the file, found a list\n"},
        Case{"text_at_top", "hello\n",
             "f.yaml:1:1: wanted keys and values (\"key: value\") at the top of the file, found a single text\n"},
        Case{"null_key", "~: 1\n", "f.yaml:1:1: a key must be a text, found nothing\n"},
        Case{"list_as_key", "? [x]\n: 1\n", "f.yaml:1:3: a key must be a text, found a list or mapping\n"},
        Case{"too_deep", nested(16), "f.yaml:1:19: nested deeper than 16 levels\n"},
        Case{"much_too_deep", nested(100'000), "f.yaml:1:19: nested deeper than 16 levels\n"},
        Case{"too_many", many(10'000), "f.yaml:10000:5: more than 10000 values in one file\n"},
        Case{"unknown_keys", "a: 1\nzebra: 2\nb: 3\n",
             "f.yaml:2:1: unknown key 'zebra'\nf.yaml:3:1: unknown key 'b'\n"},
        Case{"place_after_umlauts", "a: 1\n\"\xc3\xb6\xc3\xb6\": {x: 1, x: 2}\n",
             "f.yaml:2:1: unknown key '\xc3\xb6\xc3\xb6'\n"
             "f.yaml:2:14: duplicate key 'x' in '\xc3\xb6\xc3\xb6'; the first is on line 2\n"}),
    case_name);

class GoodForm : public testing::TestWithParam<Case> {};

TEST_P(GoodForm, HasNoFaults) { EXPECT_EQ(read_a(GetParam().text), ""); }

INSTANTIATE_TEST_SUITE_P(Yaml, GoodForm,
                         testing::Values(Case{"empty", "", ""}, Case{"comments", "# nothing\n\n", ""},
                                         Case{"marker", "---\na: 1\n", ""}, Case{"end_marker", "a: 1\n...\n", ""},
                                         Case{"quotes", "a: [\"x\\\"\", '', 'it''s', \"\", \"a\n  b\"]\n", ""},
                                         Case{"no_last_newline", "a: 1", ""}, Case{"dos_lines", "a: 1\r\n", ""},
                                         Case{"byte_order_mark",
                                              "\xef\xbb\xbf"
                                              "a: 1\n",
                                              ""},
                                         Case{"tab_inside", "a: \"x\ty\"\t# z\n", ""},
                                         Case{"as_deep_as_allowed", nested(15), ""},
                                         Case{"as_many_as_allowed", many(9'998), ""},
                                         Case{"text_blocks", "a: |\n  one\n  two\n", ""}),
                         case_name);

// A parse error says it all: that required keys are then missing as well would be noise.
TEST(Yaml, ABrokenFileIsOneFault) {
  Document document = Document::parse("a: [\n", "f.yaml");
  Section root = document.root();
  EXPECT_FALSE(root.present());
  EXPECT_EQ(root.text("name"), "");
  EXPECT_EQ(root.number("slots", 1, 9, 7), 7u);
  EXPECT_FALSE(root.section("broker").present());
  root.fault("name", "said by the reader");
  document.finish();
  EXPECT_EQ(document.faults().size(), 1u) << document.report();
}

TEST(Yaml, AnUnknownKeyNamesItsSectionAndTheNearestKnownOne) {
  Document document = Document::parse("node:\n  engin_path: x\n  slots: 1\nworkr: {}\n", "node.yaml");
  Section root = document.root();
  Section node = root.section("node");
  node.text("engine_path", "");
  node.number("slots", 1, 9, 1);
  root.section("worker").number("slots", 1, 9, 1);
  document.finish();
  EXPECT_EQ(document.report(),
            "node.yaml:2:3: unknown key 'engin_path' in 'node'; did you mean 'engine_path'?\n"
            "node.yaml:4:1: unknown key 'workr'; did you mean 'worker'?\n");
}

// Whoever mends a file wants to mend it once: form, values and unknown keys come together, in order of line.
TEST(Yaml, AllFaultsComeAtOnceInOrder) {
  Document document = Document::parse(
      "slots: eight\n"
      "name: 'a b'\n"
      "slots: 9\n"
      "broker:\n"
      "  ttl: 10\n"
      "  <<: *base\n",
      "node.yaml");
  EXPECT_EQ(document.report(),
            "node.yaml:3:1: duplicate key 'slots'; the first is on line 1\n"
            "node.yaml:6:3: merge keys (<<) are not allowed; write the values out\n"
            "node.yaml:6:7: not valid YAML: the referenced anchor is not defined\n")
      << "after this nothing more can be read";

  document = Document::parse(
      "slots: eight\n"
      "name: 'a b'\n"
      "slots: 9\n"
      "broker:\n"
      "  <<: {}\n"
      "  ttl: 10\n"
      "  tls: yes\n"
      "  tlt: 1\n",
      "node.yaml");
  Section root = document.root();
  Section broker = root.section("broker");
  EXPECT_EQ(broker.duration("ttl", 1s, 24h, 60s), 60s);
  EXPECT_FALSE(broker.flag("tls", false));
  EXPECT_EQ(broker.text("address"), "");
  EXPECT_EQ(root.name("name"), "");
  EXPECT_EQ(root.number("slots", 1, 1024, 4), 4u);
  EXPECT_EQ(root.number("slots", 1, 1024, 4), 4u) << "asked twice, told once";
  EXPECT_EQ(root.text("role"), "");
  document.finish();
  EXPECT_EQ(document.report(),
            "node.yaml:1:1: role: is missing; this key is required\n"
            "node.yaml:1:8: slots: wanted a whole number from 1 to 1024, found \"eight\"\n"
            "node.yaml:2:7: name: wanted a name of 1 to 64 characters A-Z a-z 0-9 . _ -, found \"a b\"\n"
            "node.yaml:3:1: duplicate key 'slots'; the first is on line 1\n"
            "node.yaml:4:1: broker.address: is missing; this key is required\n"
            "node.yaml:5:3: merge keys (<<) are not allowed; write the values out\n"
            "node.yaml:6:8: broker.ttl: wanted a time from 1s to 24h (such as 250ms, 30s, 5min, 2h), found \"10\"; "
            "it needs a unit\n"
            "node.yaml:7:8: broker.tls: wanted true or false, found \"yes\"; write true\n"
            "node.yaml:8:3: unknown key 'tlt' in 'broker'; did you mean 'tls'?\n");
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "cadre-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(Files, AreReadAndNamed) {
  const auto path = directory_ / "good.yaml";
  std::ofstream(path) << "name: n1\nb: 1\n";
  Document document = Document::load(path);
  EXPECT_EQ(document.root().name("name"), "n1");
  EXPECT_EQ(document.root().where("name"), path.string() + ":1:7");
  document.finish();
  EXPECT_EQ(document.report(), path.string() + ":2:1: unknown key 'b'\n");
}

TEST_F(Files, ThatCannotBeReadAreOneFault) {
  const auto told = [](const std::filesystem::path& path) {
    Document document = Document::load(path);
    document.root().text("name");
    document.finish();
    return document.report();
  };
  const std::string missing = (directory_ / "missing.yaml").string();
  EXPECT_EQ(told(missing), missing + ": cannot be read: No such file or directory\n");
  EXPECT_EQ(told(directory_), directory_.string() + ": cannot be read: it is a directory\n");
  const auto large = directory_ / "large.yaml";
  std::ofstream(large) << std::string((1u << 20) + 1, '#');
  EXPECT_EQ(told(large), large.string() + ": is larger than 1 MiB; that is no configuration file\n");
}

}  // namespace
}  // namespace cadre::yaml
