// Spread by identity, not by chance: the same attempt always waits the same time, so a replay is a replay.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/time.hpp"

namespace cadre {

// The finaliser of splitmix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return mix(mix(a) ^ b); }

constexpr std::uint64_t mix(std::string_view text) {
  std::uint64_t state = text.size();
  for (const char c : text) state = mix(state, static_cast<unsigned char>(c));
  return state;
}

// Half of `whole` is fixed, half depends on who waits.
constexpr Duration spread(Duration whole, std::uint64_t identity) {
  const auto half = whole.count() / 2;
  return Duration{half + static_cast<Duration::rep>(mix(identity) % static_cast<std::uint64_t>(half + 1))};
}

}  // namespace cadre
