// Not all nodes at once, the same each time, and no turn lost or doubled (guarantees.md G14).
#include <algorithm>
#include <set>

#include <date/date.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/base/time.hpp"
#include "common/cleanup/stagger.hpp"

namespace cadre::cleanup {
namespace {

constexpr WallTime new_year_2026 = WallTime{Duration{date::sys_days{date::year{2026} / 1 / 1}.time_since_epoch()}};

Schedule schedule(std::string_view text, std::string_view zone = "Europe/Berlin") {
  auto parsed = Schedule::parse(text, zone);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error());
  return *std::move(parsed);
}

std::vector<Schedule> schedules() {
  return {schedule("30 2 * * *"), schedule("*/10 * * * *"), schedule("* * * * *"), schedule("every 7h"), schedule("*/20 1-3 * * sun"),
          schedule("@daily", "Australia/Lord_Howe"), schedule("15 2 * * *", "America/New_York")};
}

WallTime any_time() { return new_year_2026 + Duration{1s} * *rc::gen::inRange(0, 5 * 366 * 86400); }

Seat any_seat() {
  const auto nodes = *rc::gen::inRange<std::uint32_t>(1, 60);
  return {.rank = *rc::gen::inRange<std::uint32_t>(0, nodes), .nodes = nodes, .cluster = *rc::gen::arbitrary<std::string>()};
}

TEST(Offset, keeps_any_two_nodes_a_slot_apart_and_all_within_the_window) {
  EXPECT_TRUE(rc::check([](const std::string& cluster) {
    const auto nodes = *rc::gen::inRange<std::uint32_t>(1, 200);
    const Duration window{*rc::gen::inRange<Duration::rep>(nodes, Duration{48h}.count())};
    const Duration slot = window / static_cast<Duration::rep>(nodes);
    Duration last = offset({.rank = 0, .nodes = nodes, .cluster = cluster}, window);
    RC_ASSERT(last >= Duration{0});
    const Duration first = last;
    for (std::uint32_t rank = 1; rank < nodes; ++rank) {
      const Duration mine = offset({.rank = rank, .nodes = nodes, .cluster = cluster}, window);
      RC_ASSERT(mine - last >= slot);
      last = mine;
    }
    RC_ASSERT(last < window);
    RC_ASSERT(window + first - last >= slot);  // where the next window follows at once
  }));
}

TEST(Offset, differs_between_clusters_on_one_machine) {
  std::set<Duration> all;
  for (const char* cluster : {"production", "staging", "letters", "test", "a", "b", ""})
    all.insert(offset({.rank = 1, .nodes = 3, .cluster = cluster}, 3h));
  EXPECT_EQ(all.size(), 7u);
}

// Written down, so that a change of the formula, which would move every node of every cluster, is seen.
TEST(Offset, is_the_same_in_every_version) {
  EXPECT_EQ(offset({.rank = 0, .nodes = 3, .cluster = ""}, 3h), Duration{0});
  EXPECT_EQ(offset({.rank = 2, .nodes = 3, .cluster = ""}, 3h), Duration{2h});
  EXPECT_EQ(offset({.rank = 0, .nodes = 3, .cluster = "production"}, 3h), Duration{1'161'584'472});  // 19 min
}

TEST(Offset, is_none_where_there_is_no_window) {
  for (const std::uint32_t rank : {0u, 1u, 4u}) {
    EXPECT_EQ(offset({.rank = rank, .nodes = 5, .cluster = "x"}, 0s), Duration{0});
    EXPECT_EQ(offset({.rank = rank, .nodes = 5, .cluster = "x"}, 4us), Duration{0});
  }
}

TEST(OffsetDeathTest, wants_a_rank_of_the_row) {
  EXPECT_DEATH(offset({.rank = 3, .nodes = 3, .cluster = ""}, 1h), "rank");
  EXPECT_DEATH(offset({.rank = 0, .nodes = 0, .cluster = ""}, 1h), "rank");
}

TEST(Turns, come_one_behind_another) {
  const Schedule nightly = schedule("0 3 * * *", "UTC");
  std::vector<std::string> starts;
  for (const std::uint32_t rank : {0u, 1u, 2u})
    starts.push_back(to_string(turn_start(nightly, new_year_2026, {.rank = rank, .nodes = 3, .cluster = ""}, 90min)));
  EXPECT_EQ(starts, (std::vector<std::string>{"2026-01-01T03:00:00.000Z", "2026-01-01T03:30:00.000Z", "2026-01-01T04:00:00.000Z"}));
}

TEST(Turns, of_one_time_are_over_before_the_next) {
  const Schedule often = schedule("*/10 * * * *", "UTC");
  const auto starts = turn_starts(often, new_year_2026, {.rank = 3, .nodes = 4, .cluster = ""}, 6h, 2);
  EXPECT_EQ(to_string(starts[0]), "2026-01-01T00:07:30.000Z");
  EXPECT_EQ(to_string(starts[1]), "2026-01-01T00:17:30.000Z");
}

TEST(Turns, without_a_spread_are_the_times_of_the_schedule) {
  const Schedule nightly = schedule("30 2 * * *");
  EXPECT_EQ(turn_starts(nightly, new_year_2026, {.rank = 1, .nodes = 4, .cluster = "x"}, 0s, 400),
            nightly.upcoming(new_year_2026, 400));
}

TEST(Turns, are_one_for_each_time_of_the_schedule) {
  const auto all = schedules();
  EXPECT_TRUE(rc::check([&] {
    const Schedule& any = *rc::gen::elementOf(all);
    const Seat seat = any_seat();
    const Duration spread = Duration{1min} * *rc::gen::inRange(1, 2000);
    const WallTime begin = any.next(any_time());
    const auto fires = any.upcoming(begin - 1us, 41);
    const auto starts = turn_starts(any, begin - 1us + offset(seat, std::min(spread, any.period(begin - 1us))), seat, spread, 40);
    for (std::size_t i = 0; i < starts.size(); ++i) {
      RC_ASSERT(starts[i] >= fires[i]);
      RC_ASSERT(starts[i] < fires[i + 1]);
      RC_ASSERT(starts[i] < fires[i] + spread);
    }
  }));
}

// A node that comes back asks anew, from any time on: it finds what it would have found.
TEST(Turns, are_the_same_after_a_restart) {
  const auto all = schedules();
  EXPECT_TRUE(rc::check([&] {
    const Schedule& any = *rc::gen::elementOf(all);
    const Seat seat = any_seat();
    const Duration spread = Duration{1min} * *rc::gen::inRange(0, 2000);
    const WallTime at = any_time();
    const auto starts = turn_starts(any, at, seat, spread, 20);
    RC_ASSERT(std::is_sorted(starts.begin(), starts.end()));
    const WallTime restart = at + Duration{*rc::gen::inRange<Duration::rep>(0, (starts.back() - at).count())};
    const auto expected = *std::upper_bound(starts.begin(), starts.end(), restart);
    RC_ASSERT(turn_start(any, restart, seat, spread) == expected);
  }));
}

// Also over the days that are shorter and longer, and from one time of the schedule to the next.
TEST(Turns, of_two_nodes_never_coincide) {
  const auto all = schedules();
  EXPECT_TRUE(rc::check([&] {
    const Schedule& any = *rc::gen::elementOf(all);
    Seat seat = any_seat();
    const Duration spread = Duration{1min} * *rc::gen::inRange(1, 2000);
    const WallTime at = any_time();
    std::set<WallTime> seen;
    for (seat.rank = 0; seat.rank < seat.nodes; ++seat.rank) {
      for (const WallTime start : turn_starts(any, at, seat, spread, 3)) RC_ASSERT(seen.insert(start).second);
    }
  }));
}

class DailyTurn : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Turns, DailyTurn,
                         testing::Values("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"));

// Ten years, 2026 to 2035, any minute, any spread: a turn behind each of the 3652 days, none without and none with two.
TEST_P(DailyTurn, is_neither_skipped_nor_doubled_by_summer_time) {
  EXPECT_TRUE(rc::check([] {
    const int minute = *rc::gen::inRange(0, 24 * 60);
    const Schedule daily = schedule(std::to_string(minute % 60) + " " + std::to_string(minute / 60) + " * * *", GetParam());
    const Seat seat = any_seat();
    const Duration spread = Duration{1min} * *rc::gen::inRange(1, 1600);
    WallTime last = turn_start(daily, new_year_2026, seat, spread);
    const WallTime first = last;
    for (int day = 1; day <= 3652; ++day) {
      const WallTime start = turn_start(daily, last, seat, spread);
      RC_ASSERT(start - last >= Duration{21h});
      RC_ASSERT(start - last <= Duration{27h});
      last = start;
    }
    const Duration drift = last - first - Duration{24h} * 3652;
    RC_ASSERT(drift <= Duration{3h});
    RC_ASSERT(drift >= Duration{-3h});
  }));
}

// Windows that reach to the next time of the schedule are shorter on one day of the year; found by the property above.
TEST(Turns, move_little_where_summer_time_shortens_their_window) {
  const Schedule daily = schedule("0 0 * * *", "Australia/Lord_Howe");
  const Seat seat{.rank = 0, .nodes = 1, .cluster = "a"};
  WallTime last = turn_start(daily, new_year_2026, seat, Duration{1411min});
  for (int day = 0; day < 366; ++day) {
    const WallTime start = turn_start(daily, last, seat, Duration{1411min});
    EXPECT_GE(start - last, Duration{23h});
    EXPECT_LE(start - last, Duration{25h});
    last = start;
  }
}

// Samoa left out the 30th of December 2011: the turns go on every 24 hours.
TEST(Turns, go_on_over_a_day_that_does_not_exist) {
  const Schedule daily = schedule("0 3 * * *", "Pacific/Apia");
  const WallTime before = WallTime{Duration{date::sys_days{date::year{2011} / 12 / 27}.time_since_epoch()}};
  const auto starts = turn_starts(daily, before, {.rank = 2, .nodes = 3, .cluster = "x"}, 2h, 6);
  for (std::size_t i = 1; i < starts.size(); ++i) EXPECT_EQ(starts[i] - starts[i - 1], Duration{24h});
}

}  // namespace
}  // namespace cadre::cleanup
