// The clocks, read by the shells only.
#pragma once

#include "common/base/time.hpp"

namespace cadre::os {

Instant boot_now();  // CLOCK_BOOTTIME
WallTime wall_now(); // CLOCK_REALTIME

}  // namespace cadre::os
