// Not all at once: every node has its own time within a window behind each time of a schedule, by who it is and not by
// chance, so that a restart changes nothing and nobody need be asked.
//
// The promise (guarantees.md G14): the starts of two nodes are at least window / nodes apart (in whole microseconds). A
// jitter of each node's own would break it: two neighbours might lean towards each other. So all nodes of a cluster
// lean the same way: the window is cut into `nodes` slots, a node's slot is its rank, and the place within the slot,
// the phase, comes from the name of the cluster. Two clusters on one machine then differ, most likely, and within a cluster
// the distance holds, also from the last node of one window to the first of the next where two like windows touch.
//
//     03:00     | rank 0   | rank 1   | rank 2   |      window 3 h, 3 nodes: slots of 1 h
//               |    x     |    x     |    x     |      phase of this cluster: 24 min
//
// Pure; nothing here asks a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "common/cleanup/schedule.hpp"

namespace cadre::cleanup {

// A node's place in the row. All nodes must agree on `nodes`, and no two have the same rank; where they do not agree for
// a while (a node has just come), the distance is less, and the turn (a lease) still keeps them from working at once.
struct Seat {
  std::uint32_t rank = 0;   // less than nodes
  std::uint32_t nodes = 1;
  std::string cluster;      // empty: phase 0, the first node starts with the window
};

// Where in the window this node starts: in [0, window). A window of less than a microsecond per node, as 0 is, cannot
// be shared: all start with it.
Duration offset(const Seat& seat, Duration window);

// The first start of this node strictly after `after`. It has one start per time of the schedule, within the window
// behind it: `spread`, or the time to the schedule's next time where that is less. So a turn is never lost or doubled,
// not by summer time either, and the turns of one time are over before the next.
WallTime turn_start(const Schedule& schedule, WallTime after, const Seat& seat, Duration spread);

// The first `count` starts after `after`, in order.
std::vector<WallTime> turn_starts(const Schedule& schedule, WallTime after, const Seat& seat, Duration spread,
                                  std::size_t count);

}  // namespace cadre::cleanup
