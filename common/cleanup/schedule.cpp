#include "common/cleanup/schedule.hpp"

#include <algorithm>

#include <date/tz.h>
#include <fmt/format.h>

#include "common/base/assert.hpp"

namespace cadre::cleanup {
namespace {

using date::sys_seconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A zone changes its offset at most some four times a year (Morocco did, for Ramadan), and no search is longer than
// forty years (cron.hpp).
constexpr int stretches_max = 4 * 41;

constexpr sys_seconds calendar_first = date::sys_days{date::year{1900} / 1 / 1};
constexpr sys_seconds calendar_last = date::sys_days{date::year{9999} / 12 / 31};

constexpr WallTime wall(sys_seconds time) { return WallTime{Duration{time.time_since_epoch()}}; }

// A stretch of time with one offset from UTC, in local terms: [begin, end), and `shown` is where the clock on the wall
// stood when the stretch began.
//
//     gap:     shown 02:00   begin 03:00      repeat:  begin 02:00   shown 03:00
struct Stretch {
  Stretch(const date::time_zone& zone, sys_seconds at)
      : info(zone.get_info(at)), begin(local(info.begin)), end(local(info.end)), shown(begin) {
    if (info.begin > calendar_first) shown = begin - info.offset + zone.get_info(info.begin - seconds{1}).offset;
  }

  local_seconds local(sys_seconds time) const { return local_seconds{time.time_since_epoch()} + info.offset; }
  WallTime wall(LocalMinute time) const { return cleanup::wall(sys_seconds{time.time_since_epoch()} - info.offset); }
  bool is_shift() const { return shown - begin <= shift_max && begin - shown <= shift_max; }

  date::sys_info info;
  local_seconds begin, end, shown;
};

// Walks the stretches; in each one the clock on the wall is simple. For a line of certain hours the minutes that were
// jumped over are due at the jump, and those that were shown before are not due again.
WallTime next_of(const Cron& cron, const date::time_zone& zone, sys_seconds after) {
  Stretch stretch(zone, after);
  LocalMinute from = date::floor<minutes>(stretch.local(after)) + minutes{1};
  const auto by_clock = [&] { return !cron.every_hour() && stretch.is_shift(); };
  if (by_clock()) from = std::max(from, date::ceil<minutes>(stretch.shown));
  for (int left = stretches_max; left > 0; --left) {
    if (const auto found = cron.first_in(from, stretch.end)) return stretch.wall(*found);
    stretch = Stretch(zone, stretch.info.end);
    if (by_clock() && cron.first_in(date::ceil<minutes>(stretch.shown), stretch.begin)) return wall(stretch.info.begin);
    from = date::ceil<minutes>(by_clock() ? std::max(stretch.begin, stretch.shown) : stretch.begin);
  }
  CADRE_ASSERT(false);  // parse() lets nothing pass that is not due within search_days_max
}

WallTime next_of(Duration interval, WallTime after) {
  const Duration since = after.time_since_epoch();
  auto fires = since / interval;
  if (since < fires * interval) --fires;  // before 1970
  return WallTime{(fires + 1) * interval};
}

}  // namespace

Schedule::Schedule(std::string text, std::string zone_name, Rule rule, const date::time_zone& zone)
    : text_(std::move(text)), zone_name_(std::move(zone_name)), rule_(std::move(rule)), zone_(&zone) {}

WallTime Schedule::next(WallTime after) const {
  if (after >= wall(calendar_last)) return never;
  after = std::max(after, wall(calendar_first));
  if (const auto* interval = std::get_if<Duration>(&rule_)) return next_of(*interval, after);
  return next_of(std::get<Cron>(rule_), *zone_, sys_seconds{date::floor<seconds>(after.time_since_epoch())});
}

std::vector<WallTime> Schedule::upcoming(WallTime after, std::size_t count) const {
  std::vector<WallTime> times;
  while (times.size() < count) times.push_back(after = next(after));
  return times;
}

Duration Schedule::period(WallTime at) const {
  const WallTime first = next(at);
  return next(first) - first;
}

}  // namespace cadre::cleanup
