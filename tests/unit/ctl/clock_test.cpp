// How far two clocks are apart is known to half of a round trip, and only what is certain is held against them.
#include <gtest/gtest.h>

#include "broker/ctl/doctor_clock.hpp"

namespace cadre::ctl {
namespace {

constexpr WallTime noon{Duration{1'790'000'000'000'000}};

ClockReading reading(Duration offset, Duration round_trip) {
  return {noon, noon + round_trip / 2 + offset, noon + round_trip};
}

TEST(Clock, IsReadInTheMiddleOfTheRoundTrip) {
  EXPECT_EQ(reading(3s, 40ms).offset(), Duration{3s});
  EXPECT_EQ(reading(-3s, 40ms).offset(), Duration{-3s});
  EXPECT_EQ(reading(3s, 40ms).doubt(), Duration{20ms});
}

TEST(Clock, IsJudgedByWhatIsCertain) {
  for (const int sign : {1, -1}) {
    EXPECT_EQ(judge_clock(reading(sign * clock_off_warn, 0s)), CheckState::ok);
    EXPECT_EQ(judge_clock(reading(sign * (clock_off_warn + 1ms), 0s)), CheckState::warning);
    EXPECT_EQ(judge_clock(reading(sign * (clock_off_warn + 1ms), 10ms)), CheckState::ok)
        << "it may be the answer that was late";
    EXPECT_EQ(judge_clock(reading(sign * clock_off_fail, 0s)), CheckState::warning);
    EXPECT_EQ(judge_clock(reading(sign * (clock_off_fail + 1ms), 0s)), CheckState::failed);
  }
  EXPECT_EQ(judge_clock(reading(0s, 5s)), CheckState::ok);
}

}  // namespace
}  // namespace cadre::ctl
