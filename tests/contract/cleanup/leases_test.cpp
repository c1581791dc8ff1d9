// Turns are leases: one holder at a time, epochs that grow, as many open as there are places.
#include <thread>

#include "tests/contract/cleanup/fixture.hpp"

namespace cadre::test {
namespace {

constexpr Duration over_already = -1s;

class Leases : public Cleaning {
 protected:
  void SetUp() override {
    for (const char* node : {"n1", "n2", "n3"}) must(db::add_duty(link_, db::files_duty(node)));
  }
  std::variant<db::Turn, db::Held> ask(const std::string& duty, const std::string& holder, Duration ttl, std::uint32_t places = 1,
                                       const db::Unmoved& unmoved = {}) {
    return must(db::take_turn(link_, duty, holder, ttl, places, unmoved));
  }
  static bool granted(const std::variant<db::Turn, db::Held>& answer) { return std::holds_alternative<db::Turn>(answer); }
};

TEST_F(Leases, OneHoldsATurnAndTheOthersLearnWho) {
  take(link_, "first");
  const auto second = ask(db::records_duty, "second", 1h, 4);
  ASSERT_FALSE(granted(second));
  EXPECT_EQ(std::get<db::Held>(second).by.front().holder, "first");
  EXPECT_EQ(std::get<db::Held>(second).by.front().resource, db::records_duty);
}

TEST_F(Leases, OfAllDutiesTogetherOnlySoManyTurnsAreOpenAsThereArePlaces) {
  EXPECT_TRUE(granted(ask(db::files_duty("n1"), "a", 1h, 2)));
  EXPECT_TRUE(granted(ask(db::files_duty("n2"), "b", 1h, 2)));
  const auto third = ask(db::files_duty("n3"), "c", 1h, 2);
  ASSERT_FALSE(granted(third));
  const auto& held = std::get<db::Held>(third).by;
  EXPECT_FALSE(held[0].held()) << "its own duty is free";
  EXPECT_TRUE(held[1].held()) << "the places are not";
  EXPECT_TRUE(granted(ask(db::files_duty("n3"), "c", 1h, 3)));
}

TEST_F(Leases, EveryGrantHasAHigherEpochAndAnOlderOneCanDoNothing) {
  const auto old = take(link_, "a", over_already);
  const auto now = take(link_, "b");
  EXPECT_GT(now.epoch, old.epoch);
  EXPECT_FALSE(must(db::renew_turn(link_, old, 1h)));
  EXPECT_FALSE(must(db::still_ours(link_, old)));
  must(db::give_back(link_, old));
  EXPECT_TRUE(must(db::still_ours(link_, now))) << "what the old one gives back is not the new one's";
  EXPECT_TRUE(must(db::renew_turn(link_, now, 1h)));
}

// Duty or place: whichever of the two somebody else has got, the turn is over.
TEST_F(Leases, ATurnWhosePlaceWasTakenIsOver) {
  const auto turn = take(link_, "a", over_already, db::files_duty("n1"));
  take(link_, "b", 1h, db::files_duty("n2"));
  EXPECT_FALSE(must(db::still_ours(link_, turn)));
  EXPECT_FALSE(must(db::renew_turn(link_, turn, 1h)));
}

TEST_F(Leases, GivenBackItIsFreeAtOnce) {
  const auto turn = take(link_, "a");
  must(db::give_back(link_, turn));
  EXPECT_EQ(take(link_, "b").epoch, turn.epoch + 1);
}

// A database whose clock was set back calls a dead holder's lease valid. Who has seen it unmoved for long enough may have it.
TEST_F(Leases, AnUnmovedLeaseMayBeTakenAndOneThatMovedMayNot) {
  const auto dead = take(link_, "dead");
  const auto seen = std::get<db::Held>(ask(db::records_duty, "next", 1h)).by;
  const db::Unmoved unmoved{{seen[0].resource, seen[0].renewals}, {seen[1].resource, seen[1].renewals}};
  EXPECT_TRUE(granted(ask(db::records_duty, "next", 1h, 1, unmoved)));
  EXPECT_FALSE(granted(ask(db::records_duty, "third", 1h, 1, unmoved))) << "it has moved";
  EXPECT_FALSE(must(db::still_ours(link_, dead)));
}

TEST_F(Leases, ABrokenLeaseIsFreeAndItsHolderFindsOut) {
  const auto turn = take(link_, "a");
  EXPECT_TRUE(must(db::break_lease(link_, db::records_duty)));
  EXPECT_TRUE(must(db::break_lease(link_, db::place_name(1))));
  EXPECT_FALSE(must(db::still_ours(link_, turn)));
  EXPECT_GT(take(link_, "b").epoch, turn.epoch);
  EXPECT_FALSE(must(db::break_lease(link_, "no/such/lease")));
}

// The guard is a lock: a grant to another waits until the destroying transaction is over.
TEST_F(Leases, AGrantWaitsForTheBatchThatIsUnderWay) {
  const auto turn = take(link_, "a", over_already);
  std::uint64_t epoch_after = 0;
  std::thread other;
  must(link_.transaction([&]() -> db::Outcome<Done> {
    EXPECT_TRUE(must(db::still_ours(link_, turn)));
    other = std::thread([&] {
      auto link = connect();
      epoch_after = take(link, "b").epoch;
    });
    auto watch = connect();
    await_lock_wait(watch);
    EXPECT_EQ(must(watch.query("SELECT epoch FROM lease WHERE resource = 'cleanup/records'")).u64(0, 0), turn.epoch);
    return Done{};
  }));
  other.join();
  EXPECT_EQ(epoch_after, turn.epoch + 1);
}

// Twelve at once, again and again: never two at a time.
TEST_F(Leases, ManyThatAskAtOnceNeverHoldItTogether) {
  std::atomic<int> inside = 0, grants = 0, most = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < 6; ++i)
    all.emplace_back([&, i] {
      auto link = connect();
      const std::string duty = i % 2 == 0 ? std::string(db::records_duty) : db::files_duty("n" + std::to_string(i / 2 + 1));
      for (int round = 0; round < 40;) {
        auto answer = db::take_turn(link, duty, "holder " + std::to_string(i), 1h, 2);
        if (const auto* trouble = std::get_if<db::Trouble>(&answer)) {
          EXPECT_EQ(trouble->kind, db::Kind::again) << trouble->message;
          continue;
        }
        ++round;
        const auto& taken = std::get<0>(answer);
        if (!std::holds_alternative<db::Turn>(taken)) continue;
        ++grants;
        const int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {}
        EXPECT_LE(now, 2);
        --inside;
        must(db::give_back(link, std::get<db::Turn>(taken)));
      }
    });
  for (auto& one : all) one.join();
  EXPECT_GT(grants, 6);
  EXPECT_GE(most, 1);
}

// The application may take turns and give them back; it is the purge's account that may delete.
TEST_F(Leases, BothAccountsMayHoldTurns) {
  for (const char* account : {"app", "purge"}) {
    auto link = connect_as(account);
    const auto turn = take(link, account);
    EXPECT_TRUE(must(db::renew_turn(link, turn, 1h)));
    EXPECT_TRUE(must(db::still_ours(link, turn)));
    must(db::give_back(link, turn));
  }
}

}  // namespace
}  // namespace cadre::test
