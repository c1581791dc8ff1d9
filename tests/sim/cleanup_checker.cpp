#include "tests/sim/cleanup_checker.hpp"

#include <algorithm>

namespace cadre::sim {

namespace {
// Boot clocks drift by up to 5 % against the world's, the service clock by its holder's and two ticks (guarantees.md R13).
constexpr Duration at_least(Duration wanted) { return wanted * 9 / 10; }
constexpr Duration two_ticks = 2s;
constexpr Duration stored_within = 90s;  // a writer that meets every fault in a row
}  // namespace

std::string_view to_string(Cleaned what) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Cleaned::count)> words{
      "job purged", "purge fenced", "purge put off: a job was to be kept", "kept job passed by", "turn denied", "lease taken though it read valid",
      "lease broken by a person", "orphan of an attempt removed", "stray file removed", "file changed since the look spared", "permit refused",
      "answer of a foreign cluster", "dry run that would remove something"};
  return words[static_cast<std::size_t>(what)];
}

void CleanupChecker::require(bool holds, const char* promise, const std::string& detail) {
  if (!holds && !broken_) broken_ = std::string(promise) + ": " + detail;
}

void CleanupChecker::leases_are(Instant now, const LeaseTable& leases) {
  for (const auto& [resource, row] : leases.rows()) {
    Epoch& epoch = epochs_[resource];
    require(row.epoch >= epoch.value, "C1 epochs of a lease grow", resource);
    require(row.epoch != epoch.value || row.holder == epoch.holder, "C1 each grant has an epoch of its own", resource + " with " + row.holder);
    if (row.epoch != epoch.value) epoch = {row.epoch, now, row.holder};
  }
}

// Whether nobody else had been granted either row before `at`.
bool CleanupChecker::was_current(const LeaseTable::Turn& turn, Instant at) const {
  const auto stands = [&](const std::string& resource, std::uint64_t value) {
    const auto epoch = epochs_.find(resource);
    if (epoch == epochs_.end()) return false;
    return epoch->second.value == value || (epoch->second.value > value && epoch->second.since > at);
  };
  return stands(turn.duty, turn.epoch) && stands(LeaseTable::place_name(turn.place), turn.place_epoch);
}

void CleanupChecker::service_ticked(Instant now, ServiceTime service) { ticks_.emplace(service, now); }

// When the service clock had come so far; it may have stood there for long.
Instant CleanupChecker::reached(ServiceTime service, Instant otherwise) const {
  const auto tick = ticks_.lower_bound(service);
  return tick == ticks_.end() ? otherwise : tick->second;
}

// It is stamped as it is decided, and stored when the store can be reached: some time later, not hours.
void CleanupChecker::ended(Instant now, const OutcomeRow& row) {
  const auto next = ticks_.upper_bound(row.at);
  require(next == ticks_.end() || next->second + stored_within >= now, "C3 an end is stamped with the time at which it was decided", to_string(row.job));
}

void CleanupChecker::purged(Instant now, const std::string& holder, bool designated, const LeaseTable::Turn& turn, const std::vector<JobRow>& jobs,
                            const std::map<JobId, OutcomeRow>& outcomes) {
  require(designated, "C4 records are purged where it was said", holder);
  require(was_current(turn, now), "C1 nothing is purged under an epoch that is not the newest", holder + " epoch " + std::to_string(turn.epoch));
  for (const JobRow& job : jobs) {
    const std::string detail = to_string(job.id) + " by " + holder;
    saw(Cleaned::job_purged);
    require(gone_.insert(job.id).second, "C6 what was purged stays away", detail);
    require(!kept_.contains(job.id), "C5 what is to be kept is kept", detail);
    const auto outcome = outcomes.find(job.id);
    require(outcome != outcomes.end(), "C2 no live job is purged", detail);
    if (outcome == outcomes.end()) continue;
    const Duration keep = policy_.retention.of(outcome->second.state, job.request.queue, job.request.engine);
    require(now - reached(outcome->second.at, now) + two_ticks >= at_least(keep), "C3 nothing is purged before its time", detail);
  }
}

void CleanupChecker::reading(Instant now, const std::string& node, const std::vector<AttemptId>& asked, const std::vector<AttemptId>& owned) {
  readings_[node].push_back({now, {asked.begin(), asked.end()}, {owned.begin(), owned.end()}});
}

void CleanupChecker::removed(Instant now, const std::string& node, const LeaseTable::Turn& turn, const Removal& what) {
  const std::string detail = what.path + " on " + node;
  saw(what.attempt ? Cleaned::orphan_removed : Cleaned::stray_removed);
  require(was_current(turn, what.permit_asked), "C1 no file is removed under a turn that was not ours when the batch began", detail);
  require(!what.in_use, "C7 no file of a live attempt is removed", detail);
  require(what.announced, "C8 who cleans has said so", detail);
  // Two readings, at least the grace apart, between which nobody touched it; both call the attempt nobody's.
  std::optional<Instant> first;
  bool twice = false;
  for (const Reading& one : readings_[node]) {
    if (one.at < what.changed || one.at > now) continue;
    const bool ownerless = !what.attempt || (one.asked.contains(*what.attempt) && !one.owned.contains(*what.attempt));
    if (!ownerless) first.reset();
    else if (!first) first = one.at;
    else twice = twice || one.at - *first >= at_least(policy_.files_grace);
  }
  require(twice, "C7 a file goes after two readings, the grace apart", detail);
}

void CleanupChecker::at_the_end(const MemoryTables& store, const std::set<JobId>& kept, const std::map<std::string, std::size_t>& orphans_of) {
  for (const auto& [id, row] : store.job) {
    require(kept.contains(id), "C9 what is old goes", to_string(id));
    saw(Cleaned::kept_job_passed);
  }
  for (const JobId id : kept_) require(store.job.contains(id), "C5 what is to be kept is kept", to_string(id));
  for (const auto& [node, orphans] : orphans_of) require(orphans == 0, "C9 files without an owner go", std::to_string(orphans) + " on " + node);
}

}  // namespace cadre::sim
