// The clean-up policy of a cluster: set once, in the master's file, and written into the database by the broker, where
// whoever purges reads it. Values only.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/cleanup/retention.hpp"

namespace cadre::cleanup {

inline constexpr std::uint32_t turns_max_ceiling = 8;  // places that the schema has

struct Policy {
  std::string schedule = "every 1h";   // schedule.hpp; of every duty of every node
  std::string time_zone = "UTC";
  Duration spread = 1h;                // the turns of all nodes begin within this behind each time of the schedule
  std::uint32_t turns_max = 1;         // open at once in the cluster
  Duration turn_ttl = 30s;             // a turn that is not renewed for so long is another's to take
  std::string records_by = "auto";     // auto: the database's host; elect: any node that can; else the name of the node
  Retention retention;
  Duration files_grace = 1h;           // a file without an owner stays so long
  std::uint64_t slow_above_waiting = 100'000;  // jobs: then clean-up of records takes a tenth of its usual share
  Duration slow_above_age = 10min;     // of the oldest job that waits: the same
  std::uint64_t free_space_min = 0;    // policy.free_space_min: with less on the database's volume, records are purged at once
};

// Turns that may be open at once where there are so many nodes: whatever turns_max says, never all of them clean (a node that
// is alone does).
std::uint32_t places_of(const Policy& policy, std::size_t nodes);

std::string to_json(const Policy& policy);
Result<Policy> policy_from_json(std::string_view text);  // what is absent has its default: an older broker wrote it

}  // namespace cadre::cleanup
