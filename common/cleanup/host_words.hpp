// What the broker and the node that hosts the database tell each other where these are two machines, through the database
// itself: how much room its volume has (in the node's claim), and how much waits in the cluster. Each word counts for
// claim_seconds on the server's clock; then it is as if it had not been said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

struct VolumeRoom {
  std::string node;               // who sees it; empty: we do
  std::string directory;          // as the server calls it
  std::uint64_t free = 0, total = 0;  // bytes
};
// The least that anybody tells.
db::Outcome<std::optional<VolumeRoom>> read_room(db::Link& link);
// As it is seen here, else as it is told; the error says why it is neither.
db::Outcome<Result<VolumeRoom>> find_room(db::Link& link, const db::Settings& settings);
// "/var/lib/mysql", "/var/lib/mysql on db1"
std::string place_of(const VolumeRoom& room);

struct ToldLoad {
  std::uint64_t waiting = 0;      // jobs
  Duration oldest_age{};          // of the oldest that waits
};
db::Outcome<Done> tell_load(db::Link& link, const ToldLoad& load);
db::Outcome<std::optional<ToldLoad>> read_load(db::Link& link);

}  // namespace cadre::cleanup
