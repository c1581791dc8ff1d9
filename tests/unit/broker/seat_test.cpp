// The seat is taken when the database's clock says that it is free, or when its holder has been silent for 1.5 TTL on
// our own clock; never while somebody renews it.
#include <gtest/gtest.h>

#include "broker/core/seat.hpp"

namespace cadre {
namespace {

using Wish = SeatKeeper::Wish;

constexpr SeatKeeper::Policy policy{.ttl = 5s, .renew_every = 1500ms, .look_every = 500ms};

Instant at(Duration since_start) { return Instant{} + 1h + since_start; }

// Looks each half second from `from` to `to`; true when it then wants to take the seat.
bool wants_it(SeatKeeper& seat, Duration from, Duration to, std::uint64_t& renewals, bool holder_lives) {
  for (Duration now = from; now <= to; now += 500ms) {
    if (seat.wish(at(now)) == Wish::take) return true;
    seat.asked(at(now));
    seat.looked(at(now), holder_lives ? ++renewals : renewals, false);
  }
  return seat.wish(at(to + 500ms)) == Wish::take;
}

TEST(Seat, looks_first_and_takes_what_has_expired) {
  SeatKeeper seat(policy);
  EXPECT_EQ(seat.wish(at(0s)), Wish::look);
  seat.asked(at(0s));
  EXPECT_EQ(seat.wish(at(0s)), Wish::nothing) << "one question at a time";
  seat.looked(at(0s), 7, true);
  EXPECT_EQ(seat.wish(at(0s)), Wish::take);
  EXPECT_EQ(seat.stale_renewals(), std::nullopt);
}

TEST(Seat, waits_for_ever_while_the_holder_renews) {
  SeatKeeper seat(policy);
  std::uint64_t renewals = 1;
  EXPECT_FALSE(wants_it(seat, 0s, 60s, renewals, true));
}

TEST(Seat, takes_it_from_a_holder_that_has_been_still_for_one_and_a_half_ttl) {
  SeatKeeper seat(policy);
  std::uint64_t renewals = 1;
  EXPECT_FALSE(wants_it(seat, 0s, 6900ms, renewals, false));
  EXPECT_TRUE(wants_it(seat, 7s, 8s, renewals, false));
  EXPECT_EQ(seat.stale_renewals(), 1u) << "the store takes it only if nobody has renewed meanwhile";
}

TEST(Seat, counts_anew_when_the_holder_moves) {
  SeatKeeper seat(policy);
  std::uint64_t renewals = 1;
  EXPECT_FALSE(wants_it(seat, 0s, 6s, renewals, false));
  ++renewals;
  EXPECT_FALSE(wants_it(seat, 6500ms, 13s, renewals, false));
  EXPECT_TRUE(wants_it(seat, 13500ms, 15s, renewals, false));
}

TEST(Seat, renews_counted_from_before_the_question_was_sent) {
  SeatKeeper seat(policy);
  seat.asked(at(0s));
  seat.granted(Epoch{3});
  EXPECT_EQ(seat.epoch(), Epoch{3});
  EXPECT_EQ(seat.wish(at(1499ms)), Wish::nothing);
  EXPECT_EQ(seat.wish(at(1500ms)), Wish::renew);
  seat.asked(at(1500ms));
  seat.away(at(4s));
  EXPECT_EQ(seat.wish(at(4s)), Wish::nothing);
  EXPECT_EQ(seat.wish(at(4500ms)), Wish::renew) << "an unanswered renewal is asked again";
}

TEST(Seat, goes_back_to_looking_when_another_was_faster) {
  SeatKeeper seat(policy);
  seat.asked(at(0s));
  seat.looked(at(0s), 1, true);
  seat.asked(at(0s));
  seat.denied(at(0s));
  EXPECT_EQ(seat.epoch(), std::nullopt);
  EXPECT_EQ(seat.wish(at(500ms)), Wish::look);
}

}  // namespace
}  // namespace cadre
