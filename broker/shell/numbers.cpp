#include "broker/shell/numbers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cadre {

namespace {

constexpr const char* others = "(other)";       // no name can be so
constexpr std::size_t quarantines_max = 5'000;  // a node's and an engine's: 200 nodes of 25 engines

void add(QueueNumbers& sum, const QueueTally& tally, Instant now) {
  sum.delayed += tally.delayed;
  sum.ready += tally.ready;
  sum.leased += tally.leased;
  sum.submitted += tally.submitted;
  sum.wait.add(tally.wait);
  if (const Job* oldest = tally.line.oldest())
    sum.oldest = std::max(sum.oldest.value_or(Duration{}), now - oldest->due);
}

void add(EngineTally& sum, const EngineTally& tally) {
  for (std::size_t i = 0; i < sum.attempts.size(); ++i) sum.attempts[i] += tally.attempts[i];
  sum.run.add(tally.run);
}

void add_engines(BrokerNumbers& numbers, const Broker& core) {
  for (const auto& [name, tally] : core.tally().engines()) {
    const bool shown = numbers.engines.size() < Tally::shown_max;
    if (shown)
      numbers.engines.push_back({core.names().text(name), {}});
    else if (numbers.engines.size() == Tally::shown_max)
      numbers.engines.push_back({others, {}});
    add(numbers.engines.back().tally, tally);
  }
}

void add_finished(BrokerNumbers& numbers, const Broker& core) {
  for (const auto& [pair, tally] : core.tally().finished())
    numbers.finished.push_back({core.names().text(pair.first), core.names().text(pair.second), tally});
  const FinishedTally& otherwise = core.tally().finished_otherwise();
  if (otherwise.done + otherwise.dead + otherwise.cancelled > 0)
    numbers.finished.push_back({others, others, otherwise});
}

void add_nodes(BrokerNumbers& numbers, const Broker& core, const Now& now) {
  std::size_t engines = 0;
  for (const auto& [name, worker] : core.workers()) {
    if (worker.removed) continue;
    NodeNumbers node{core.names().text(name),
                     worker.route.has_value(),
                     worker.cordoned,
                     worker.slots,
                     worker.leased(),
                     std::nullopt,
                     {}};
    // One that is known from the store only has not been heard, whatever its lease counts from.
    if (worker.beat_number > 0) node.heard = now.wall - (now.boot - worker.heard);
    for (const auto& [engine, at] : worker.engines) {
      if (!at.offered || ++engines > quarantines_max) continue;
      node.engines.emplace_back(core.names().text(engine), now.boot < at.quarantined_until);
    }
    numbers.nodes.push_back(std::move(node));
  }
}

}  // namespace

std::vector<QueueNumbers> queue_numbers(const Broker& core, Instant now) {
  std::vector<QueueNumbers> all;
  for (const auto& [name, tally] : core.tally().queues()) {
    if (all.size() < Tally::shown_max)
      all.emplace_back().queue = core.names().text(name);
    else if (all.size() == Tally::shown_max)
      all.emplace_back().queue = others;
    add(all.back(), tally, now);
  }
  return all;
}

void add_core(BrokerNumbers& numbers, const Broker& core, const Now& now) {
  numbers.stats = core.stats();
  numbers.queues = queue_numbers(core, now.boot);
  add_engines(numbers, core);
  add_finished(numbers, core);
  add_nodes(numbers, core, now);
}

Result<CleanupNumbers> cleanup_numbers(const std::string& text, Instant now) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("duties")) return Error{"the state of clean-up makes no sense"};
  CleanupNumbers numbers;
  numbers.at = now;
  for (const auto& duty : json["duties"]) {
    std::string name = duty.value("duty", "");
    if (name.starts_with("cleanup/")) name.erase(0, 8);
    numbers.last_good.emplace_back(std::move(name), WallTime{Duration{duty.value("last_good", std::int64_t{0})}});
  }
  numbers.warnings = json.value("warnings", nlohmann::json::array()).size();
  const auto database = json.value("database", nlohmann::json::object());
  numbers.bytes = database.value("bytes", std::uint64_t{0});
  numbers.reclaimable = database.value("reclaimable", std::uint64_t{0});
  return numbers;
}

}  // namespace cadre
