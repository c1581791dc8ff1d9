// `limits:` of the master: how many nodes and attempts of an engine may be at work at once. Counted anew whenever a job is to
// be given out, so that nothing has to be counted along.
#include <algorithm>

#include <fmt/format.h>

#include "broker/core/broker.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

namespace {

bool takes_work(const Worker& worker) {
  return worker.route && !worker.cordoned && !worker.draining && worker.trouble.empty();
}

}  // namespace

void Broker::on_set_limits(Step s, const SetLimits& in) {
  limits_ = in.limits;
  for (auto& [name, worker] : workers_) worker.beyond_limit = false;
  s.effects.trace("limits: {} nodes, {} engines", limits_.nodes, limits_.engines.size());
}

// Who holds jobs keeps its place, also while it is away: it may be at work. Places that are left go to who takes work, by
// name, so that everybody can tell which node it will be. Those who hold jobs beyond a limit that was lowered end them.
void Broker::heed_node_limit() {
  if (limits_.nodes == 0) return;
  std::vector<Worker*> all;
  for (auto& [name, worker] : workers_) all.push_back(&worker);
  std::ranges::sort(all, {}, [this](const Worker* worker) {
    return std::pair<bool, std::string_view>(worker->leased() == 0 || mutant(50), names_.text(worker->node));
  });
  std::size_t left = limits_.nodes;
  for (Worker* worker : all) {
    worker->beyond_limit = left == 0;
    if (left > 0 && (worker->leased() > 0 || takes_work(*worker))) --left;
  }
}

std::size_t Broker::leased_of(std::string_view engine) const {
  const auto known = names_.find(engine);
  return known ? leased_of(*known) : 0;
}

std::size_t Broker::leased_of(Name engine) const {
  std::size_t sum = 0;
  for (const auto& [name, worker] : workers_)
    if (const auto at = worker.engines.find(engine); at != worker.engines.end()) sum += at->second.leased.size();
  return sum;
}

bool Broker::at_limit(Name engine) const {
  if (limits_.engines.empty()) return false;
  const auto limit = limits_.engines.find(names_.text(engine));
  return limit != limits_.engines.end() && leased_of(engine) >= limit->second + (mutant(51) ? 1 : 0);
}

// Why a waiting job of this engine is not given out, where that is the reason; empty: it is not.
std::string Broker::words_of_limit(const Job& job) const {
  if (!at_limit(job.engine)) return "";
  const std::string& engine = names_.text(job.engine);
  return fmt::format("limits.engines allows {} of '{}' at once, and {} run; it starts when one has ended, or when the limit is raised", limits_.engines.at(engine), engine, leased_of(job.engine));
}

}  // namespace cadre
