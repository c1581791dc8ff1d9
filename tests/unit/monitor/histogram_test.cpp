// Each duration is in exactly one bucket, the one that Prometheus would put it in.
#include "common/base/histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

namespace cadre {
namespace {

constexpr std::array<Duration, 3> bounds{10ms, 1s, 1min};

TEST(Histogram, PutsABoundIntoTheBucketThatItEnds) {
  Histogram h(bounds);
  for (const Duration d : {Duration{0ms}, Duration{10ms}, Duration{11ms}, Duration{1s}, Duration{1min}, Duration{61s}})
    h.add(d);
  EXPECT_EQ(h.in_bucket(0), 2u);
  EXPECT_EQ(h.in_bucket(1), 2u);
  EXPECT_EQ(h.in_bucket(2), 1u);
  EXPECT_EQ(h.in_bucket(3), 1u) << "longer than all bounds";
  EXPECT_EQ(h.count(), 6u);
  EXPECT_EQ(h.sum(), Duration{0ms} + 10ms + 11ms + 1s + 1min + 61s);
}

TEST(Histogram, TakesAClockThatSteppedBackForNoTimeAtAll) {
  Histogram h(bounds);
  h.add(-5s);
  EXPECT_EQ(h.in_bucket(0), 1u);
  EXPECT_EQ(h.sum(), 0s) << "a sum that falls would be no counter";
}

TEST(Histogram, AddsUp) {
  EXPECT_TRUE(rc::check([](std::vector<std::uint32_t> a, std::vector<std::uint32_t> b) {
    Histogram one(job_bounds), other(job_bounds), all(job_bounds);
    for (const auto v : a) one.add(Duration{v * 1000LL}), all.add(Duration{v * 1000LL});
    for (const auto v : b) other.add(Duration{v * 1000LL}), all.add(Duration{v * 1000LL});
    one.add(other);
    RC_ASSERT(one.count() == a.size() + b.size());
    RC_ASSERT(one.sum() == all.sum());
    for (std::size_t i = 0; i <= job_bounds.size(); ++i) RC_ASSERT(one.in_bucket(i) == all.in_bucket(i));
  }));
}

}  // namespace
}  // namespace cadre
