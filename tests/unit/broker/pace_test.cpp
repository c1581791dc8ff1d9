// The pace of large bodies against a disk that is played: what it settles at, and what it does not depend on.
#include <gtest/gtest.h>

#include "broker/shell/pace.hpp"

namespace cadre {
namespace {

constexpr std::size_t few_rows = 2;

class PaceTest : public testing::Test {
 protected:
  void commits(int count, Duration took, bool beside, std::size_t rows = few_rows, Duration every = 2ms) {
    for (int i = 0; i < count; ++i) pace.small_commit(now += every, took, rows, beside);
  }
  Pace pace;
  Instant now{1h};
};

TEST_F(PaceTest, SetsNoBoundWhileFewSmallJobsCome) {
  EXPECT_EQ(pace.rate(now), 0u);
  commits(10, 1ms, false, few_rows, 200ms);
  EXPECT_EQ(pace.rate(now), 0u);
  commits(500, 1ms, false);
  EXPECT_GT(pace.rate(now), 0u);
  EXPECT_EQ(pace.rate(now + 10s), 0u) << "the small jobs have stopped";
}

TEST_F(PaceTest, GrowsWhileSmallCommitsStayQuick) {
  commits(1000, 1ms, false);
  const auto before = pace.rate(now);
  commits(2500, 1ms, true);
  EXPECT_GT(pace.rate(now), before + before / 2);
}

TEST_F(PaceTest, FallsWhereTheyBecomeSlowButNeverToNothing) {
  commits(1000, 1ms, false);
  const auto before = pace.rate(now);
  commits(1, 30ms, true);
  EXPECT_LT(pace.rate(now), before / 2);
  commits(1000, 30ms, true);
  EXPECT_EQ(pace.rate(now), 4'000'000u);
}

// A disk that takes 20 MB/s: above it, one commit in twenty stands for 20 ms.
TEST_F(PaceTest, SettlesBelowWhatTheDiskTakes) {
  commits(2000, 1ms, false);
  double sum = 0;
  constexpr int seconds = 60;
  for (int i = 0; i < seconds * 500; ++i) {
    const bool stalls = pace.rate(now) > 20'000'000 && i % 20 == 0;
    commits(1, stalls ? 20ms : 1ms, true);
    if (i >= seconds * 250) sum += static_cast<double>(pace.rate(now));
  }
  const double settled = sum / (seconds * 250);
  EXPECT_GT(settled, 8e6);
  EXPECT_LT(settled, 21e6);
}

TEST_F(PaceTest, JudgesNothingByLargeCommits) {
  commits(1000, 1ms, false);
  const auto before = pace.rate(now);
  commits(1000, 50ms, true, 4'000);
  EXPECT_EQ(pace.rate(now), before);
}

}  // namespace
}  // namespace cadre
