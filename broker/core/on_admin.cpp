// What an administrator changes. The shell has checked the role; the answer waits for the row.
#include <fmt/format.h>

#include "broker/core/broker.hpp"

namespace cadre {

namespace {
constexpr std::uint64_t row_weight = 300;
Answer yes(std::uint64_t ask) { return {ask, true, "", std::make_shared<Bytes>("{}")}; }
Answer no(std::uint64_t ask, std::string why) { return {ask, false, std::move(why), nullptr}; }
std::string unknown(const std::string& node) { return fmt::format("no node '{}' is known; `cadre node list` shows them", node); }
}  // namespace

Worker* Broker::worker_named(const std::string& node) {
  const auto known = names_.find(node);
  const auto place = known ? workers_.find(*known) : workers_.end();
  return place == workers_.end() || place->second.removed ? nullptr : &place->second;
}

// Whoever may come is listed, though it never does: a node that is missed must not be missing where one looks for it.
void Broker::know_node(const KeyRow& row) {
  if (row.revoked || row.role != Role::worker || !names_.intern(row.name, policy_.names_max)) return;
  Worker& worker = workers_[name(row.name)];
  worker.node = name(row.name);
  worker.removed = false;
}

void Broker::on_cordon(Step s, const Cordon& in) {
  Worker* worker = worker_named(in.node);
  if (worker == nullptr) {
    s.effects.sends.push_back({in.from, no(in.ask, unknown(in.node))});
    return;
  }
  worker->cordoned = in.cordoned;
  s.effects.trace("node {} {}", in.node, in.cordoned ? "cordoned" : "uncordoned");
  outbox_.gather(row_weight).nodes.push_back({in.node, in.cordoned});
  outbox_.say(s.effects, {in.from, yes(in.ask)});
}

// What it holds is its own until its lease is over, and who still speaks would be back at once: with its next hello.
void Broker::on_remove_node(Step s, const RemoveNode& in) {
  Worker* worker = worker_named(in.node);
  const auto refuse = [&](std::string why) { s.effects.sends.push_back({in.from, no(in.ask, std::move(why))}); };
  if (worker == nullptr) return refuse(unknown(in.node));
  if (const auto held = worker->leased(); held > 0)
    return refuse(fmt::format("{} holds {} job{}: drain it first (cadre node drain {} --wait). If it is gone for good, they are given to "
                              "others when its lease is over", in.node, held, held == 1 ? "" : "s", in.node));
  if (worker->route && s.now.boot - worker->heard < 5 * policy_.beat_interval)
    return refuse(fmt::format("the worker of {} still speaks: stop it first (on its machine: systemctl stop cadre-worker)", in.node));
  worker->removed = true;  // what was said to its session stays known: should the same process come back, its numbers go on
  worker->route.reset();
  worker->cordoned = false;
  s.effects.trace("node {} removed", in.node);
  outbox_.gather(row_weight).nodes.push_back({in.node, false, true});
  outbox_.say(s.effects, {in.from, yes(in.ask)});
}

// From the commit of a revocation no message of that key is acted on: the gate hears of it when the box has landed.
void Broker::on_change_key(Step s, const ChangeKey& in) {
  s.effects.trace("key of {} {}", in.row.name, in.row.revoked ? "revoked" : "admitted");
  if (!in.row.revoked) replaced_keys_.erase(in.row.public_key);
  know_node(in.row);
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
    know_node(in.new_key);
  }
  outbox_.say(s.effects, {in.from, Joined{in.new_key.public_key, in.new_key.name, cluster_}});
}

}  // namespace cadre
