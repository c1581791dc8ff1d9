// The lease counts from before the beat was sent that the broker heard, and is given up at 0.8 of it.
#include <gtest/gtest.h>

#include "worker/core/membership.hpp"

namespace cadre {
namespace {

Instant at(Duration since_start) { return Instant{} + 1h + since_start; }

Membership welcomed() {
  Membership membership({}, {SessionId{1}, 2, "host", "cadre"});
  (void)membership.said_hello(at(0s));
  membership.welcome(at(100ms), Epoch{5}, 10s, 1s);
  return membership;
}

TEST(Membership, greets_until_it_is_welcomed_at_its_own_pace) {
  Membership membership({}, {SessionId{1}, 2, "host", "cadre"});
  EXPECT_TRUE(membership.hello_due(at(0s)));
  (void)membership.said_hello(at(0s));
  EXPECT_FALSE(membership.hello_due(at(999ms)));
  EXPECT_TRUE(membership.hello_due(at(1s)));
  membership.welcome(at(1s), Epoch{5}, 10s, 1s);
  EXPECT_FALSE(membership.hello_due(at(5s)));
  membership.unwelcome(at(5s));
  EXPECT_TRUE(membership.hello_due(at(5s)));
}

TEST(Membership, loses_the_lease_at_four_fifths_counted_from_the_last_beat_that_was_heard) {
  Membership membership = welcomed();
  EXPECT_FALSE(membership.lease_lost(at(7999ms)));
  EXPECT_TRUE(membership.lease_lost(at(8s))) << "the hello was said at 0 s";
  const auto number = membership.said_beat(at(3s));
  EXPECT_TRUE(membership.beat_heard(at(6s), Epoch{5}, number));
  EXPECT_FALSE(membership.lease_lost(at(10999ms)));
  EXPECT_TRUE(membership.lease_lost(at(11s))) << "from 3 s, when it was said, not from 6 s";
}

TEST(Membership, takes_no_renewal_from_another_term_and_none_twice) {
  Membership membership = welcomed();
  const auto number = membership.said_beat(at(3s));
  EXPECT_FALSE(membership.beat_heard(at(4s), Epoch{4}, number));
  EXPECT_FALSE(membership.beat_heard(at(4s), Epoch{5}, number + 1)) << "never said";
  EXPECT_TRUE(membership.beat_heard(at(4s), Epoch{5}, number));
  EXPECT_FALSE(membership.beat_heard(at(5s), Epoch{5}, number));
}

}  // namespace
}  // namespace cadre
