// Times and sizes as people write them, exactly or not at all; and the word that was probably meant.
#include "common/config/words.hpp"

#include <gtest/gtest.h>

#include "common/config/yaml.hpp"

namespace cadre::yaml {
namespace {

TEST(Words, DurationsAreReadExactly) {
  EXPECT_EQ(parse_duration("250ms"), Duration{250ms});
  EXPECT_EQ(parse_duration("7us"), Duration{7us});
  EXPECT_EQ(parse_duration("30s"), Duration{30s});
  EXPECT_EQ(parse_duration("30 s"), Duration{30s});
  EXPECT_EQ(parse_duration("5m"), Duration{5min});
  EXPECT_EQ(parse_duration("10min"), Duration{10min});
  EXPECT_EQ(parse_duration("1.5h"), Duration{90min});
  EXPECT_EQ(parse_duration("0.000001s"), Duration{1us});
  EXPECT_EQ(parse_duration("30d"), Duration{24h * 30});
  EXPECT_EQ(parse_duration("0"), Duration{0});
  EXPECT_EQ(parse_duration("0s"), Duration{0});
  EXPECT_EQ(parse_duration("106751991d"), Duration{24h * 106'751'991LL}) << "the largest that fits";
  for (const char* bad :
       {"",     "s",     "10",         "-1s",       "+1s", "010s",  "1,5h",       "1.s",
        ".5s",  "1.5us", "0.0000001s", "5 minutes", "10S", "1h30m", "106751992d", "99999999999999999999s",
        "1e3s", " 1s",   "1s ",        "1  s",      "0x1s"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(Words, DurationsAlsoAsIso8601) {
  EXPECT_EQ(parse_duration("P30D"), Duration{24h * 30});
  EXPECT_EQ(parse_duration("P4W"), Duration{24h * 28});
  EXPECT_EQ(parse_duration("PT12H"), Duration{12h});
  EXPECT_EQ(parse_duration("P1DT6H30M0.5S"), Duration{30h + 30min + 500ms});
  EXPECT_EQ(parse_duration("PT0S"), Duration{0});
  for (const char* wrong : {"P", "PT", "P1", "P1Y", "P1M", "PT1D", "P1DT", "P1H", "PT1M1H", "P1D1D", "P-1D", "P 1D", "p1d", "P1.5", "P999999999999W", "PT9223372036854S1S"})
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
}

TEST(Words, SizesAreReadExactly) {
  EXPECT_EQ(parse_bytes("512"), 512u);
  EXPECT_EQ(parse_bytes("512B"), 512u);
  EXPECT_EQ(parse_bytes("64KiB"), 65536u);
  EXPECT_EQ(parse_bytes("1.5GiB"), 3ull << 29);
  EXPECT_EQ(parse_bytes("10MB"), 10'000'000u);
  EXPECT_EQ(parse_bytes("4 GiB"), 4ull << 30);
  EXPECT_EQ(parse_bytes("2TiB"), 2ull << 40);
  EXPECT_EQ(parse_bytes("0"), 0u);
  for (const char* bad : {"", "B", "8M", "8K", "-1", "01", "1.5", "0.3KiB", "8mib", "9223372036854775808", "8388608TiB",
                          "1 ", "1MiB/s"}) {
    EXPECT_EQ(parse_bytes(bad), std::nullopt) << bad;
  }
}

// A number with 40 decimals must not overflow its scale.
TEST(Words, FractionsAreBounded) {
  EXPECT_EQ(parse_bytes("1." + std::string(9, '0') + "KiB"), 1024u);
  EXPECT_EQ(parse_bytes("1." + std::string(40, '0') + "KiB"), std::nullopt);
}

TEST(Words, WhatIsPrintedIsReadBackTheSame) {
  for (const Duration time : {Duration{1us}, Duration{999us}, Duration{250ms}, Duration{1500ms}, Duration{60s},
                              Duration{90s}, Duration{10min}, Duration{24h}, Duration{24h * 30}, Duration{0}}) {
    EXPECT_EQ(parse_duration(duration_word(time)), time) << duration_word(time);
  }
  EXPECT_EQ(duration_word(60s), "60s");
  EXPECT_EQ(duration_word(24h), "24h");
  EXPECT_EQ(duration_word(24h * 30), "30d");
  for (const std::uint64_t size : {0ull, 1ull, 1023ull, 1024ull, 8ull << 20, 4ull << 30, (4ull << 30) + 1}) {
    EXPECT_EQ(parse_bytes(bytes_word(size)), size) << bytes_word(size);
  }
  EXPECT_EQ(bytes_word(8u << 20), "8MiB");
}

TEST(Words, TheNearestIsWithinTwoEditsAndLessThanHalf) {
  const std::vector<std::string> known = {"engine_path", "slots", "name", "role", "tls"};
  EXPECT_EQ(nearest("engin_path", known), "engine_path");
  EXPECT_EQ(nearest("enginepaths", known), "engine_path");
  EXPECT_EQ(nearest("slot", known), "slots");
  EXPECT_EQ(nearest("solts", known), "slots") << "swapped neighbours are one edit";
  EXPECT_EQ(nearest("rloe", known), "role");
  EXPECT_EQ(nearest("wroker", {"broker", "worker"}), "worker") << "of equals, the one that begins the same";
  EXPECT_EQ(nearest("orker", {"broker", "worker"}), "worker");
  EXPECT_EQ(nearest("neam", known), std::nullopt) << "two edits are half of the word";
  EXPECT_EQ(nearest("completely", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace cadre::yaml
