// When a duty of clean-up is due: from its last good turn, what people wish, and the schedule. Pure.
#pragma once

#include "common/cleanup/stagger.hpp"

namespace cadre::cleanup {

struct DutyFacts {
  bool ever = false;   // a turn has come to its end
  WallTime last{};     // when the last turn began that came to its end; without one, when the cluster was made
  Duration since{};    // and how long ago that was by the service clock
  bool wished = false; // a person wants a turn that has not been yet
};

// When the last turn was, as of `now`: as it was written down, but where that lies in the future a clock has been set back
// since, and the service clock tells better. Without that, nothing would be due until the clock has caught up.
WallTime last_turn(const DutyFacts& facts, WallTime now);

// A wish is due at once.
WallTime due_at(const DutyFacts& facts, WallTime now, const Schedule& schedule, const Seat& seat, Duration spread);

}  // namespace cadre::cleanup
