// How often a duration fell into which of a few fixed buckets: what a histogram of Prometheus is made of. A plain
// value.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "common/base/time.hpp"

namespace cadre {

class Histogram {
 public:
  static constexpr std::size_t bounds_max = 16;

  // `bounds` ascend, are at most bounds_max, and outlive the histogram: one of the arrays below.
  explicit constexpr Histogram(std::span<const Duration> bounds) : bounds_(bounds) {}

  void add(Duration value) {
    value = std::max(value, Duration{});  // clocks of other machines may step between two readings
    const auto above = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    ++counts_[static_cast<std::size_t>(above - bounds_.begin())];
    ++count_;
    sum_ += value;
  }
  // Of the same buckets.
  void add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
  }

  std::span<const Duration> bounds() const { return bounds_; }
  // Not more than bounds()[i] and more than the bound before; the one behind the last bound: all that is longer.
  std::uint64_t in_bucket(std::size_t i) const { return counts_[i]; }
  std::uint64_t count() const { return count_; }
  Duration sum() const { return sum_; }

 private:
  std::span<const Duration> bounds_;
  std::array<std::uint64_t, bounds_max + 1> counts_{};
  std::uint64_t count_ = 0;
  Duration sum_{};
};

// For what people wait for, and for what engines need: from a small job to a night.
inline constexpr std::array<Duration, 14> job_bounds{10ms, 50ms, 100ms, 500ms, 1s, 5s, 10s,
                                                     30s,  1min, 5min,  15min, 1h, 4h, 24h};
// For exchanges with a database.
inline constexpr std::array<Duration, 12> exchange_bounds{500us, 1ms,   2ms,   5ms, 10ms, 25ms,
                                                          50ms,  100ms, 250ms, 1s,  5s,   30s};

}  // namespace cadre
