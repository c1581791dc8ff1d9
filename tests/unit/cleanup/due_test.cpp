// When a duty is due, whatever clocks were set in between.
#include <gtest/gtest.h>

#include "common/cleanup/due.hpp"

namespace cadre::cleanup {
namespace {

constexpr WallTime noon = WallTime{Duration{std::chrono::hours(24 * 365 * 50 + 12)}};

class Due : public testing::Test {
 protected:
  const Schedule hourly_ = *Schedule::parse("every 1h", "UTC");
  WallTime due(const DutyFacts& facts) const { return due_at(facts, noon, hourly_, Seat{}, 10min); }
};

TEST_F(Due, ATurnIsDueWhenAStartHasComeSinceTheLastOne) {
  EXPECT_GT(due({true, noon - 1min, 1min, false}), noon);
  EXPECT_LE(due({true, noon - 61min, 61min, false}), noon);
}

TEST_F(Due, AWishIsDueAtOnce) { EXPECT_LE(due({true, noon - 1s, 1s, true}), noon); }

// A clock that ran a year ahead wrote a turn down, and was set right.
TEST_F(Due, AClockThatWasAheadHoldsNothingUp) {
  const Duration year = std::chrono::hours(24 * 365);
  EXPECT_GT(due({true, noon + year, 1min, false}), noon) << "it was a minute ago";
  EXPECT_LE(due({true, noon + year, 61min, false}), noon);
  EXPECT_LE(due({false, noon + year, 3h, false}), noon) << "so may be the time at which the cluster was made";
  EXPECT_EQ(last_turn({true, noon + year, 61min, false}, noon), noon - 61min);
}

}  // namespace
}  // namespace cadre::cleanup
