#include "common/cleanup/due.hpp"

#include <algorithm>

namespace cadre::cleanup {

WallTime due_at(const DutyFacts& facts, WallTime now, const Schedule& schedule, const Seat& seat, Duration spread) {
  if (facts.asked > facts.last) return std::min(facts.asked, now);
  return turn_start(schedule, std::min(facts.last, now), seat, spread);
}

}  // namespace cadre::cleanup
