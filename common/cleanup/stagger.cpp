#include "common/cleanup/stagger.hpp"

#include <algorithm>
#include <optional>

#include "common/base/assert.hpp"
#include "common/base/mix.hpp"

namespace cadre::cleanup {
namespace {

// A distance of 63 bits has been halved to nothing by then.
constexpr int halvings_max = 64;

// The last time of the schedule in (after - reach, after]. The schedule only looks ahead, so it is hemmed in; mostly
// one or two times lie within reach, and the first looks find them.
std::optional<WallTime> latest(const Schedule& schedule, WallTime after, Duration reach) {
  WallTime fire = schedule.next(after - reach);
  if (fire > after) return std::nullopt;
  WallTime above = after;  // nothing is due in (above, after]
  for (int left = halvings_max; left > 0; --left) {
    const WallTime found = schedule.next(fire);
    if (found > after) break;
    const WallTime middle = found + (above - found) / 2;
    const WallTime later = schedule.next(middle);
    fire = later <= after ? later : found;
    if (later > after) above = middle;
  }
  return fire;
}

WallTime start_behind(WallTime fire, const Schedule& schedule, const Seat& seat, Duration spread) {
  if (fire == never) return never;
  return fire + offset(seat, std::min(spread, schedule.next(fire) - fire));
}

}  // namespace

Duration offset(const Seat& seat, Duration window) {
  CADRE_ASSERT(seat.rank < seat.nodes);
  CADRE_ASSERT(window >= Duration{0});
  const Duration slot = window / static_cast<Duration::rep>(seat.nodes);
  if (slot == Duration{0}) return slot;
  // A part of the slot, not a remainder: where the window is shorter by an hour one day (summer time), the start moves by an
  // hour at most. 16 bits: no overflow up to windows of years.
  const std::uint64_t part = mix(seat.cluster) >> 48;
  const Duration phase{static_cast<Duration::rep>(static_cast<std::uint64_t>(slot.count()) * part >> 16)};
  return slot * static_cast<Duration::rep>(seat.rank) + phase;
}

WallTime turn_start(const Schedule& schedule, WallTime after, const Seat& seat, Duration spread) {
  CADRE_ASSERT(spread >= Duration{0});
  if (const auto fire = latest(schedule, after, spread)) {
    const WallTime start = start_behind(*fire, schedule, seat, spread);
    if (start > after) return start;
  }
  return start_behind(schedule.next(after), schedule, seat, spread);
}

std::vector<WallTime> turn_starts(const Schedule& schedule, WallTime after, const Seat& seat, Duration spread,
                                  std::size_t count) {
  std::vector<WallTime> starts;
  while (starts.size() < count) starts.push_back(after = turn_start(schedule, after, seat, spread));
  return starts;
}

}  // namespace cadre::cleanup
