// Which addresses never leave this machine. Pure: nothing is resolved.
#pragma once

#include <optional>
#include <string>

namespace cadre {

// Whether an address, IPv4 or IPv6 in numbers, is reached from this machine alone; nothing where it is no address.
std::optional<bool> is_loopback(const std::string& address);

}  // namespace cadre
