// The lines of the product that Cadre succeeds are Quartz: six or seven fields, seconds first and a year last, "?" for
// "no matter", weekdays counted from 1 = Sunday, and L, W, # for days that cron has no word for. They are known by
// their looks and refused, and the same time is said in cron.
// Source: www.quartz-scheduler.org/documentation/quartz-2.5.x/tutorials/crontrigger.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace cadre::cleanup {

// Why `text` is refused as a Quartz line, with the line of cron that means the same or the reason why there is none;
// nothing where `text` is no Quartz line.
//   "0 0 3 ? * 1" -> it is a Quartz line (seconds first), and Cadre takes cron: write "0 3 * * SUN"
std::optional<std::string> quartz_refusal(std::string_view text);

// The line of cron that means the same, or why there is none.
Result<std::string> cron_from_quartz(std::string_view text);

}  // namespace cadre::cleanup
