// Values as people type them: parameters, times, durations, sizes. Pure; what is wrong is said in one sentence.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace cadre::ctl {

// "name=value", parted at the first '='; nothing where there is none, or no name before it.
std::optional<std::pair<std::string, std::string>> name_and_value(std::string_view assignment);

// "width=200": the value is JSON where it parses as a number, true, false, null, object or array, else text. Numbers
// that JSON could not carry unchanged (an integer beyond 64 bits) stay text.
Result<> set_parameter(nlohmann::json& parameters, std::string_view assignment);

// RFC 3339: "2026-11-24T08:33:38Z", "2026-11-24 09:33:38.5+01:00".
std::optional<WallTime> parse_time(std::string_view text);
// The same, or relative to now: "+10m".
Result<WallTime> parse_when(std::string_view text, WallTime now);

}  // namespace cadre::ctl
