// Who takes the next job: the freest that fits; the one to avoid only where nobody else could ever take it.
#include <gtest/gtest.h>

#include "broker/core/workers.hpp"

namespace cadre {
namespace {

constexpr Name engine{0};
const Instant now = Instant{} + 1h;

Worker worker(std::uint32_t name, std::uint32_t slots, std::size_t leased) {
  Worker made;
  made.node = Name{name};
  made.route = PeerId{name};
  made.slots = slots;
  made.credit = slots + 2;
  EngineAtWorker at;
  at.offered = true;
  at.offer.slots = slots;
  at.offer.credit = slots + 2;
  for (std::size_t i = 0; i < leased; ++i) at.leased.insert(JobId{name * 1000 + i});
  made.engines[engine] = at;
  return made;
}

Workers of(std::vector<Worker> list) {
  Workers workers;
  for (auto& one : list) workers[one.node] = std::move(one);
  return workers;
}

TEST(Workers, the_lowest_share_of_used_slots_goes_first) {
  auto workers = of({worker(1, 2, 1), worker(2, 8, 2), worker(3, 4, 3)});
  EXPECT_EQ(freest(workers, engine, std::nullopt, now)->node, Name{2});
}

TEST(Workers, a_free_slot_anywhere_goes_before_work_is_piled_up) {
  auto workers = of({worker(1, 1, 1), worker(2, 16, 15)});
  EXPECT_EQ(freest(workers, engine, std::nullopt, now)->node, Name{2});
}

TEST(Workers, the_avoided_one_is_chosen_only_where_nobody_else_suits) {
  auto workers = of({worker(1, 2, 0), worker(2, 2, 4)});
  EXPECT_EQ(fit(workers.at(Name{2}), engine, now), Fit::full);
  EXPECT_EQ(freest(workers, engine, Name{1}, now), nullptr) << "the other is only full: it is worth waiting for";
  workers.at(Name{2}).draining = true;
  EXPECT_EQ(freest(workers, engine, Name{1}, now)->node, Name{1});
}

TEST(Workers, says_why_one_does_not_take_work) {
  const auto with = [](auto change) {
    Worker one = worker(1, 2, 0);
    change(one);
    return fit(one, engine, now);
  };
  EXPECT_EQ(with([](Worker&) {}), Fit::fits);
  EXPECT_EQ(with([](Worker& w) { w.route.reset(); }), Fit::away);
  EXPECT_EQ(with([](Worker& w) { w.cordoned = true; }), Fit::cordoned);
  EXPECT_EQ(with([](Worker& w) { w.draining = true; }), Fit::draining);
  EXPECT_EQ(with([](Worker& w) { w.trouble = "spool full"; }), Fit::trouble);
  EXPECT_EQ(with([](Worker& w) { w.engines.at(engine).offered = false; }), Fit::not_offered);
  EXPECT_EQ(with([](Worker& w) { w.engines.at(engine).quarantined_until = now + 1s; }), Fit::quarantined);
  EXPECT_EQ(with([](Worker& w) { w.engines.at(engine).quarantined_until = now; }), Fit::fits) << "it is over";
  EXPECT_EQ(with([](Worker& w) { w.credit = 0; }), Fit::full);
}

}  // namespace
}  // namespace cadre
