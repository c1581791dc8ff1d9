// Persist, then speak: whatever is gathered, said and flushed in whatever order, nothing is said before the rows that
// were gathered before it have landed, nothing is lost or said twice, and the order stays.
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/core/outbox.hpp"

namespace cadre {
namespace {

Send word(std::uint64_t number) { return {PeerId{1}, BeatHeard{Epoch{1}, number}}; }
std::uint64_t number_of(const Send& send) { return std::get<BeatHeard>(send.message).number; }

// Plays the writer and remembers, for each word, how many rows had been gathered when it was said.
class Stage {
 public:
  explicit Stage(const Policy& policy) : outbox_(policy) {}

  void gather(std::uint64_t bytes) {
    outbox_.gather(bytes).nodes.push_back({"n", false});
    ++gathered_;
  }
  void say() {
    rests_on_.push_back(gathered_);
    Effects effects;
    outbox_.say(effects, word(rests_on_.size() - 1));
    hear(effects.sends);
  }
  void flush() {
    Effects effects;
    const bool was_in_flight = outbox_.in_flight();
    outbox_.flush(effects);
    RC_ASSERT(!(was_in_flight && effects.commit));
    if (effects.commit) in_flight_ = effects.commit->nodes.size();
  }
  void land() {
    if (!outbox_.in_flight()) return;
    const auto box = outbox_.landed();
    durable_ += in_flight_;
    hear(box.sends);
  }
  void finish() {
    while (outbox_.rows() > 0) {
      flush();
      land();
    }
    RC_ASSERT(heard_ == rests_on_.size());
    RC_ASSERT(durable_ == gathered_);
    RC_ASSERT(outbox_.bytes() == 0u);
  }

 private:
  void hear(const std::vector<Send>& sends) {
    for (const Send& send : sends) {
      RC_ASSERT(number_of(send) == heard_++);
      RC_ASSERT(rests_on_[number_of(send)] <= durable_);
    }
  }

  Outbox outbox_;
  std::size_t gathered_ = 0, durable_ = 0, in_flight_ = 0, heard_ = 0;
  std::vector<std::size_t> rests_on_;
};

TEST(Outbox, says_nothing_before_its_rows_have_landed_and_everything_once_in_order) {
  EXPECT_TRUE(rc::check([] {
    Policy policy;
    policy.batch_rows_max = *rc::gen::inRange(1u, 6u);
    policy.batch_bytes_max = *rc::gen::inRange<std::uint64_t>(50, 400);
    Stage stage(policy);
    const auto steps = *rc::gen::inRange(1, 120);
    for (int step = 0; step < steps; ++step) {
      switch (*rc::gen::inRange(0, 4)) {
        case 0: stage.gather(*rc::gen::inRange<std::uint64_t>(1, 200)); break;
        case 1: stage.say(); break;
        case 2: stage.flush(); break;
        default: stage.land(); break;
      }
    }
    stage.finish();
  }));
}

TEST(Outbox, closes_a_box_at_its_bounds_but_never_an_empty_one) {
  Policy policy;
  policy.batch_rows_max = 2;
  policy.batch_bytes_max = 100;
  Outbox outbox(policy);
  Effects effects;
  outbox.gather(500).nodes.push_back({"larger than a batch", false});  // alone in its box
  outbox.gather(10).nodes.push_back({"a", false});
  outbox.gather(10).nodes.push_back({"b", false});
  outbox.gather(10).nodes.push_back({"c", false});
  for (const std::size_t rows : {1u, 2u, 1u}) {
    outbox.flush(effects);
    ASSERT_TRUE(effects.commit.has_value());
    EXPECT_EQ(effects.commit->nodes.size(), rows);
    effects.commit.reset();
    (void)outbox.landed();
  }
  EXPECT_EQ(outbox.rows(), 0u);
}

TEST(Outbox, is_crowded_at_its_bounds_and_not_below) {
  Policy policy;
  policy.gather_rows_max = 2;
  Outbox outbox(policy);
  (void)outbox.gather(1);
  EXPECT_FALSE(outbox.crowded());
  (void)outbox.gather(1);
  EXPECT_TRUE(outbox.crowded());
}

}  // namespace
}  // namespace cadre
