#include "worker/config.hpp"

#include <algorithm>
#include <thread>

namespace cadre {

Result<WorkerSettings> worker_settings(const NodeConfig& config, bool no_curve) {
  WorkerSettings settings;
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  settings.policy.slots = config.worker.slots != 0 ? config.worker.slots : cores;
  settings.policy.credit_max = std::min<std::uint32_t>(settings.policy.slots + config.worker.credit_max, limits::held_max);
  settings.spool = config.worker.spool;
  settings.engines = config.worker.engines;
  settings.engine_user = config.worker.engine_user;
  settings.attempts_apart = config.worker.attempts_apart;
  settings.spool_max = config.worker.spool_max;
  settings.free_low = config.worker.free_low;
  settings.free_high = config.worker.free_high;
  settings.output_max = config.worker.output_max;
  settings.door.address = config.broker.address;
  settings.door.role = "worker";
  if (no_curve) return settings;
  auto server = net::read_public_key(config.broker.server_key_file);
  if (!server) return Error{"broker.server_key_file: " + server.error() + "; copy server.pub from the master"};
  auto own = net::read_secret_key(config.worker.key_file);
  if (!own) return Error{"worker.key_file: " + own.error() + "; `cadre key new FILE` makes a key, `cadre key admit` on the master lets it in"};
  settings.door.server_key = *server;
  settings.door.keys = *own;
  settings.key_file = config.worker.key_file;
  return settings;
}

}  // namespace cadre
