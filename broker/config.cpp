#include "broker/config.hpp"

#include "common/cleanup/schedule.hpp"
#include "common/config/database_settings.hpp"
#include "common/os/secret_file.hpp"

namespace cadre {

Result<BrokerSettings> broker_settings(const NodeConfig& config) {
  BrokerSettings settings;
  Policy& policy = settings.policy;
  policy.lease_ttl = config.policy.lease_ttl;
  policy.beat_interval = config.policy.beat_interval;
  policy.backoff_max = config.policy.backoff_max;
  policy.payload_max = config.policy.payload_max;
  policy.waiting_max = config.policy.waiting_max;
  policy.body_memory = config.policy.body_memory;
  policy.strict_engines = config.policy.strict_engines;
  policy.free_space_min = config.policy.free_space_min;

  auto keys = net::read_secret_key(config.broker.secret_key_file);
  if (!keys) return Error{"broker.secret_key_file: " + keys.error() + "; `cadre key new FILE` makes a key"};
  settings.keys = *keys;

  settings.database = database_settings(config.database);
  // Read anew at each connect, where it may be a trouble of its time; at the start it is a fault of the set-up.
  if (const auto& file = config.database.password_file; !file.empty())
    if (auto password = os::read_secret(file); !password) return Error{"database.password_file: " + password.error()};
  if (auto schedule = cleanup::Schedule::parse(config.cleanup.schedule, config.cleanup.time_zone); !schedule)
    return Error{"cleanup.schedule: " + schedule.error()};
  return settings;
}

}  // namespace cadre
