// Randomness from the kernel, for names of sessions and keys. Never in a core.
#pragma once

#include <cstdint>
#include <string>

namespace cadre::os {

std::uint64_t random_number();         // never 0
std::string random_key(std::uint64_t unix_millis);  // UUIDv7 as text: time-ordered (RFC 9562), for submit keys and cluster ids
void seed_rand();                      // libzmq uses rand() unseeded for routing ids and reconnects (guarantees.md Z2)

}  // namespace cadre::os
