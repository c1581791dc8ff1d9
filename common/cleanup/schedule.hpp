// When a recurring duty is due: a value, read from a line of text and a time zone, and asked for the next time.
//
//   Result<Schedule> schedule = Schedule::parse("30 2 * * *", "Europe/Berlin");   // or "@daily", "every 6h"
//   const WallTime due = schedule->next(now.wall);
//
// Three kinds of line. Cron: cron.hpp tells the language. "every 6h": multiples of the interval since 1970 in UTC,
// whatever the zone, so that all nodes, and a node after its restart, mean the same times; 1 minute to 366 days.
// Quartz: refused with the line of cron that means the same (quartz.hpp).
//
// Summer time. A line for certain hours follows the clock on the wall and is neither skipped nor doubled: a time that
// the clock jumps over is due at once when it has jumped; a time that the clock shows twice counts the first time only.
// A line for every hour ("*/15 * * * *") follows the time that passes: it runs in both of two like hours, and has
// nothing in an hour that does not exist. This is what cron(8) of Debian does ("Special considerations exist when the
// clock is changed by less than 3 hours"), but for one thing: cron counts any line with a "*" in its hour or minute to
// the second kind, "0 */6" and "* 2" too; here it is only those that want all 24 hours.
//
// A day that is left out (Pacific/Apia had no 30 December 2011) is, as any change of more than 3 hours, no summer time:
// as in cron(8) nothing is made up for. A daily duty ran on the 29th and, 24 hours later, on the 31st.
//
// The zones are those of the system (tzdata), read once per process: after an update of tzdata, restart. The library
// reads tables, not the rule behind them (HowardHinnant/date issues 563, 760): Debian's tables go to 2037, and after it
// winter never ends. Tables made by "zic -b slim" end years ago; on such a system the tests of summer time fail.
//
// Nothing here throws, waits, or asks a clock; next() takes microseconds. Safe from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/cleanup/cron.hpp"

namespace date {
class time_zone;
}

namespace cadre::cleanup {

inline constexpr Duration interval_min = std::chrono::minutes{1};
inline constexpr Duration interval_max = std::chrono::hours{366 * 24};

// Longer changes of the clock are corrections, not summer time: cron(8).
inline constexpr Duration shift_max = std::chrono::hours{3};

// Behind every time that we tell: what comes after the year 9999. Before 1900 nothing is due.
inline constexpr WallTime never = WallTime::max();

class Schedule {
 public:
  // `time_zone` is a name of the tz database, as "Europe/Berlin" or "UTC". Errors are whole sentences for people:
  //   schedule "0 3 32 * *": day of month: wanted 1 to 31, found "32"
  static Result<Schedule> parse(std::string_view text, std::string_view time_zone);

  // The first time strictly after `after`.
  WallTime next(WallTime after) const;

  // The first `count` times after `after`, in order.
  std::vector<WallTime> upcoming(WallTime after, std::size_t count) const;

  // How far the next two times after `at` lie apart. Most lines have one period; those that have several, as
  // "0 3 * * mon,tue", answer with the one to come, and a daily line knows its days of 23 and 25 hours.
  Duration period(WallTime at) const;

  const std::string& text() const { return text_; }
  const std::string& time_zone() const { return zone_name_; }

 private:
  using Rule = std::variant<Cron, Duration>;

  Schedule(std::string text, std::string zone_name, Rule rule, const date::time_zone& zone);

  std::string text_;
  std::string zone_name_;
  Rule rule_;
  const date::time_zone* zone_;  // lives as long as the process
};

}  // namespace cadre::cleanup
