// Rows of keys as the gate takes them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/core/facts.hpp"
#include "common/net/gate.hpp"

namespace cadre {

inline net::Admitted admitted_as(const KeyRow& row) { return {row.name, row.role, row.not_after}; }

inline std::map<std::string, net::Admitted> admitted_keys(const std::vector<KeyRow>& rows) {
  std::map<std::string, net::Admitted> keys;
  for (const KeyRow& row : rows)
    if (!row.revoked) keys[row.public_key] = admitted_as(row);
  return keys;
}

}  // namespace cadre
