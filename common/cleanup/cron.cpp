#include "common/cleanup/cron.hpp"

#include <bit>

namespace cadre::cleanup {
namespace {

using Minutes = std::chrono::minutes;

constexpr std::uint64_t all_hours = (1u << 24) - 1;

constexpr bool in(std::uint64_t set, unsigned number) { return (set >> number & 1) != 0; }

// The first number of `set` that is at least `from` (at most 63).
std::optional<int> first_of(std::uint64_t set, int from) {
  const std::uint64_t rest = set >> from;
  if (rest == 0) return std::nullopt;
  return from + std::countr_zero(rest);
}

// The first time of day at or after `from`, which is less than a day.
std::optional<Minutes> time_of_day(const Cron& cron, Minutes from) {
  const int hour = static_cast<int>(from / Minutes{60});
  const int minute = static_cast<int>(from % Minutes{60} / Minutes{1});
  if (in(cron.hours, static_cast<unsigned>(hour))) {
    if (const auto found = first_of(cron.minutes, minute)) return Minutes{hour * 60 + *found};
  }
  const auto later = first_of(cron.hours, hour + 1);
  if (!later) return std::nullopt;
  return Minutes{*later * 60 + std::countr_zero(cron.minutes)};
}

date::local_days month_after(date::year_month_day day) {
  return date::local_days{day.year() / day.month() / 1 + date::months{1}};
}

}  // namespace

bool Cron::every_hour() const { return hours == all_hours; }

bool Cron::has(date::local_days day) const {
  const date::year_month_day date{day};
  if (!in(months, static_cast<unsigned>(date.month()))) return false;
  const bool by_date = in(days, static_cast<unsigned>(date.day()));
  const bool by_weekday = in(weekdays, date::weekday{day}.c_encoding());
  return either_day ? by_date || by_weekday : by_date && by_weekday;
}

// Walks days, and over a month that is not meant at one step: at most some 500 steps for a 29 February, a handful for
// all else.
std::optional<LocalMinute> Cron::first_in(LocalMinute from, local_seconds until) const {
  const date::local_days first = date::floor<date::days>(from);
  const date::local_days last = first + date::days{search_days_max};
  for (date::local_days day = first; day <= last && day < until;) {
    const date::year_month_day date{day};
    if (!in(months, static_cast<unsigned>(date.month()))) {
      day = month_after(date);
      continue;
    }
    if (has(day)) {
      const Minutes begin = day == first ? Minutes{from - day} : Minutes{0};
      if (const auto time = time_of_day(*this, begin)) {
        const LocalMinute found = day + *time;
        return found < until ? std::optional(found) : std::nullopt;
      }
    }
    day += date::days{1};
  }
  return std::nullopt;
}

}  // namespace cadre::cleanup
