// What a broker would refuse to read, said before it is sent: one message carries many jobs, and a job that cannot be
// read would cost all of them their answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/protocol/message.hpp"

namespace cadre {

// Why this job cannot be submitted, or nothing. Says what was wanted and what was found.
std::optional<std::string> objection_to(const JobRequest& job, std::uint64_t payload_max);

}  // namespace cadre
