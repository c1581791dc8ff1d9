// Waiting for what a node holds.
#pragma once

#include <string>

#include "broker/ctl/context.hpp"

namespace cadre::ctl {

constexpr Duration look_every = 500ms;

// How many jobs it still holds; nullopt: it is not listed.
std::optional<std::uint64_t> held(Context& context, const std::string& node);

// Until a cordoned node holds none. Ends the command (Exit::again) where the deadline comes first.
void wait_until_empty(Context& context, const std::string& node, Duration deadline);

}  // namespace cadre::ctl
