#include "broker/core/workers.hpp"

#include "common/base/mutant.hpp"

namespace cadre {

bool suits(const Worker& worker, Name engine, Instant now) {
  const Fit found = fit(worker, engine, now);
  return found == Fit::fits || found == Fit::full;
}

Fit fit(const Worker& worker, Name engine, Instant now) {
  if (!worker.route) return Fit::away;
  if (worker.cordoned) return Fit::cordoned;
  if (worker.draining) return Fit::draining;
  if (worker.beyond_limit) return Fit::beyond_limit;
  const auto place = worker.engines.find(engine);
  if (place == worker.engines.end() || !place->second.offered) return Fit::not_offered;
  const EngineAtWorker& at = place->second;
  if (now < at.quarantined_until) return Fit::quarantined;
  if (!worker.trouble.empty()) return Fit::trouble;
  if (at.leased.size() >= at.offer.credit || worker.leased() >= worker.credit) return Fit::full;
  return Fit::fits;
}

std::string_view to_string(Fit fit) {
  switch (fit) {
    case Fit::fits: return "would take it";
    case Fit::away: return "is not connected";
    case Fit::cordoned: return "is cordoned";
    case Fit::draining: return "is draining";
    case Fit::beyond_limit: return "gets no jobs: other nodes have the places that limits.nodes allows";
    case Fit::trouble: return "takes no work";
    case Fit::not_offered: return "does not offer the engine";
    case Fit::quarantined: return "has the engine in quarantine";
    case Fit::full: return "is full";
  }
  return "";
}

namespace {

// How full, in thousandths of its slots: above 1000 work waits there for a slot. Compared across workers, so that a
// slot that is free anywhere is used before work is piled up somewhere.
std::uint64_t load(const Worker& worker, const EngineAtWorker& at) {
  const std::uint64_t slots = std::max<std::uint64_t>(1, worker.slots);
  const std::uint64_t engine_slots = std::max<std::uint64_t>(1, at.offer.slots);
  return std::max(worker.leased() * 1000 / slots, at.leased.size() * 1000 / engine_slots);
}

}  // namespace

Worker* freest(Workers& workers, Name engine, std::optional<Name> avoid, Instant now) {
  Worker* best = nullptr;
  std::uint64_t best_load = 0;
  bool somebody_else_suits = false;
  Worker* avoided = nullptr;
  for (auto& [name, worker] : workers) {
    const Fit found = fit(worker, engine, now);
    if (avoid && name == *avoid) {
      if (found == Fit::fits) avoided = &worker;
      continue;
    }
    if (found == Fit::fits || found == Fit::full) somebody_else_suits = true;
    if (found != Fit::fits) continue;
    const std::uint64_t its_load = load(worker, worker.engines.at(engine));
    if (best == nullptr || its_load < best_load) {
      best = &worker;
      best_load = its_load;
    }
  }
  if (best == nullptr && !somebody_else_suits) return avoided;
  return best;
}

}  // namespace cadre
