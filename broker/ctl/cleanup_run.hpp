// What came of a wish for a turn of clean-up.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace cadre::ctl {

// In the answer to `cleanup.status`: the newest turn of the duty that answers the wish (with the epoch `asked`, as `cleanup.run`
// answers it, or a later one), once it has ended.
std::optional<nlohmann::json> ended_turn(const nlohmann::json& status, const std::string& duty, std::int64_t asked);

}  // namespace cadre::ctl
