// A line of cron as sets of numbers: which minutes of which local days it means. It knows no time zone and no clock;
// schedule.hpp puts both to it. The language is that of crontab(5) (Vixie), and each departure from it is named here:
//
//   minute 0-59   hour 0-23   day of month 1-31   month 1-12 or jan-dec   day of week 0-7 or sun-sat; Sunday is 0 and 7
//
//   a field is    "*", "7", "1-5", "mon-fri", "*/15", "8-18/2", or several of these with commas; names in any case
//   @hourly @daily @weekly @monthly @yearly mean 0 * * * *, 0 0 * * *, 0 0 * * 0, 0 0 1 * *, 0 0 1 1 *
//
// The two days: where both day fields are restricted a day need please only one of them ("0 3 1 * mon": the first, and
// every Monday); otherwise it must please both. A field that begins with "*" counts as unrestricted, "*/2" too, as in
// Vixie's entry.c. So "0 3 */2 * mon" is a Monday with an odd date.
//
// Stricter than Vixie: a step of nothing ("*/99") and a step without a range ("0/15", Quartz) are refused.
// Kinder: a range of names may end in Sunday ("sat-sun").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <date/date.h>

#include "common/base/result.hpp"

namespace cadre::cleanup {

// What a clock on the wall shows: no zone, so it is no moment.
using LocalMinute = date::local_time<std::chrono::minutes>;
using date::local_seconds;

struct CronField {
  std::string_view name;
  unsigned min = 0;
  unsigned max = 0;
  std::span<const std::string_view> words;  // names of min, min + 1, ...; empty: numbers only
};

extern const std::array<CronField, 5> cron_fields;  // in the order of a line

bool same_word(std::string_view a, std::string_view b);  // in any case

// The number or name that `word` is in `field`, within its range.
std::optional<unsigned> number_in(const CronField& field, std::string_view word);

// Parts of `text` between blanks (tabs too); none is empty.
std::vector<std::string_view> words_of(std::string_view text);

// Parts of `text` between `separator`; some may be empty, and there is always one.
std::vector<std::string_view> split(std::string_view text, char separator);

struct Cron {
  // Bit n stands for the number n; Sunday is bit 0.
  std::uint64_t minutes = 0, hours = 0, days = 0, months = 0, weekdays = 0;
  bool either_day = false;  // both day fields are restricted: one of them suffices

  // A line of five fields, or one of the five words with "@". An error names the field, what was wanted, what was
  // found. A line that can never fire ("0 0 31 2 *") is an error.
  static Result<Cron> parse(std::string_view text);

  // Runs in every hour of its days: schedule.hpp lets such a line follow the time that passes, not the clock.
  bool every_hour() const;

  bool has(date::local_days day) const;

  // The first minute in [from, until), looked for within search_days_max days.
  std::optional<LocalMinute> first_in(LocalMinute from, local_seconds until) const;
};

// A 29 February that is to be a given day of the week too ("0 0 29 2 */7": Sunday, and so both) comes every 28 years,
// but every 40 where one of the years 1700, 1800, 1900, 2100 ... without one lies between. Nothing is rarer.
inline constexpr int search_days_max = 40 * 366;

}  // namespace cadre::cleanup
