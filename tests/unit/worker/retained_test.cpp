// Finished reports against a model: each is kept until noted, sent again when it is due, and its bytes add up.
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "worker/core/retained.hpp"

namespace cadre {
namespace {

AttemptEnd end_of(std::uint64_t job, std::size_t bytes) {
  AttemptEnd end;
  end.attempt = {JobId{job}, 1};
  end.output = std::make_shared<const Output>(Output{{"stdout", Bytes(bytes, 'x')}});
  return end;
}

Instant at(int second) { return Instant{} + 1h + std::chrono::seconds(second); }

TEST(Retained, keeps_each_until_it_is_noted_and_repeats_it_when_due) {
  EXPECT_TRUE(rc::check([] {
    Retained retained;
    std::map<std::uint64_t, int> sent;  // job -> second
    std::uint64_t newest = 0;
    int second = 0;
    const auto steps = *rc::gen::inRange(1, 100);
    for (int step = 0; step < steps; ++step) {
      ++second;
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          retained.keep(at(second), end_of(++newest, *rc::gen::inRange<std::size_t>(0, 100)));
          sent[newest] = second;
          break;
        case 1: {
          const auto job = *rc::gen::inRange<std::uint64_t>(1, newest + 2);
          RC_ASSERT(retained.noted({JobId{job}, 1}) == (sent.erase(job) == 1));
          break;
        }
        default: {
          const auto count = *rc::gen::inRange<std::size_t>(0, 5);
          const auto due = retained.due(at(second), at(second - 4), count);
          RC_ASSERT(due.size() <= count);
          for (const auto& end : due) {
            RC_ASSERT(sent.at(end.attempt.job.value) <= second - 4);
            sent[end.attempt.job.value] = second;
          }
          if (due.size() < count)
            for (const auto& [job, when] : sent) RC_ASSERT(when > second - 4);
        }
      }
      RC_ASSERT(retained.size() == sent.size());
      RC_ASSERT((retained.bytes() == 0) == sent.empty());
    }
  }));
}

TEST(Retained, sends_at_once_what_is_in_a_hurry) {
  Retained retained;
  retained.keep(at(10), end_of(1, 0));
  EXPECT_TRUE(retained.due(at(10), at(8), 10).empty());
  retained.hurry({JobId{1}, 1});
  EXPECT_EQ(retained.due(at(10), at(8), 10).size(), 1u);
}

}  // namespace
}  // namespace cadre
