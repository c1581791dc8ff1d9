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
  outbox_.gather(row_weight).keys.push_back(in.row);
  outbox_.say(s.effects, {in.from, yes(in.ask)});
}

}  // namespace cadre
