// From the node's file to what the broker needs: keys read, secrets checked, limits brought together.
#pragma once

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
};

Result<BrokerSettings> broker_settings(const NodeConfig& config);

}  // namespace cadre
