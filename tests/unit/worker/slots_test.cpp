// Each assign number starts at most one attempt, and only as much work waits for a slot as is done soon.
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "worker/core/slots.hpp"

namespace cadre {
namespace {

TEST(SeenNumbers, tells_the_first_time_from_every_other) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& deliveries) {
    SeenNumbers seen;
    std::set<std::uint64_t> model;
    for (const std::uint8_t one : deliveries) {
      const std::uint64_t number = 1 + one % 40;
      RC_ASSERT(seen.insert(number) == model.insert(number).second);
      RC_ASSERT(seen.highest() == *model.rbegin());
    }
  }));
}

TEST(SeenNumbers, takes_no_room_for_gaps_and_order) {
  SeenNumbers seen;
  for (std::uint64_t number = 1000; number < 200'000; number += 2) EXPECT_TRUE(seen.insert(number));
  for (std::uint64_t number = 1001; number < 200'000; number += 2) EXPECT_TRUE(seen.insert(number));
  EXPECT_EQ(seen.runs(), 1u) << "what went to another session never comes";
  EXPECT_TRUE(seen.insert(999));
  EXPECT_TRUE(seen.insert(1));
  EXPECT_EQ(seen.runs(), 2u);
}

TEST(RunTime, lets_nothing_wait_before_it_knows_and_nothing_behind_long_jobs) {
  RunTime run_time;
  EXPECT_EQ(run_time.ahead(4, 20ms, Duration{}), 0u);
  for (int i = 0; i < 100; ++i) run_time.add(1h);
  EXPECT_EQ(run_time.ahead(4, 20ms, Duration{}), 0u);
}

TEST(RunTime, lets_tiny_jobs_wait_by_the_hundred_but_not_when_one_of_them_hangs) {
  RunTime run_time;
  for (int i = 0; i < 200; ++i) run_time.add(100us);
  EXPECT_GE(run_time.ahead(4, 20ms, Duration{}), 400u);
  EXPECT_EQ(run_time.ahead(4, 20ms, 1s), 0u);
}

}  // namespace
}  // namespace cadre
