// A dry run of a node's turn, step by step: it asks and looks like a turn, and orders nothing removed. (Real turns meet
// their faults in the simulator.)
#include <gtest/gtest.h>

#include "common/cleanup/sweep_turn.hpp"

namespace cadre::cleanup {
namespace {

constexpr Duration grace = 1h;

class DryRun : public testing::Test {
 protected:
  SweepEffects step(const SweepInput& input) {
    SweepEffects effects;
    turn_.step(place_, input, effects);
    EXPECT_FALSE(effects.remove) << "a dry run removes nothing";
    EXPECT_FALSE(effects.cleaning) << "and takes no work from the node";
    for (const auto& message : effects.sends) asked_ = std::get<Ask>(message);
    return effects;
  }
  SweepEffects answer(std::string json) { return step(Answer{asked_.id, true, "", std::make_shared<Bytes>(std::move(json))}); }
  // To the broker's answer about attempts; `owned` are at this node.
  SweepEffects look(const std::vector<Entry>& spool, const std::vector<AttemptId>& owned = {}) {
    place_.now += 1h;
    step(SweepTick{});
    EXPECT_EQ(asked_.question, "turn.take");
    TurnAnswer wanted;
    wanted.look = ++number_;
    wanted.cluster = "c";
    wanted.grace = grace;
    const auto looking = answer(to_json(wanted));
    EXPECT_EQ(looking.look, "c");
    step(Looked{spool, ""});
    EXPECT_EQ(asked_.question, "turn.owned");
    return answer(to_json(OwnedAnswer{"c", place_.epoch, owned}));
  }
  FilesSeen told() {
    EXPECT_EQ(asked_.question, "turn.seen");
    const auto seen = read_files_seen(asked_.arguments);
    EXPECT_TRUE(seen);
    return seen.value_or(FilesSeen{});
  }
  static Entry entry(std::string path, std::uint64_t bytes) {
    Entry one;
    one.path = std::move(path);
    one.inode = bytes;
    one.files = 2;
    one.bytes = bytes;
    return one;
  }

  SweepPlace place_{Instant{}, true, Epoch{5}, SessionId{9}, false, [] { return Owned{}; }};
  SweepTurn turn_;
  Ask asked_;
  std::uint64_t number_ = 0;
};

TEST_F(DryRun, TellsWhatWouldGoAndWhatWaits) {
  const AttemptId mine{JobId::make(Epoch{5}, 1), 1}, gone{JobId::make(Epoch{5}, 2), 1};
  const std::vector<Entry> first{entry(attempt_path(mine), 10), entry(attempt_path(gone), 20)};
  look(first, {mine});
  FilesSeen seen = told();
  EXPECT_EQ(seen.look, 1u);
  EXPECT_EQ(seen.owned, 1u);
  EXPECT_EQ(seen.goes.count, 0u) << "seen for the first time";
  ASSERT_EQ(seen.waits.first.size(), 1u);
  EXPECT_EQ(seen.waits.first[0].path, attempt_path(gone));
  answer("{}");
  auto second = first;
  second.push_back(entry("new", 30));
  const auto effects = look(second, {mine});
  ASSERT_TRUE(effects.try_out);
  ASSERT_EQ(effects.try_out->entries.size(), 1u);
  EXPECT_EQ(effects.try_out->entries[0].path, attempt_path(gone));
  step(Tried{{"left: a link"}});
  seen = told();
  EXPECT_EQ(seen.look, 2u);
  ASSERT_EQ(seen.goes.first.size(), 1u);
  EXPECT_EQ(seen.goes.first[0].path, attempt_path(gone));
  EXPECT_EQ(seen.goes.first[0].ownerless, Duration{1h});
  EXPECT_EQ(seen.goes.bytes, 20u);
  EXPECT_EQ(seen.goes.files, 2u);
  ASSERT_EQ(seen.waits.first.size(), 1u);
  EXPECT_EQ(seen.waits.first[0].path, "new");
  EXPECT_EQ(seen.left, std::vector<std::string>{"left: a link"});
  EXPECT_EQ(seen.error, "");
}

TEST_F(DryRun, TellsWhyItIsNoReading) {
  place_.now += 1h;
  step(SweepTick{});
  answer(R"({"granted":false,"look":1,"cluster":"c","grace":0})");
  step(Looked{{}, "the spool is another cluster's"});
  EXPECT_EQ(told().error, "the spool is another cluster's");
  answer("{}");
  place_.now += 2min;
  step(SweepTick{});
  answer(R"({"granted":false,"look":2,"cluster":"c","grace":0})");
  step(Looked{{entry("x", 1)}, ""});
  answer(to_json(OwnedAnswer{"another", place_.epoch, {}}));
  EXPECT_NE(told().error.find("not of our cluster"), std::string::npos);
}

// What ends in between, or is forgotten by the broker, leaves nothing behind: the next answer may be a turn.
TEST_F(DryRun, IsOverWhenNobodyAnswers) {
  look({entry("x", 1)});
  place_.now += 1min;
  step(SweepTick{});  // turn.seen was not answered
  place_.now += 2min;
  step(SweepTick{});
  EXPECT_EQ(asked_.question, "turn.take");
  TurnAnswer granted;
  granted.granted = true;
  granted.cluster = "c";
  granted.ttl = 30s;
  granted.grace = grace;
  SweepEffects effects;
  turn_.step(place_, Answer{asked_.id, true, "", std::make_shared<Bytes>(to_json(granted))}, effects);
  EXPECT_EQ(effects.look, "c");
  EXPECT_EQ(effects.cleaning, true) << "a real turn says that it cleans";
}

}  // namespace
}  // namespace cadre::cleanup
