// The door tries itself at start (guarantees.md Z1): a fresh random key and a peer without any must both be refused.
#pragma once

#include <optional>
#include <string>

#include "common/net/router.hpp"

namespace cadre {

// What is wrong with the door, or nothing.
std::optional<std::string> self_test(zmq::context_t& context, const std::string& endpoint, const std::string& server_key);

}  // namespace cadre
