// Ids, time and spread: small, and everything rests on them.
#include <array>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/base/ids.hpp"
#include "common/base/mix.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/base/trace.hpp"

namespace cadre {
namespace {

TEST(JobIds, are_read_as_they_are_written) {
  EXPECT_TRUE(rc::check([](std::uint64_t a, std::uint64_t b) {
    const JobId id = JobId::make(Epoch{1 + a % JobId::epoch_max}, 1 + b % JobId::sequence_max);
    RC_ASSERT(id.epoch().value == 1 + a % JobId::epoch_max);
    RC_ASSERT(id.sequence() == 1 + b % JobId::sequence_max);
    RC_ASSERT(parse_job_id(to_string(id)) == id);
  }));
  EXPECT_EQ(to_string(AttemptId{JobId::make(Epoch{3}, 17), 2}), "3-17/2");
  EXPECT_EQ(to_string(JobId::make(Epoch{JobId::epoch_max}, JobId::sequence_max)), "16777215-1099511627775");
}

TEST(JobIds, grow_with_time) {
  EXPECT_LT(JobId::make(Epoch{1}, JobId::sequence_max), JobId::make(Epoch{2}, 1));
  EXPECT_LT(JobId::make(Epoch{2}, 1), JobId::make(Epoch{2}, 2));
}

TEST(JobIds, nothing_else_is_one) {
  for (const char* bad : {"", "-", "1", "1-", "-1", "0-1", "1-0", "1-1 ", " 1-1", "+1-1", "1--1", "1-1-1", "0x1-1", "16777216-1",
                          "1-1099511627776", "99999999999999999999-1", "key:1-1"})
    EXPECT_FALSE(parse_job_id(bad)) << bad;
}

TEST(Time, is_written_for_people) {
  EXPECT_EQ(to_string(WallTime{}), "-");
  EXPECT_EQ(to_string(WallTime{std::chrono::microseconds(1'795'509'218'123'456)}), "2026-11-24T08:33:38.123Z");
  EXPECT_EQ(to_string(Duration{999}), "999us");
  EXPECT_EQ(to_string(Duration{250ms}), "250ms");
  EXPECT_EQ(to_string(Duration{1500ms}), "1.5s");
  EXPECT_EQ(to_string(Duration{125s}), "2m05s");
  EXPECT_EQ(to_string(Duration{3h + 4min}), "3h04m");
}

// splitmix64 with state 0, as its authors publish it: the first two outputs.
TEST(Mix, is_the_published_finaliser) {
  EXPECT_EQ(mix(0), 0xe220a8397b1dcdafu);
  EXPECT_EQ(mix(0x9e3779b97f4a7c15u), 0x6e789e6aa1b965f4u);
}

TEST(Mix, tells_texts_apart_by_order_and_length) {
  EXPECT_NE(mix("ab"), mix("ba"));
  EXPECT_NE(mix(""), mix(std::string_view("\0", 1)));
  EXPECT_EQ(mix("node-1"), mix(std::string("node-1")));
}

TEST(Spread, is_between_half_and_whole_and_the_same_each_time) {
  EXPECT_TRUE(rc::check([](std::uint32_t whole, std::uint64_t identity) {
    const Duration all{whole};
    const Duration waited = spread(all, identity);
    RC_ASSERT(waited.count() >= all.count() / 2);
    RC_ASSERT(waited <= all);
    RC_ASSERT(spread(all, identity) == waited);
  }));
}

// A herd is spread: a thousand neighbours leave no eighth of the interval empty, and none with more than twice its share.
TEST(Spread, spreads_neighbours) {
  std::array<int, 8> eighths{};
  for (std::uint64_t i = 0; i < 1000; ++i) ++eighths.at(static_cast<std::size_t>((spread(16s, i) - 8s) * 8 / (8s + 1us)));
  for (const int count : eighths) {
    EXPECT_GT(count, 60);
    EXPECT_LT(count, 250);
  }
}

TEST(Result, is_a_value_or_a_sentence) {
  const Result<int> good = 3;
  const Result<int> bad = Error{"etc/x.yaml:3: slots is 0; give at least 1"};
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 3);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), "etc/x.yaml:3: slots is 0; give at least 1");
}

TEST(Trace, formats_only_for_a_listener) {
  struct Lines final : TraceSink {
    void line(std::string text) override { all.push_back(std::move(text)); }
    std::vector<std::string> all;
  } lines;
  Trace{}("nobody hears {}", 1);
  const Trace trace(&lines);
  trace("job {} is {}", 7, "done");
  EXPECT_EQ(lines.all, std::vector<std::string>{"job 7 is done"});
  EXPECT_TRUE(trace.listening());
}

}  // namespace
}  // namespace cadre
