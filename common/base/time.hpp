// Time as values: arithmetic only. Nothing here can ask what time it is; the shells read the clocks (common/os/clock)
// and hand the answer in.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cadre {

using Duration = std::chrono::microseconds;

// CLOCK_BOOTTIME of this machine: it advances in suspend and never steps. All time-outs and leases count on it.
struct BootClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using Instant = BootClock::time_point;

// Time of day, UTC, microseconds since 1970. It may step: only for what people read and for "not before 02:30".
struct WallClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<WallClock>;
  static constexpr bool is_steady = false;
};
using WallTime = WallClock::time_point;

// The service clock of the cluster (guarantees.md R13): a logical clock kept in the database; retention counts on it.
struct ServiceClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<ServiceClock>;
  static constexpr bool is_steady = true;
};
using ServiceTime = ServiceClock::time_point;

// What one turn of a loop knows about time: read once, used for every decision of that turn.
struct Now {
  Instant boot;
  WallTime wall;
  ServiceTime service;
};

using namespace std::chrono_literals;

// "2026-11-24T08:33:38.123Z"; an unset time (0) is "-".
std::string to_string(WallTime time);

// As numbers in answers and on pages are: 1.5.
constexpr double seconds_of(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

// "1.5s", "250ms", "2m", "3h": short, for people.
std::string to_string(Duration duration);

// What so many bytes may take on their way and into the store before anybody need worry: 1 MB/s, a byte a microsecond.
constexpr Duration patience_for(std::uint64_t bytes) { return Duration{static_cast<std::int64_t>(bytes)}; }

}  // namespace cadre
