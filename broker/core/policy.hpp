// The numbers by which the broker decides. Each has a key in the master's YAML or a name in the protocol's limits.
#pragma once

#include <cstdint>

#include "common/base/time.hpp"
#include "common/protocol/limits.hpp"

namespace cadre {

struct Policy {
  Duration lease_ttl = 60s;         // an attempt without a beat for this long is written off
  Duration beat_interval = 1s;
  Duration resend_after = 2s;       // an assignment that the worker has not seen is sent again
  Duration backoff_max = 10min;
  Duration quarantine = 5min;       // an engine that is broken on a node is left alone there
  std::uint32_t crashes_to_quarantine = 3;
  std::uint64_t waiting_max = 20'000'000;         // open jobs
  std::uint64_t body_memory = 256u << 20;         // bytes of waiting jobs' bodies kept in memory
  std::uint64_t gather_bytes_max = 64u << 20;     // not yet durable; beyond it submits are told to come back
  std::uint64_t gather_rows_max = 50'000;
  std::uint32_t batch_rows_max = 4'000;           // one transaction
  std::uint64_t batch_bytes_max = 16u << 20;
  std::uint64_t payload_max = limits::payload_bytes_default;
  std::uint32_t waits_max = 100'000;              // jobs that one client may wait for at once
  std::uint32_t names_max = 10'000;               // distinct engines, queues, clients and nodes
  std::uint64_t checkpoint_every = 100'000;       // outcomes
  Duration retry_after = 1s;                      // told with retry_later
  std::uint32_t fetch_ahead = 1'024;              // bodies of the next jobs in a lane, when the store has them
  std::uint64_t fetch_bytes_max = 32u << 20;
  std::uint64_t free_space_min = 0;               // bytes of the store's volume (room.hpp); 0: no bound
  std::uint32_t tick_batch_max = 10'000;          // deadlines handled in one tick
  bool strict_engines = false;                    // refuse jobs for engines that no worker offers
};

}  // namespace cadre
