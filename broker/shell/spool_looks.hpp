// What people want to know of the spools of nodes (`cadre cleanup run --dry-run`), and what the nodes have told of them.
//
// A node hears that a look is wanted in the answer to its next `turn.take`, some seconds later, and tells by `turn.seen`;
// whoever wanted it asks for what was told by the look's number. One thread; forgets by itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/time.hpp"

namespace cadre {

class SpoolLooks {
 public:
  static constexpr Duration patience = std::chrono::minutes(2);  // longer than any tool of ours waits

  struct Look {
    std::uint64_t number = 0;
    Duration grace{};             // how long without an owner is long enough
  };

  // The number of the look at this node that is to come: one for all who want one meanwhile.
  std::uint64_t want(const std::string& node, Duration grace, Instant now) {
    std::erase_if(nodes_, [&](const auto& one) { return one.second.until <= now; });
    Node& at = nodes_[node];
    if (!at.open()) at.look = {next_++, grace};
    at.until = now + patience;
    return at.look.number;
  }

  std::optional<Look> wanted(const std::string& node, Instant now) const {
    const auto found = nodes_.find(node);
    return found == nodes_.end() || !found->second.open() || found->second.until <= now ? std::nullopt : std::optional(found->second.look);
  }

  void told(const std::string& node, std::uint64_t number, std::string json) {
    const auto found = nodes_.find(node);
    if (found == nodes_.end() || found->second.look.number != number) return;  // nobody's, or another life's
    found->second.json = std::make_shared<const std::string>(std::move(json));
    found->second.told = number;
  }

  // What the node told in this look or in a later one; null: not yet.
  std::shared_ptr<const std::string> seen(const std::string& node, std::uint64_t number) const {
    const auto found = nodes_.find(node);
    return found == nodes_.end() || found->second.told < number ? nullptr : found->second.json;
  }

 private:
  struct Node {
    Look look;
    Instant until{};
    std::uint64_t told = 0;       // the number of the look that was told last
    std::shared_ptr<const std::string> json;
    bool open() const { return told < look.number; }  // wanted, and not told yet
  };
  std::map<std::string, Node> nodes_;
  std::uint64_t next_ = 1;
};

}  // namespace cadre
