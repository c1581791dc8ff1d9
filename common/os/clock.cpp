#include "common/os/clock.hpp"

#include <ctime>

#include "common/base/assert.hpp"

namespace cadre::os {

namespace {
Duration read(clockid_t clock) {
  timespec now{};
  CADRE_ASSERT(clock_gettime(clock, &now) == 0);
  return Duration{static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000};
}
}  // namespace

Instant boot_now() { return Instant{read(CLOCK_BOOTTIME)}; }
WallTime wall_now() { return WallTime{read(CLOCK_REALTIME)}; }

}  // namespace cadre::os
