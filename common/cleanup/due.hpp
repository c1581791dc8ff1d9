// When a duty of clean-up is due: from its last good turn, what people wish, and the schedule. Pure.
#pragma once

#include "common/cleanup/stagger.hpp"

namespace cadre::cleanup {

struct DutyFacts {
  WallTime last{};     // when the last turn began that came to its end; without one, when the cluster was made
  WallTime asked{};    // a person wants a turn that begins after this
};

// A wish is due at once. A last turn that lies in the future was written before a clock was set back: it counts as just
// over.
WallTime due_at(const DutyFacts& facts, WallTime now, const Schedule& schedule, const Seat& seat, Duration spread);

}  // namespace cadre::cleanup
