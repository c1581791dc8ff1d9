#include "broker/shell/pace.hpp"

#include <algorithm>
#include <cmath>

namespace cadre {

namespace {

constexpr double rate_min = 4e6, rate_max = 1e9;
constexpr double flow_min = 20;           // commits per second: below, nobody's p99 is worth the large jobs' time
constexpr std::size_t rows_max = 64;      // a larger commit takes its time anyway, and says nothing about the disk
constexpr double slow_times = 2.5;        // of the p99: a commit that takes longer is slow
constexpr double slow_share = 0.005;      // of the time may be spent in slow commits; the pace settles there
constexpr double haste = 30;              // per second in slow commits: e-folds of the pace
constexpr double step_max = 1.5;          // e-folds at once
constexpr double pause_max = 0.1;         // seconds between commits that count as time
constexpr double p99_first = 3;           // of the first commit's time
constexpr double up = 0.099, down = 0.001;  // they balance where one commit in a hundred is above

}  // namespace

double Pace::flow(Instant now) const { return flow_ * std::exp(-static_cast<double>((now - seen_).count()) / 1e6); }

// Stochastic approximation of a quantile: one step up or down a sample.
void Pace::learn(double seconds) { p99_ *= seconds > p99_ ? 1 + up : 1 - down; }

void Pace::adjust(double seconds, double since_last) {
  const double slow = seconds > p99_ * slow_times ? seconds : 0;
  const double step = haste * (slow_share * std::min(since_last, pause_max) - slow);
  rate_ = std::clamp(rate_ * std::exp(std::max(step, -step_max)), rate_min, rate_max);
}

void Pace::small_commit(Instant now, Duration took, std::size_t rows, bool beside) {
  const double seconds = static_cast<double>(took.count()) / 1e6, since_last = static_cast<double>((now - seen_).count()) / 1e6;
  flow_ = flow(now) + 1;
  seen_ = now;
  if (rows > rows_max) return;
  if (p99_ == 0) p99_ = seconds * p99_first;
  if (beside) adjust(seconds, since_last);
  else learn(seconds);
}

std::uint64_t Pace::rate(Instant now) const { return flow(now) < flow_min ? 0 : static_cast<std::uint64_t>(rate_); }

}  // namespace cadre
