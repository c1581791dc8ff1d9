// When is the disk full, and how long may be kept? Numbers that were worked out by hand, and an hour-by-hour simulation that
// knows nothing of how the forecast reckons.
#include "common/cleanup/forecast.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

namespace cadre::cleanup {
namespace {

constexpr Duration day = 24h;
constexpr double MB = 1e6;

SampledJob done_jobs(double count, Duration age, const std::string& queue = "default") {
  SampledJob job;
  job.stands_for = count;
  job.queue = queue;
  job.engine = "echo";
  job.ended_as = JobState::done;
  job.age = age;
  job.ended_ago = age;
  job.bytes = 1'000'000;
  return job;
}

SampledJob kept_jobs(double count) {
  SampledJob job = done_jobs(count, 100 * day);
  job.kept = true;
  return job;
}

// 100 jobs of 1 MB a day, beside 1,000 MB that a person keeps for ever; the rows need just what is in them.
Growth hundred_a_day() {
  Growth growth;
  growth.window = 7 * day;
  growth.all = {kept_jobs(1'000)};
  growth.recent = {done_jobs(700, 3 * day)};
  growth.job_bytes = 1'000'000'000;
  return growth;
}

Growth with_room(Growth growth, double megabytes) {
  growth.room = static_cast<std::uint64_t>(megabytes * MB);
  return growth;
}

double days(const std::optional<Duration>& duration) { return duration ? static_cast<double>(duration->count()) / static_cast<double>(day.count()) : NAN; }

// 1,000 MB for ever and 7 days of 100 MB are 1,700 MB in the end.
TEST(Forecast, WhatComesADayAndWhatItGrowsTo) {
  const Forecast told = forecast(hundred_a_day(), {}, {});
  EXPECT_NEAR(told.day.jobs, 100, 1e-6);
  EXPECT_NEAR(told.day.bytes, 100 * MB, 1);
  EXPECT_NEAR(told.steady_bytes, 1'700 * MB, 10);
  EXPECT_FALSE(told.full_in) << "nobody knows the room";
  EXPECT_FALSE(told.keep_done);
}

// Of 1,501 MB 501 are left, which is 5.01 days; 5 whole days and no hour more would hold.
TEST(Forecast, FullWhenTheRoomIsUsedUpBeforeAnythingGoes) {
  const Forecast told = forecast(with_room(hundred_a_day(), 1'501), {}, {});
  EXPECT_NEAR(days(told.full_in), 5.01, 1e-6);
  ASSERT_TRUE(told.keep_done);
  EXPECT_EQ(*told.keep_done, 5 * day);
}

TEST(Forecast, NeverWhereTheRetentionHolds) {
  const Forecast told = forecast(with_room(hundred_a_day(), 1'801), {}, {});
  EXPECT_FALSE(told.full_in);
  EXPECT_EQ(*told.keep_done, 8 * day) << "and a day longer would hold, too";
}

// The purge comes up to half a day late: 7.5 days stay.
TEST(Forecast, WhatIsLateToGoIsThereMeanwhile) {
  EXPECT_NEAR(forecast(hundred_a_day(), {}, 12h).steady_bytes, 1'750 * MB, 10);
  EXPECT_EQ(*forecast(with_room(hundred_a_day(), 1'501), {}, 12h).keep_done, 5 * day - 12h);
}

// 500 MB are there that go in one day. In 0.5 days 550 MB are reached; else 600 after one, 100 when the old ones have gone, and
// 650 after 6.5 days.
TEST(Forecast, WhatIsThereGoesByItsOwnAge) {
  Growth growth = hundred_a_day();
  growth.all = {done_jobs(500, 6 * day)};
  growth.job_bytes = 500'000'000;
  EXPECT_NEAR(days(forecast(with_room(growth, 550), {}, {}).full_in), 0.5, 1e-6);
  EXPECT_NEAR(days(forecast(with_room(growth, 650), {}, {}).full_in), 6.5, 1e-6);
  EXPECT_FALSE(forecast(with_room(growth, 701), {}, {}).full_in);
  EXPECT_EQ(*forecast(with_room(growth, 499), {}, {}).full_in, Duration{});
}

// Two queues: one keeps its own for 100 days, so 10 a day of it are 1,000 MB; the general word governs the other only.
TEST(Forecast, AQueuesOwnWordIsLeftAsItIs) {
  Growth growth = hundred_a_day();
  growth.recent.push_back(done_jobs(70, 3 * day, "invoices"));
  Retention retention;
  retention.queues["invoices"].done = 100 * day;
  const Forecast told = forecast(with_room(growth, 1'000 + 1'000 + 301), retention, {});
  EXPECT_NEAR(told.queues.at("invoices").bytes, 10 * MB, 1);
  EXPECT_NEAR(told.queues.at("default").bytes, 100 * MB, 1);
  EXPECT_NEAR(told.day.bytes, 110 * MB, 1);
  EXPECT_NEAR(told.steady_bytes, 2'700 * MB, 20);
  EXPECT_EQ(*told.keep_done, 3 * day);
  EXPECT_FALSE(forecast(with_room(growth, 1'900), retention, {}).keep_done) << "not even nothing at all would do";
}

// Kept for a day only: what came before is gone, and is not counted as a day on which nothing came.
TEST(Forecast, AShortTimeIsMeasuredOverItself) {
  Growth growth = hundred_a_day();
  growth.recent = {done_jobs(50, 12h), done_jobs(3, 30h)};
  Retention retention;
  retention.keep.done = day;
  EXPECT_NEAR(forecast(growth, retention, {}).day.jobs, 50, 1e-6);
}

// A key of 100 bytes stays 7 days, its job one: 100 jobs a day leave 700 keys.
TEST(Forecast, KeysOutliveTheirJobs) {
  Growth growth = hundred_a_day();
  growth.recent = {done_jobs(100, 12h)};
  growth.keys = 1'000;
  growth.key_bytes = 100'000;
  Retention retention;
  retention.keep.done = day;
  const Forecast told = forecast(growth, retention, {});
  EXPECT_NEAR(told.day.bytes, 100 * MB + 10'000, 1);
  // The 1,000 jobs that are kept for ever have their keys as long.
  EXPECT_NEAR(told.steady_bytes, 1'000 * MB + 100'000 + 100 * MB + 70'000, 10);
}

// The tables take twice what is in the rows, and so will what comes.
TEST(Forecast, IsCalibratedByWhatTheTablesTake) {
  Growth growth = hundred_a_day();
  growth.job_bytes = 2'000'000'000;
  EXPECT_NEAR(forecast(growth, {}, {}).day.bytes, 200 * MB, 1);
  growth.all.clear();  // too little to judge by
  growth.job_bytes = 300'000;
  EXPECT_NEAR(forecast(growth, {}, {}).day.bytes, 125 * MB, 1);
}

TEST(Forecast, WhereNothingComesItIsNeverFull) {
  Growth growth = with_room(hundred_a_day(), 1'001);
  growth.recent.clear();
  const Forecast told = forecast(growth, {}, {});
  EXPECT_FALSE(told.full_in);
  EXPECT_EQ(*told.keep_done, keep_done_max);
}

// --- against a simulation -------------------------------------------------------------------------------------------

// 100 jobs a day of 1 MB, four fifths of it in a large result that goes after a day.
TEST(Forecast, LargeResultsMayGoBeforeTheirJob) {
  Growth growth;
  growth.window = 7 * day;
  SampledJob recent = done_jobs(700, 3 * day), old = done_jobs(100, 5 * day);
  recent.large = old.large = recent.bytes / 5 * 4;
  growth.recent = {recent};
  growth.all = {old};
  growth.job_bytes = 100 * old.bytes / 5;  // what is left of them, without overhead
  growth.room = UINT64_MAX;
  Retention retention;
  retention.keep.results = day;
  const auto told = forecast(growth, retention, {});
  const double day_bytes = 100.0 * static_cast<double>(recent.bytes);
  EXPECT_NEAR(told.day.bytes, day_bytes, day_bytes / 100);
  EXPECT_NEAR(told.steady_bytes, day_bytes * 0.8 + day_bytes * 0.2 * 7, day_bytes / 50);
  retention.queues["default"].results = 365 * day;
  growth.job_bytes = 100 * old.bytes;
  EXPECT_NEAR(forecast(growth, retention, {}).steady_bytes, day_bytes * 7, day_bytes / 50) << "its queue says otherwise";
}

// Each hour of many days: jobs come, and go when they are old enough and a purge has passed. The most that was in use.
struct Steady {
  std::vector<std::pair<double, std::int64_t>> classes;  // bytes an hour, hours that they stay
  std::vector<std::pair<double, std::int64_t>> there;    // bytes that are there, hours until they go
  double peak(std::int64_t hours) const {
    std::vector<double> leave(static_cast<std::size_t>(hours) + 1, 0.0);
    double used = 0, most = 0;
    for (const auto& [bytes, until] : there) {
      used += bytes;
      if (until < hours) leave[static_cast<std::size_t>(until)] += bytes;
    }
    for (std::int64_t hour = 0; hour < hours; ++hour) {
      used -= leave[static_cast<std::size_t>(hour)];
      for (const auto& [bytes, stay] : classes) {
        used += bytes;
        if (hour + stay < hours) leave[static_cast<std::size_t>(hour + stay)] += bytes;
      }
      most = std::max(most, used);
    }
    return most;
  }
};

std::int64_t hours(Duration duration) { return duration / 1h; }

TEST(Forecast, TheRetentionThatItNamesHoldsForEverAndAThirdMoreDoesNot) {
  EXPECT_TRUE(rc::check([] {
    const Duration lag = 1h * *rc::gen::inRange(1, 48);
    Retention retention;
    retention.keep.done = 1h * *rc::gen::inRange(24, 30 * 24);
    retention.keep.dead = day * *rc::gen::inRange(1, 40);
    if (*rc::gen::arbitrary<bool>()) retention.keep.results = 1h * *rc::gen::inRange(1, 10 * 24);
    const auto gone = [&](const SampledJob& job) { return job.ended_as == JobState::done && retention.keep.results && job.ended_ago >= *retention.keep.results; };
    Growth growth;
    growth.window = 7 * day;
    growth.all = {kept_jobs(100)};
    const auto overhead = *rc::gen::elementOf(std::vector<double>{1, 1.5, 2});
    double in_rows = 100 * MB;
    struct Kind {
      SampledJob job;
      double a_day = 0;
    };
    std::vector<Kind> kinds;
    const int queues = *rc::gen::inRange(1, 5);
    for (int i = 0; i < queues; ++i) {
      Kind kind{done_jobs(0, 1h, "q" + std::to_string(i)), static_cast<double>(*rc::gen::inRange(20, 1'000))};
      kind.job.bytes = *rc::gen::inRange<std::uint64_t>(1'000, 2'000'000);
      kind.job.large = kind.job.bytes / 4 * *rc::gen::inRange<std::uint64_t>(0, 3);
      if (i > 0 && *rc::gen::arbitrary<bool>()) retention.queues[kind.job.queue].done = day * *rc::gen::inRange(1, 5);
      if (i > 1) kind.job.ended_as = JobState::dead;
      const Duration keep = retention.of(*kind.job.ended_as, kind.job.queue, kind.job.engine);
      kind.job.stands_for = kind.a_day * static_cast<double>(hours(std::min(growth.window, keep))) / 24;
      growth.recent.push_back(kind.job);
      const int old = *rc::gen::inRange(0, 4);
      for (int j = 0; j < old; ++j) {
        SampledJob job = kind.job;
        job.stands_for = static_cast<double>(*rc::gen::inRange(1, 100));
        job.age = job.ended_ago = 1h * *rc::gen::inRange<std::int64_t>(1, hours(keep) + 1);
        in_rows += job.stands_for * static_cast<double>(gone(job) ? job.bytes - job.large : job.bytes);
        growth.all.push_back(job);
      }
      kinds.push_back(kind);
    }
    growth.job_bytes = static_cast<std::uint64_t>(in_rows * overhead);

    const auto world = [&](const Retention& rules) {
      Steady steady;
      const auto large_kept = [&](const SampledJob& job) {
        const Duration keep = rules.of(*job.ended_as, job.queue, job.engine);
        return job.ended_as == JobState::done && rules.keep.results ? std::min(keep, *rules.keep.results) : keep;
      };
      for (const auto& kind : kinds) {
        const auto comes = [&](std::uint64_t bytes, Duration keep) { steady.classes.emplace_back(kind.a_day / 24 * static_cast<double>(bytes) * overhead, hours(keep + lag)); };
        comes(kind.job.bytes - kind.job.large, rules.of(*kind.job.ended_as, kind.job.queue, kind.job.engine));
        comes(kind.job.large, large_kept(kind.job));
      }
      for (const auto& job : growth.all) {
        const auto there = [&](std::uint64_t bytes, Duration keep) {
          steady.there.emplace_back(job.stands_for * static_cast<double>(bytes) * overhead, job.kept ? INT64_MAX : hours(std::max(Duration{}, keep - job.ended_ago) + lag));
        };
        there(job.bytes - job.large, rules.of(*job.ended_as, job.queue, job.engine));
        if (!gone(job)) there(job.large, large_kept(job));
      }
      return steady;
    };
    // Room for what is there already, and for some days of the kind that keep_done governs.
    Retention nothing = retention;
    nothing.keep.done = Duration{};
    const std::int64_t long_enough = 24 * 200;
    const double least = world(nothing).peak(long_enough);
    double general = 0;
    for (const auto& kind : kinds)
      if (kind.job.ended_as == JobState::done && !retention.queues.contains(kind.job.queue)) general += kind.a_day / 24 * static_cast<double>(kind.job.bytes - (retention.keep.results ? kind.job.large : 0)) * overhead;
    growth.room = static_cast<std::uint64_t>(least + general * *rc::gen::inRange(10, 60 * 24));

    const Forecast told = forecast(growth, retention, lag);
    RC_ASSERT(told.keep_done.has_value());
    Retention named = retention;
    named.keep.done = *told.keep_done;
    const double room = static_cast<double>(*growth.room);
    RC_ASSERT(world(named).peak(long_enough) <= room * (1 + 1e-6));
    RC_PRE(*told.keep_done >= 8h);  // whole hours are too coarse for a third of less
    named.keep.done = 1h * (hours(*told.keep_done) * 13 / 10);
    RC_ASSERT(world(named).peak(long_enough) > room);
    // And what it says of now is what happens: full in so many hours, or never.
    const bool overflows = world(retention).peak(long_enough) > room * (1 + 1e-6);
    if (!told.full_in) RC_ASSERT(!overflows);
    if (told.full_in && hours(*told.full_in) + 2 < long_enough) RC_ASSERT(world(retention).peak(hours(*told.full_in) + 2) > room * (1 - 1e-6));
  }));
}

}  // namespace
}  // namespace cadre::cleanup
