#include "worker/core/retained.hpp"

#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

void Retained::keep(Instant now, AttemptEnd end) {
  CADRE_ASSERT(!kept_.contains(end.attempt));
  const std::uint64_t bytes = 200 + end.stderr_tail.size() + bytes_of(end.output);
  bytes_ += bytes;
  const AttemptId attempt = end.attempt;
  kept_.emplace(attempt, Kept{std::move(end), now, bytes});
}

bool Retained::noted(AttemptId attempt) {
  const auto place = kept_.find(attempt);
  if (place == kept_.end()) return false;
  bytes_ -= place->second.bytes;
  kept_.erase(place);
  return true;
}

std::vector<AttemptId> Retained::list() const {
  std::vector<AttemptId> ids;
  ids.reserve(kept_.size());
  for (const auto& [attempt, kept] : kept_) ids.push_back(attempt);
  return ids;
}

std::vector<AttemptEnd> Retained::due(Instant now, Instant before, std::size_t count) {
  std::vector<AttemptEnd> ends;
  for (auto& [attempt, kept] : kept_) {
    if (ends.size() >= count) break;
    if (kept.sent > before) continue;
    kept.sent = now;
    ends.push_back(kept.end);
  }
  return ends;
}

void Retained::hurry(AttemptId attempt) {
  const auto place = kept_.find(attempt);
  if (place != kept_.end()) place->second.sent = Instant{};
}

void Retained::hurry_all() {
  for (auto& [attempt, kept] : kept_) kept.sent = Instant{};
}

}  // namespace cadre
