#include "common/cleanup/due.hpp"

#include <algorithm>

#include "common/base/mutant.hpp"

namespace cadre::cleanup {

WallTime last_turn(const DutyFacts& facts, WallTime now) {
  if (mutant(71)) return std::min(facts.last, now);
  return facts.last <= now ? facts.last : now - facts.since;
}

WallTime due_at(const DutyFacts& facts, WallTime now, const Schedule& schedule, const Seat& seat, Duration spread) {
  if (facts.wished) return now;
  return turn_start(schedule, last_turn(facts, now), seat, spread);
}

}  // namespace cadre::cleanup
