#include "common/cleanup/forecast.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace cadre::cleanup {

namespace {

constexpr double day_seconds = 24 * 3600;
// Below it a table's first pages and what InnoDB puts by weigh more than the rows; then rows are taken to need a quarter more
// than what is in them.
constexpr double calibrated_from = 16 << 20;
constexpr double usual_overhead = 1.25;

// Jobs that go by one rule.
struct Class {
  std::string queue, engine;
  JobState ends_as = JobState::done;
  auto operator<=>(const Class&) const = default;
};

Class class_of(const SampledJob& job) { return {job.queue, job.engine, job.ended_as.value_or(JobState::done)}; }

// How long the large bodies of such a job stay.
Duration bodies_kept(const Class& its, const Retention& retention) {
  const Duration job = retention.of(its.ends_as, its.queue, its.engine);
  if (its.ends_as != JobState::done) return job;
  return std::min(job, retention.results_of(its.queue, its.engine).value_or(job));
}

// What of it is there now: its large bodies may have gone.
double large_now(const SampledJob& job, const Retention& retention) {
  const auto kept = retention.results_of(job.queue, job.engine);
  const bool gone = job.ended_as == JobState::done && !job.kept && kept && job.ended_ago >= *kept;
  return gone ? 0 : static_cast<double>(job.large);
}
double bytes_now(const SampledJob& job, const Retention& retention) { return static_cast<double>(job.bytes - job.large) + large_now(job, retention); }

struct Rate : Flow {
  double large = 0;             // of its bytes
};

struct Rates {
  std::map<Class, Rate> flows;  // a day
  double overhead = 1;          // bytes on disk for each in the rows
  double key_bytes = 0;         // of one submit key
};

// What a class keeps for less than the window is counted over that: what came before has gone already.
Rates rates_of(const Growth& growth, const Retention& retention) {
  Rates rates;
  double in_rows = 0;
  for (const auto& job : growth.all) in_rows += job.stands_for * bytes_now(job, retention);
  rates.overhead = in_rows >= calibrated_from ? static_cast<double>(growth.job_bytes) / in_rows : usual_overhead;
  rates.key_bytes = growth.keys == 0 ? 0 : static_cast<double>(growth.key_bytes) / static_cast<double>(growth.keys);
  for (const auto& job : growth.recent) {
    const Class its = class_of(job);
    const Duration window = std::max(window_min, std::min(growth.window, retention.of(its.ends_as, its.queue, its.engine)));
    if (job.age > window) continue;
    const double days = seconds_of(window) / day_seconds;
    Rate& flow = rates.flows[its];
    flow.jobs += job.stands_for / days;
    flow.bytes += job.stands_for * static_cast<double>(job.bytes) * rates.overhead / days;
    flow.large += job.stands_for * static_cast<double>(job.large) * rates.overhead / days;
  }
  return rates;
}

// Bytes in use over time, in seconds from now: what they are, how fast they grow, and how both change.
struct Line {
  struct Bend {
    double at = 0, bytes = 0, slope = 0;  // what goes then; by how much slower it grows from then on
  };
  double bytes = 0, slope = 0;
  std::vector<Bend> bends;

  // `bytes` that are there now go at `at`.
  void goes(double at, double some) { bends.push_back({at, some, 0}); }
  // `some` come each second, and each goes when it is `life` old.
  void comes(double some, double life) {
    slope += some;
    bends.push_back({life, 0, some});
  }
  // Where it first exceeds `room`; and what it is in the end.
  std::pair<std::optional<double>, double> follow(double room) {
    std::sort(bends.begin(), bends.end(), [](const Bend& a, const Bend& b) { return a.at < b.at; });
    std::optional<double> exceeds;
    double now = 0, used = bytes, growth = slope;
    if (used > room) exceeds = 0;
    for (const Bend& bend : bends) {
      const double reached = used + growth * (bend.at - now);
      if (!exceeds && reached > room) exceeds = now + (room - used) / growth;
      now = bend.at;
      used = reached - bend.bytes;
      growth -= bend.slope;
    }
    return {exceeds, used};
  }
};

Line line_of(const Growth& growth, const Rates& rates, const Retention& retention, Duration lag) {
  Line line;
  line.bytes = static_cast<double>(growth.job_bytes + growth.key_bytes + growth.other_bytes);
  double sampled = 0;
  for (const auto& job : growth.all) sampled += job.stands_for * bytes_now(job, retention);
  const double overhead = sampled > 0 ? static_cast<double>(growth.job_bytes) / sampled : 0;  // together: what the tables take now
  double keys_left = static_cast<double>(growth.key_bytes);
  for (const auto& job : growth.all) {
    const double key = std::min(keys_left, job.stands_for * rates.key_bytes);
    keys_left -= key;
    if (job.kept) continue;
    const Class its = class_of(job);
    const Duration keep = retention.of(its.ends_as, its.queue, its.engine);
    const auto goes_in = [&](Duration kept) { return seconds_of(std::max(Duration{}, job.ended_as ? kept - job.ended_ago : kept) + lag); };
    const double left = goes_in(keep);
    line.goes(left, job.stands_for * static_cast<double>(job.bytes - job.large) * overhead);
    line.goes(goes_in(bodies_kept(its, retention)), job.stands_for * large_now(job, retention) * overhead);
    line.goes(std::max(left, seconds_of(std::max(Duration{}, retention.keys - job.age) + lag)), key);
  }
  line.goes(seconds_of(retention.keys + lag), keys_left);  // of jobs that have gone
  for (const auto& [its, flow] : rates.flows) {
    const Duration keep = retention.of(its.ends_as, its.queue, its.engine);
    line.comes((flow.bytes - flow.large) / day_seconds, seconds_of(keep + lag));
    line.comes(flow.large / day_seconds, seconds_of(bodies_kept(its, retention) + lag));
    line.comes(flow.jobs * rates.key_bytes / day_seconds, seconds_of(std::max(keep, retention.keys) + lag));
  }
  return line;
}

Duration whole_hours(double s) { return std::chrono::hours(static_cast<std::int64_t>(s / 3600)); }

}  // namespace

// The longer the done ones are kept, the higher the line at every moment: so the longest time is found by halving.
Forecast forecast(const Growth& growth, const Retention& retention, Duration lag) {
  Forecast told;
  const Rates rates = rates_of(growth, retention);
  for (const auto& [its, flow] : rates.flows) {
    const double with_keys = flow.bytes + flow.jobs * rates.key_bytes;
    for (Flow* sum : std::array{&told.day, &told.queues[its.queue]}) {
      sum->jobs += flow.jobs;
      sum->bytes += with_keys;
    }
  }
  const double room = growth.room ? static_cast<double>(*growth.room) : HUGE_VAL;
  const auto [full, steady] = line_of(growth, rates, retention, lag).follow(room);
  told.steady_bytes = steady;
  if (full) told.full_in = Duration{static_cast<std::int64_t>(*full * 1e6)};
  if (!growth.room) return told;
  const auto holds = [&](Duration keep_done) {
    Retention other = retention;
    other.keep.done = keep_done;
    return !line_of(growth, rates, other, lag).follow(room).first;
  };
  if (!holds(Duration{})) return told;
  Duration low{}, high = keep_done_max;
  if (holds(high)) low = high;
  while (high - low > std::chrono::hours(1)) {
    const Duration middle = whole_hours(seconds_of(low + high) / 2);
    (holds(middle) ? low : high) = middle;
  }
  told.keep_done = low;
  return told;
}

}  // namespace cadre::cleanup
