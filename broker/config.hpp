// From the node's file to what the broker needs: keys read, secrets checked, limits brought together.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "broker/core/policy.hpp"
#include "common/base/result.hpp"
#include "common/config/node.hpp"
#include "common/database/link.hpp"
#include "common/net/keys.hpp"

namespace cadre {

struct BrokerSettings {
  Policy policy;
  db::Settings database;
  net::KeyPair keys;
  // Why the volume of a database on this machine is too full to accept jobs, or nothing.
  std::function<std::optional<std::string>()> disk_trouble;
};

Result<BrokerSettings> broker_settings(const NodeConfig& config);

}  // namespace cadre
