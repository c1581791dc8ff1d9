#include "common/os/random.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <sys/random.h>

#include "common/base/assert.hpp"

namespace cadre::os {

std::uint64_t random_number() {
  std::uint64_t number = 0;
  while (number == 0) CADRE_ASSERT(getrandom(&number, sizeof number, 0) == static_cast<ssize_t>(sizeof number));
  return number;
}

std::string random_key(std::uint64_t unix_millis) {
  const std::uint64_t a = random_number();
  const std::uint64_t b = random_number();
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", unix_millis >> 16 & 0xffffffff, unix_millis & 0xffff,
                     a & 0xfff, 0x8000 | (a >> 12 & 0x3fff), b & 0xffffffffffff);
}

void seed_rand() { std::srand(static_cast<unsigned>(random_number())); }

}  // namespace cadre::os
