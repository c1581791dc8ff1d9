// What is counted for who watches: the line of a queue in its order, and a bound on names that clients make up.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <list>

#include "broker/core/broker.hpp"
#include "broker/shell/numbers.hpp"

namespace cadre {
namespace {

TEST(WaitLine, KeepsItsOrderWhoeverLeaves) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& moves) {
    std::deque<Job> jobs(32);
    std::list<Job*> expected;
    WaitLine line;
    for (const std::uint8_t move : moves) {
      Job& job = jobs[move % 32];
      const auto place = std::find(expected.begin(), expected.end(), &job);
      if (place == expected.end()) {
        line.append(job);
        expected.push_back(&job);
      } else {
        line.remove(job);
        expected.erase(place);
      }
      RC_ASSERT(line.oldest() == (expected.empty() ? nullptr : expected.front()));
      std::vector<const Job*> found;
      for (const Job* one = line.oldest(); one != nullptr; one = one->younger) found.push_back(one);
      RC_ASSERT(found == std::vector<const Job*>(expected.begin(), expected.end()));
    }
  }));
}

// A broker without workers, in which jobs of many queues wait.
class Waiting : public testing::Test {
 protected:
  void step(const Input& input) {
    Effects effects;
    core_.step(now_, input, effects);
    ASSERT_EQ(core_.broken_invariant().value_or(""), "");
    in_flight_ = in_flight_ || effects.commit.has_value();
  }
  void submit(const std::string& queue, const std::string& engine) {
    JobRequest job;
    job.key = std::to_string(++count_);
    job.queue = queue;
    job.engine = engine;
    job.body = std::make_shared<Body>();
    step(Received{PeerId{1}, Identity{"c", Role::client}, Submit{{job}}});
    step(TurnEnd{});
    if (std::exchange(in_flight_, false)) step(Committed{});
  }
  Waiting() { step(LoadDone{}); }

  Policy policy_;
  Broker core_{policy_, "c", Epoch{1}};
  Now now_{Instant{} + 1h, WallTime{} + 1h, {}};
  bool in_flight_ = false;
  int count_ = 0;
};

TEST_F(Waiting, IsMeasuredFromTheOldestOfEachQueue) {
  submit("a", "e");
  now_.boot += 10s;
  submit("a", "e");
  submit("b", "e");
  now_.boot += 5s;
  const auto queues = queue_numbers(core_, now_.boot);
  ASSERT_EQ(queues.size(), 2u);
  EXPECT_EQ(queues[0].queue, "a");
  EXPECT_EQ(queues[0].oldest, Duration{15s});
  EXPECT_EQ(queues[1].oldest, Duration{5s});
  step(Received{PeerId{1}, Identity{"c", Role::client}, Cancel{{JobId::make(Epoch{1}, 1)}}});
  EXPECT_EQ(queue_numbers(core_, now_.boot)[0].oldest, Duration{5s}) << "the oldest has left";
  EXPECT_EQ(queue_numbers(core_, now_.boot)[0].ready, 1u);
}

TEST_F(Waiting, DoesNotMakeThePageGrowWithNamesThatAreMadeUp) {
  constexpr int made_up = 700;
  for (int i = 0; i < made_up; ++i) submit("q" + std::to_string(i), "e" + std::to_string(i));
  for (int i = 0; i < made_up; ++i)
    step(Received{PeerId{1}, Identity{"c", Role::client},
                  Cancel{{JobId::make(Epoch{1}, static_cast<std::uint64_t>(i) + 1)}}});
  BrokerNumbers numbers;
  add_core(numbers, core_, now_);
  ASSERT_EQ(numbers.queues.size(), Tally::shown_max + 1);
  EXPECT_EQ(numbers.queues.back().queue, "(other)");
  EXPECT_EQ(numbers.queues.back().submitted, made_up - Tally::shown_max);
  EXPECT_EQ(numbers.queues.front().submitted, 1u);
  ASSERT_EQ(numbers.finished.size(), Tally::pairs_max + 1);
  EXPECT_EQ(numbers.finished.back().tally.cancelled, made_up - Tally::pairs_max);
  monitor::MetricsPage page;
  write_page(page, numbers);
  EXPECT_LT(page.take().size(), 1u << 20);
}

TEST(CleanupNumbers, AreReadFromWhatTheOfficeTells) {
  const auto numbers = cleanup_numbers(
      R"({"duties":[{"duty":"cleanup/records","last_good":5},{"duty":"cleanup/files/n","last_good":0}],"warnings":["a"],
                                          "database":{"bytes":7,"reclaimable":3}})",
      Instant{} + 1h);
  ASSERT_TRUE(numbers) << numbers.error();
  ASSERT_EQ(numbers->last_good.size(), 2u);
  EXPECT_EQ(numbers->last_good[0].first, "records");
  EXPECT_EQ(numbers->last_good[0].second, WallTime{Duration{5}});
  EXPECT_EQ(numbers->last_good[1].first, "files/n");
  EXPECT_EQ(numbers->warnings, 1u);
  EXPECT_EQ(numbers->bytes, 7u);
  EXPECT_FALSE(cleanup_numbers("nonsense", Instant{}));
}

}  // namespace
}  // namespace cadre
