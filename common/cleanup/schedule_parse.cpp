#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

#include "common/cleanup/quartz.hpp"
#include "common/cleanup/schedule.hpp"
#include "common/config/yaml.hpp"

namespace cadre::cleanup {
namespace {

constexpr std::string_view every = "every";

// The library throws where it has no tables or no such zone; what it says is kept for the first case only.
Result<const date::time_zone*> find_zone(std::string_view name) {
  try {
    date::get_tzdb();
  } catch (const std::exception& error) {
    return Error{fmt::format("the time zones of this system cannot be read ({}); is the package tzdata installed?",
                             error.what())};
  }
  try {
    const date::time_zone* zone = date::locate_zone(name);
    zone->get_info(date::sys_seconds{});  // reads its table, which may fail, now and not in next()
    return zone;
  } catch (const std::exception&) {
    return Error{fmt::format("there is no time zone \"{}\"; wanted a name like \"Europe/Berlin\" or \"UTC\"", name)};
  }
}

// The length of "every 6h"; nothing where the text is no such line.
std::optional<Result<Duration>> parse_interval(const std::vector<std::string_view>& words) {
  if (words.empty() || words[0] != every) return std::nullopt;
  std::string length;
  for (std::size_t i = 1; i < words.size(); ++i) length += (i == 1 ? "" : " ") + std::string(words[i]);
  const auto interval = yaml::parse_duration(length);
  if (interval && *interval >= interval_min && *interval <= interval_max) return Result<Duration>(*interval);
  return Result<Duration>(
      Error{fmt::format("every: wanted 1min to 366d, as \"every 30min\", \"every 6h\" or \"every 1d\"; found \"{}\"",
                        length)});
}

Result<std::variant<Cron, Duration>> parse_rule(std::string_view text) {
  if (const auto interval = parse_interval(words_of(text))) {
    if (!*interval) return Error{interval->error()};
    return std::variant<Cron, Duration>(**interval);
  }
  if (const auto refusal = quartz_refusal(text)) return Error{*refusal};
  const auto cron = Cron::parse(text);
  if (!cron) return Error{cron.error()};
  return std::variant<Cron, Duration>(*cron);
}

}  // namespace

Result<Schedule> Schedule::parse(std::string_view text, std::string_view time_zone) {
  const auto rule = parse_rule(text);
  if (!rule) return Error{fmt::format("schedule \"{}\": {}", text, rule.error())};
  const auto zone = find_zone(time_zone);
  if (!zone) return Error{fmt::format("schedule \"{}\": {}", text, zone.error())};
  return Schedule(std::string(text), std::string(time_zone), *rule, **zone);
}

}  // namespace cadre::cleanup
