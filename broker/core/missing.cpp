// After a backup was restored: jobs that were accepted since it was made are not in the store, but nodes still hold attempts
// at them, or report their ends. What they tell is written down, so that people know which jobs are to be submitted again.
#include <algorithm>

#include "broker/core/broker.hpp"

namespace cadre {

bool Broker::is_missing(JobId id) const {
  return std::ranges::any_of(restored_, [&](const RestoredRow& backup) { return id > backup.upto && id.epoch() < backup.below; });
}

// Each beat lists what is held, until it is given up: only what is new is written.
void Broker::note_missing(Step s, const std::string& node, AttemptId attempt, std::optional<EndKind> end) {
  if (!is_missing(attempt.job)) return;
  const auto known = missing_.find(attempt);
  if (known != missing_.end() && (!end || known->second.end == end)) return;
  if (known == missing_.end() && missing_.size() >= missing_max) return;
  const MissingRow row{attempt, node, end, s.now.wall};
  missing_.insert_or_assign(attempt, row);
  outbox_.gather(60).missing.push_back(row);
  s.effects.trace("{} missing, {}", to_string(attempt), end ? to_string(*end) : "running");
}

}  // namespace cadre
