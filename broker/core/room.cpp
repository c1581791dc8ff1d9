#include "broker/core/room.hpp"

#include <fmt/format.h>

namespace cadre {

Room room_of(const StoreRoom& seen, std::uint64_t free_space_min) {
  if (!seen.free || *seen.free >= free_space_min) return Room::enough;
  if (*seen.free < free_space_min / 2) return Room::scarce;
  return seen.reusable >= free_space_min - *seen.free ? Room::enough : Room::low;
}

std::string room_trouble(const StoreRoom& seen, std::uint64_t free_space_min) {
  const Room room = room_of(seen, free_space_min);
  if (room == Room::enough) return "";
  std::string reusable;
  if (seen.reusable > 0) reusable = fmt::format(" (and {} MiB inside the tables)", seen.reusable >> 20);
  return fmt::format("the volume of the database, {}, has {} MiB free{}, {} MiB are wanted (policy.free_space_min); free some, or keep less "
                     "(cleanup.keep_done), and it goes on by itself{}",
                     seen.where, *seen.free >> 20, reusable, free_space_min >> 20,
                     room == Room::scarce ? "; until then large results wait at their workers, and nothing is given out" : "");
}

}  // namespace cadre
