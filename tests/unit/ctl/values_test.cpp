#include "broker/ctl/values.hpp"

#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

using nlohmann::json;

json parameter(const std::string& assignment) {
  json all = json::object();
  const auto set = set_parameter(all, assignment);
  EXPECT_TRUE(set) << assignment;
  return all;
}

// A person types width=200 and means a number; what is not JSON is text.
TEST(Parameter, IsJsonWhereItParsesAsSuch) {
  EXPECT_EQ(parameter("a=200"), (json{{"a", 200}}));
  EXPECT_EQ(parameter("a=-1.5"), (json{{"a", -1.5}}));
  EXPECT_EQ(parameter("a=true"), (json{{"a", true}}));
  EXPECT_EQ(parameter("a=null"), (json{{"a", nullptr}}));
  EXPECT_EQ(parameter("a={\"b\":[1,2]}"), (json{{"a", {{"b", {1, 2}}}}}));
  EXPECT_EQ(parameter("a=deu"), (json{{"a", "deu"}}));
  EXPECT_EQ(parameter("a="), (json{{"a", ""}}));
  EXPECT_EQ(parameter("a=b=c"), (json{{"a", "b=c"}}));
  EXPECT_EQ(parameter("a=007"), (json{{"a", "007"}}));
  EXPECT_EQ(parameter("a=\"quoted\""), (json{{"a", "\"quoted\""}}));
}

// A float would silently change the last digits of a long number.
TEST(Parameter, LongIntegersKeepTheirDigits) {
  EXPECT_EQ(parameter("a=18446744073709551615"), (json{{"a", std::uint64_t{18446744073709551615u}}}));
  EXPECT_EQ(parameter("a=12345678901234567890123"), (json{{"a", "12345678901234567890123"}}));
  EXPECT_EQ(parameter("a=1e3"), (json{{"a", 1000.0}}));
}

TEST(Parameter, WithoutNameOrValueSaysWhatWasWanted) {
  json all = json::object();
  for (const char* wrong : {"nonsense", "=1", ""}) {
    const auto set = set_parameter(all, wrong);
    ASSERT_FALSE(set) << wrong;
    EXPECT_TRUE(contains(set.error(), "NAME=VALUE"));
  }
  EXPECT_TRUE(all.empty());
}

TEST(Time, ReadsRfc3339) {
  const auto utc = parse_time("2026-11-24T08:33:38Z");
  ASSERT_TRUE(utc);
  EXPECT_EQ(to_string(*utc), "2026-11-24T08:33:38.000Z");
  EXPECT_EQ(parse_time("2026-11-24 09:33:38.5+01:00"), *utc + 500ms);
  EXPECT_EQ(parse_time("2026-11-24T03:03:38-05:30"), *utc);
  EXPECT_EQ(parse_time("2026-11-24T08:33:38.1234567Z"), *utc + 123'456us);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), WallTime{});
  EXPECT_TRUE(parse_time("2024-02-29T00:00:00Z"));
}

TEST(Time, RefusesWhatIsNotOne) {
  for (const char* wrong :
       {"", "5", "2026-11-24", "2026-11-24T08:33Z", "2026-11-24T08:33:38", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T08:60:00Z", "2026-11-24T08:33:38.Z",
        "2026-11-24T08:33:38+1:00", "2026-11-24T08:33:38Zx", "x026-11-24T08:33:38Z"})
    EXPECT_FALSE(parse_time(wrong)) << wrong;
}

TEST(Time, MayBeRelativeToNow) {
  const WallTime now{std::chrono::hours{24 * 365 * 50}};
  const auto later = parse_when("+10m", now);
  ASSERT_TRUE(later);
  EXPECT_EQ(*later, now + 10min);
  EXPECT_FALSE(parse_when("+", now));
  EXPECT_FALSE(parse_when("10m", now));
  EXPECT_TRUE(contains(parse_when("tomorrow", now).error(), "+10m was wanted"));
}

}  // namespace
}  // namespace cadre::ctl
