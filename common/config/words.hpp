// How times and sizes are written in configuration: the inverse of yaml::parse_duration and yaml::parse_bytes.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/time.hpp"

namespace cadre::yaml {

// In the largest unit that needs no fraction: "90s", "60s", "10min", "24h", "30d".
std::string duration_word(Duration duration);
std::string bytes_word(std::uint64_t bytes);  // "512", "64KiB", "4GiB"

}  // namespace cadre::yaml
