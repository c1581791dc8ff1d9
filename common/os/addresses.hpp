// The addresses of this machine, in this network namespace, in numbers.
#pragma once

#include <string>
#include <vector>

namespace cadre::os {

// IPv4 before IPv6, each in the order of the interfaces; link-local ones, which mean nothing without an interface, left out.
std::vector<std::string> own_addresses();

// By the kernel's own word: whether a socket may be bound to it. So all of 127.0.0.0/8 is ours.
bool is_own_address(const std::string& address);

}  // namespace cadre::os
