#include "broker/ctl/values.hpp"

#include <fmt/format.h>

#include <ctime>

#include "common/config/yaml.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

using nlohmann::json;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Exactly `digits` digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return Duration{};
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits)
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return Duration{micros};
}

std::optional<Duration> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return Duration{};
  const bool west = text.starts_with('-');
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || !take(text, ":")) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Duration offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return west ? -offset : offset;
}

bool keeps_its_value(const json& number, const std::string& text) {
  if (!number.is_number_float()) return true;
  return text.find_first_of(".eE") != std::string::npos;  // an integer that became a float has lost digits
}

}  // namespace

std::optional<std::pair<std::string, std::string>> name_and_value(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  return std::pair(std::string(assignment.substr(0, equals)), std::string(assignment.substr(equals + 1)));
}

Result<> set_parameter(json& parameters, std::string_view assignment) {
  const auto parts = name_and_value(assignment);
  if (!parts) return Error{fmt::format("parameter '{}': NAME=VALUE was wanted, such as -p width=200", assignment)};
  const auto& [name, text] = *parts;
  json value = json::parse(text, nullptr, false);
  const bool plain = value.is_discarded() || value.is_string() || !keeps_its_value(value, text);
  parameters[name] = plain ? json(text) : std::move(value);
  return Done{};
}

std::optional<WallTime> parse_time(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const Duration since = std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{*hour} +
                         std::chrono::minutes{*minute} + std::chrono::seconds{*second} + *fraction - *offset;
  return WallTime{since};
}

Result<WallTime> parse_when(std::string_view text, WallTime now) {
  if (text.starts_with('+')) {
    if (const auto later = yaml::parse_duration(text.substr(1))) return now + *later;
  } else if (const auto time = parse_time(text)) {
    return *time;
  }
  return Error{
      fmt::format("'{}' is not a time: 2026-11-24T08:30:00Z, 2026-11-24T09:30:00+01:00 or +10m was wanted", text)};
}

}  // namespace cadre::ctl
