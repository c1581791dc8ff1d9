// How far another machine's clock is from ours, and what to think of it.
//
// Cadre counts leases and time-outs on clocks that never step, so a wrong clock loses no job. But each machine reads
// times for people by its own: `not before`, the clean-up's schedule, how long a ticket holds, when what happened.
#pragma once

#include <string>

#include "broker/ctl/doctor.hpp"
#include "common/base/time.hpp"

namespace cadre::ctl {

// One question: our clock before it and after the answer, and what the other one's said in between.
struct ClockReading {
  WallTime asked, theirs, answered;

  // Theirs before ours: positive, they are ahead. Right to half of the round trip either way.
  Duration offset() const { return theirs - (asked + (answered - asked) / 2); }
  Duration doubt() const { return (answered - asked) / 2; }
};

// By what is certain: the offset, less its doubt. Above the first, reports of two machines are no longer in order to
// the second, as people read them; above the second, what a schedule calls due (to the minute) by one clock is not by
// the other.
constexpr Duration clock_off_warn = 1s;
constexpr Duration clock_off_fail = 60s;
CheckState judge_clock(const ClockReading& reading);

// Adds a check "clock" about `whose` clock ("the database's").
void check_clock(Chain& chain, const std::string& whose, const ClockReading& reading);

}  // namespace cadre::ctl
