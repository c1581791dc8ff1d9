// How much room the store's volume has, and what that means (guarantees.md R20). A full disk ends MariaDB, and it does not
// start again until there is room: so we stop before, in two steps.
//
//   enough --- less than the bound ---> low --- less than half of it ---> scarce
//
//   low:     no job is accepted; what was accepted is worked off, and its results are recorded
//   scarce:  besides, nothing is given out, and large results wait at their workers; small ones are recorded
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cadre {

// As measured. What a purge has left free inside the store's files can be filled without their growing, so it counts for
// the bound, but not for its half: one file may have room and the next one not.
struct StoreRoom {
  std::optional<std::uint64_t> free;  // bytes of the volume; absent: it cannot be seen, and is not watched
  std::uint64_t reusable = 0;         // bytes inside the store's files
  std::string where;                  // for people
};

enum class Room : std::uint8_t { enough, low, scarce };

Room room_of(const StoreRoom& seen, std::uint64_t free_space_min);

// A sentence for people, empty where there is enough.
std::string room_trouble(const StoreRoom& seen, std::uint64_t free_space_min);

}  // namespace cadre
