#include <fmt/format.h>

#include "common/cleanup/cron.hpp"

namespace cadre::cleanup {
namespace {

enum : std::size_t { minute, hour, day, month, weekday };

constexpr std::uint64_t sunday = 1u << 0;
constexpr std::uint64_t sunday_again = 1u << 7;

struct Word {
  std::string_view word;
  std::string_view line;
};
constexpr std::array<Word, 5> at_words{{{"@hourly", "0 * * * *"},
                                        {"@daily", "0 0 * * *"},
                                        {"@weekly", "0 0 * * 0"},
                                        {"@monthly", "0 0 1 * *"},
                                        {"@yearly", "0 0 1 1 *"}}};

Error wanted(const CronField& field, std::string_view found) {
  const std::string names =
      field.words.empty() ? "" : fmt::format(" or {} to {}", field.words.front(), field.words.back());
  return {fmt::format("{}: wanted {} to {}{}, found \"{}\"", field.name, field.min, field.max, names, found)};
}

Result<unsigned> parse_step(const CronField& field, std::string_view text, std::string_view found) {
  const unsigned most = field.max - field.min;
  const auto step = number_in({.name = field.name, .min = 1, .max = most, .words = {}}, text);
  if (!step) return Error{fmt::format("{}: wanted a step of 1 to {}, found \"{}\"", field.name, most, found)};
  return *step;
}

// "*", "7", "1-5", "*/15", "8-18/2".
Result<std::uint64_t> parse_element(const CronField& field, std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view body = text.substr(0, slash);
  const auto dash = body.find('-');
  unsigned low = field.min;
  unsigned high = field.max;
  if (body != "*") {
    const auto first = number_in(field, body.substr(0, dash));
    if (!first) return wanted(field, text);
    auto last = dash == body.npos ? first : number_in(field, body.substr(dash + 1));
    if (!last) return wanted(field, text);
    if (*last < *first && same_word(body.substr(dash + 1), "sun")) last = field.max;  // "sat-sun"
    if (*last < *first) {
      return Error{fmt::format("{}: \"{}\" runs backwards; write \"{}-{},{}-{}\"", field.name, text, *first, field.max,
                               field.min, *last)};
    }
    low = *first;
    high = *last;
  }
  unsigned step = 1;
  if (slash != text.npos) {
    if (body != "*" && dash == body.npos) {
      return Error{fmt::format("{}: a step needs a range; for \"{}\" write \"{}-{}{}\"", field.name, text, body,
                               field.max, text.substr(slash))};
    }
    const auto parsed = parse_step(field, text.substr(slash + 1), text);
    if (!parsed) return Error{parsed.error()};
    step = *parsed;
  }
  std::uint64_t set = 0;
  for (unsigned number = low; number <= high; number += step) set |= std::uint64_t{1} << number;
  return set;
}

Result<std::uint64_t> parse_field(const CronField& field, std::string_view text) {
  std::uint64_t set = 0;
  for (const std::string_view element : split(text, ',')) {
    const auto some = parse_element(field, element);
    if (!some) return some;
    set |= *some;
  }
  return set;
}

// Every date that a leap year has falls on every day of the week in some year, so only the length of months decides.
bool can_fire(const Cron& cron) {
  if (cron.either_day) return true;
  constexpr std::array<unsigned, 12> longest{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned i = 0; i < longest.size(); ++i) {
    const std::uint64_t days_there = (std::uint64_t{2} << longest.at(i)) - 1;
    if ((cron.months >> (i + 1) & 1) != 0 && (cron.days & days_there) != 0) return true;
  }
  return false;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  const auto parts = words_of(text);
  if (parts.size() == 1 && parts[0].starts_with('@')) {
    for (const auto& [word, line] : at_words) {
      if (same_word(parts[0], word)) return parse(line);
    }
    return Error{fmt::format("wanted @hourly, @daily, @weekly, @monthly or @yearly, found \"{}\"", parts[0])};
  }
  if (parts.size() != cron_fields.size()) {
    return Error{fmt::format("wanted \"every 6h\", \"@daily\" or the five fields minute, hour, day of month, month, "
                             "day of week; found {} word{}",
                             parts.size(), parts.size() == 1 ? "" : "s")};
  }
  std::array<std::uint64_t, cron_fields.size()> sets{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto set = parse_field(cron_fields.at(i), parts[i]);
    if (!set) return Error{set.error()};
    sets.at(i) = *set;
  }
  if ((sets[weekday] & sunday_again) != 0) sets[weekday] |= sunday;
  const Cron cron{.minutes = sets[minute],
                  .hours = sets[hour],
                  .days = sets[day],
                  .months = sets[month],
                  .weekdays = sets[weekday] & ~sunday_again,
                  .either_day = !parts[day].starts_with('*') && !parts[weekday].starts_with('*')};
  if (!can_fire(cron)) {
    return Error{fmt::format("it can never fire: day of month is \"{}\", and no month of \"{}\" is so long", parts[day],
                             parts[month])};
  }
  return cron;
}

}  // namespace cadre::cleanup
