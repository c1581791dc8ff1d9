// What an administrator changes. The shell has checked the role; the answer waits for the row.
#include <fmt/format.h>

#include "broker/core/broker.hpp"

namespace cadre {

namespace {
constexpr std::uint64_t row_weight = 300;
Answer yes(std::uint64_t ask) { return {ask, true, "", std::make_shared<Bytes>("{}")}; }
}  // namespace

void Broker::on_cordon(Step s, const Cordon& in) {
  const auto node = names_.find(in.node);
  const auto place = node ? workers_.find(*node) : workers_.end();
  if (place == workers_.end()) {
    const auto reason = fmt::format("no node '{}' is known; `cadre node list` shows them", in.node);
    s.effects.sends.push_back({in.from, Answer{in.ask, false, reason, nullptr}});
    return;
  }
  place->second.cordoned = in.cordoned;
  s.effects.trace("node {} {}", in.node, in.cordoned ? "cordoned" : "uncordoned");
  outbox_.gather(row_weight).nodes.push_back({in.node, in.cordoned});
  outbox_.say(s.effects, {in.from, yes(in.ask)});
}

// From the commit of a revocation no message of that key is acted on: the gate hears of it when the box has landed.
void Broker::on_change_key(Step s, const ChangeKey& in) {
  s.effects.trace("key of {} {}", in.row.name, in.row.revoked ? "revoked" : "admitted");
  if (!in.row.revoked) replaced_keys_.erase(in.row.public_key);
  outbox_.gather(row_weight).keys.push_back(in.row);
  outbox_.say(s.effects, {in.from, yes(in.ask)});
}

// Both rows or none, so that a key is never replaced twice by two different ones. Until they have landed the gate still lets
// the old key in: a second wish is held against the first.
void Broker::on_replace_key(Step s, const ReplaceKey& in) {
  const auto [place, first] = replaced_keys_.try_emplace(in.old_key.public_key, in.new_key.public_key);
  if (!first && place->second != in.new_key.public_key) {
    s.effects.trace("key of {} replaced already", in.old_key.name);
    s.effects.sends.push_back({in.from, Refusal{"this key has been replaced by another one already; a ticket lets one key in, once", true}});
    return;
  }
  s.effects.trace("key of {} replaced", in.new_key.name);
  if (first) {
    auto& keys = outbox_.gather(2 * row_weight).keys;
    keys.push_back(in.new_key);
    keys.push_back(in.old_key);
  }
  outbox_.say(s.effects, {in.from, Joined{in.new_key.public_key, in.new_key.name, cluster_}});
}

}  // namespace cadre
