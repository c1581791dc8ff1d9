// Rows of keys as the gate takes them.
#pragma once

#include <map>
#include <set>
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

// The nodes of the store, and those that may come: all of them are listed from the start on, whether they come or not.
inline std::vector<NodeRow> with_admitted(std::vector<NodeRow> nodes, const std::vector<KeyRow>& keys) {
  std::set<std::string> known;
  for (const NodeRow& row : nodes) known.insert(row.node);
  for (const KeyRow& key : keys)
    if (!key.revoked && key.role == Role::worker && known.insert(key.name).second) nodes.push_back({key.name, false});
  return nodes;
}

}  // namespace cadre
