// When a duty is due, whatever clocks were set in between.
#include <gtest/gtest.h>

#include "common/cleanup/due.hpp"

namespace cadre::cleanup {
namespace {

constexpr WallTime now = WallTime{Duration{std::chrono::hours(24 * 365 * 50 + 12) + 30min}};  // half past noon

class Due : public testing::Test {
 protected:
  const Schedule hourly_ = *Schedule::parse("every 1h", "UTC");
  WallTime due(const DutyFacts& facts) const { return due_at(facts, now, hourly_, Seat{}, 10min); }
};

TEST_F(Due, ATurnIsDueWhenAStartHasComeSinceTheLastOne) {
  EXPECT_GT(due({true, now - 1min, 1min, false}), now);
  EXPECT_LE(due({true, now - 61min, 61min, false}), now);
}

TEST_F(Due, AWishIsDueAtOnce) { EXPECT_LE(due({true, now - 1s, 1s, true}), now); }

// A clock that ran a year ahead wrote a turn down, and was set right.
TEST_F(Due, AClockThatWasAheadHoldsNothingUp) {
  const Duration year = std::chrono::hours(24 * 365);
  EXPECT_GT(due({true, now + year, 1min, false}), now) << "it was a minute ago";
  EXPECT_LE(due({true, now + year, 61min, false}), now);
  EXPECT_LE(due({false, now + year, 3h, false}), now) << "so may be the time at which the cluster was made";
  EXPECT_EQ(last_turn({true, now + year, 61min, false}, now), now - 61min);
}

}  // namespace
}  // namespace cadre::cleanup
