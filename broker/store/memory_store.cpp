#include "broker/store/memory_store.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

using Guard = std::lock_guard<std::mutex>;

bool MemoryStore::holds(Epoch epoch) const { return tables_->seat.epoch == epoch || mutant(2); }

Stored<std::string> MemoryStore::cluster() {
  const Guard guard(tables_->mutex);
  return tables_->cluster;
}

Stored<Seat> MemoryStore::look_at_seat() {
  const Guard guard(tables_->mutex);
  Seat seat = tables_->seat;
  seat.expired = tables_->seat_expires < clock_();
  return seat;
}

Stored<Granted> MemoryStore::take_seat(const std::string& holder, Duration ttl,
                                       std::optional<std::uint64_t> stale_renewals) {
  const Guard guard(tables_->mutex);
  Seat& seat = tables_->seat;
  const bool expired = tables_->seat_expires < clock_();
  const bool stale = stale_renewals && *stale_renewals == seat.renewals && !mutant(13);
  if (!expired && !stale) return FencedOut{seat.holder};
  ++seat.epoch.value;
  ++seat.renewals;
  seat.holder = holder;
  tables_->seat_expires = clock_() + ttl;
  return Granted{seat.epoch};
}

Stored<Done> MemoryStore::renew_seat(Epoch epoch, Duration ttl) {
  const Guard guard(tables_->mutex);
  if (!holds(epoch)) return FencedOut{tables_->seat.holder};
  ++tables_->seat.renewals;
  tables_->seat_expires = clock_() + ttl;
  return Done{};
}

Stored<Done> MemoryStore::give_up_seat(Epoch epoch) {
  const Guard guard(tables_->mutex);
  if (!holds(epoch)) return FencedOut{tables_->seat.holder};
  ++tables_->seat.renewals;
  tables_->seat_expires = WallTime{};
  return Done{};
}

Stored<ServiceTime> MemoryStore::tick_clock(Epoch epoch, Duration elapsed) {
  const Guard guard(tables_->mutex);
  if (!holds(epoch)) return FencedOut{tables_->seat.holder};
  const WallTime now = clock_();
  const Duration seen = tables_->service_seen == WallTime{} ? Duration{} : now - tables_->service_seen;
  tables_->service += std::clamp<Duration>(std::min(seen, elapsed), Duration{}, 2s);
  tables_->service_seen = now;
  return tables_->service;
}

Stored<std::set<BlobId>> MemoryStore::put_blobs(const std::vector<Blob>& blobs, const BlobPace&) {
  const Guard guard(tables_->mutex);
  std::set<BlobId> written;
  for (const Blob& blob : blobs)
    if (blob.key.empty() || !tables_->submit_key.contains({blob.client, blob.key})) written.insert(blob.id);
  tables_->blob.insert(written.begin(), written.end());
  return written;
}

Stored<Committed> MemoryStore::apply(Epoch epoch, const Batch& batch) {
  const Guard guard(tables_->mutex);
  if (!holds(epoch)) return FencedOut{tables_->seat.holder};
  MemoryTables& t = *tables_;
  Committed answer;
  // A batch that comes again, because its answer was lost, may speak of jobs that clean-up has deleted since.
  const auto gone = [&t](JobId job) { return !t.job.contains(job) && !mutant(73); };
  for (const JobRow& row : batch.jobs) {
    CADRE_ASSERT(!row.request.blob || t.blob.contains(row.request.blob));
    const auto [key, fresh] = t.submit_key.emplace(std::pair{row.client, row.request.key}, std::pair{row.id, row.request.digest});
    const auto& [owner, digest] = key->second;
    if (!fresh && owner != row.id && !mutant(4)) {
      answer.repeats.push_back({row.id, owner, digest == row.request.digest});
      continue;
    }
    if (!fresh && owner == row.id && gone(row.id)) continue;
    t.job.emplace(row.id, row);
  }
  for (const auto& row : batch.attempts)
    if (!gone(row.attempt.job)) t.attempt.emplace(row.attempt, row);
  for (const auto& row : batch.ends)
    if (!gone(row.end.attempt.job)) t.attempt_end.emplace(row.end.attempt, row);
  for (const auto& row : batch.outcomes) {
    if (gone(row.job)) continue;
    CADRE_ASSERT(!row.end.blob || t.blob.contains(row.end.blob));
    t.outcome.emplace(row.job, row);
  }
  for (const auto& row : batch.retried)
    if (t.job.contains(row.new_job) && !gone(row.old_job)) t.retried.emplace(row.old_job, row.new_job);
  for (const auto& row : batch.nodes)
    if (row.removed) t.node.erase(row.node);
    else t.node.insert_or_assign(row.node, row);
  for (const auto& row : batch.keys) t.node_key.insert_or_assign(row.public_key, row);
  for (const auto& row : batch.checkpoints) t.checkpoint = row;
  for (const auto& row : batch.missing) t.missing.insert_or_assign(row.attempt, row);
  return answer;
}

Stored<std::vector<OpenJob>> MemoryStore::load_open(JobId after, std::uint32_t limit) {
  const Guard guard(tables_->mutex);
  const MemoryTables& t = *tables_;
  std::vector<OpenJob> open;
  for (auto place = t.job.upper_bound(after); place != t.job.end() && open.size() < limit; ++place) {
    const JobRow& row = place->second;
    if (t.outcome.contains(row.id)) continue;
    OpenJob job;
    job.id = row.id;
    job.client = row.client;
    job.request = row.request;
    job.body_bytes = row.request.body ? row.request.body->size() : 0;
    job.request.body = nullptr;
    job.request.blob = BlobId{};
    job.request.key.clear();
    job.request.batch.clear();
    if (!row.first.node.empty()) {
      job.attempt = job.tries = 1;
      job.holder = row.first;
      job.leased = true;
    }
    for (auto at = t.attempt.lower_bound({row.id, 0}); at != t.attempt.end() && at->first.job == row.id; ++at) {
      job.attempt = at->first.number;
      job.holder = at->second.holder;
      ++job.tries;
      job.leased = true;
    }
    for (auto at = t.attempt_end.lower_bound({row.id, 0}); at != t.attempt_end.end() && at->first.job == row.id; ++at) {
      const AttemptEnd& end = at->second.end;
      if (end.kind == EndKind::not_started || end.cause == Cause::engine_broken) --job.tries;
      if (end.cause == Cause::node_lost) ++job.deaths;
      if (at->first.number == job.attempt) job.leased = false;
    }
    open.push_back(std::move(job));
  }
  return open;
}

Stored<std::vector<NodeRow>> MemoryStore::load_nodes() {
  const Guard guard(tables_->mutex);
  std::vector<NodeRow> rows;
  for (const auto& [name, row] : tables_->node) rows.push_back(row);
  return rows;
}

Stored<Restored> MemoryStore::load_restored() {
  const Guard guard(tables_->mutex);
  Restored restored{tables_->restored, {}};
  for (const auto& [attempt, row] : tables_->missing) restored.missing.push_back(row);
  return restored;
}

Stored<std::vector<KeyRow>> MemoryStore::load_keys() {
  const Guard guard(tables_->mutex);
  std::vector<KeyRow> rows;
  for (const auto& [key, row] : tables_->node_key) rows.push_back(row);
  return rows;
}

Stored<std::vector<std::pair<JobId, BodyPtr>>> MemoryStore::bodies(const std::vector<JobId>& jobs) {
  const Guard guard(tables_->mutex);
  std::vector<std::pair<JobId, BodyPtr>> found;
  for (const JobId id : jobs) {
    const auto place = tables_->job.find(id);
    found.emplace_back(id, place == tables_->job.end() ? nullptr : place->second.request.body);
  }
  return found;
}

JobFacts MemoryStore::facts_of(const JobRow& row, With with) const {
  const MemoryTables& t = *tables_;
  JobFacts facts;
  facts.row = row;
  facts.payload_bytes = row.request.body ? row.request.body->payload.size() : 0;
  facts.row.request.blob = BlobId{};  // of the row, not of the request: who repeats the job puts its payload down anew
  if (with != With::body) facts.row.request.body = nullptr;
  const auto add = [&](const AttemptRow& attempt) {
    const auto end = t.attempt_end.find(attempt.attempt);
    facts.attempts.push_back({attempt, end == t.attempt_end.end() ? std::nullopt : std::optional(end->second)});
  };
  if (!row.first.node.empty()) add({{row.id, 1}, row.first, row.accepted_at, row.accepted_wall});
  for (auto at = t.attempt.lower_bound({row.id, 0}); at != t.attempt.end() && at->first.job == row.id; ++at) add(at->second);
  if (const auto outcome = t.outcome.find(row.id); outcome != t.outcome.end()) {
    facts.outcome = outcome->second;
    facts.outcome->end.blob = BlobId{};
    if (with != With::output) facts.outcome->end.output = nullptr;
  }
  if (const auto retried = t.retried.find(row.id); retried != t.retried.end()) facts.retried_as = retried->second;
  return facts;
}

Stored<std::optional<JobFacts>> MemoryStore::facts(JobId job, With with) {
  const Guard guard(tables_->mutex);
  const auto place = tables_->job.find(job);
  if (place == tables_->job.end()) return std::optional<JobFacts>{};
  return std::optional(facts_of(place->second, with));
}

Stored<JobId> MemoryStore::find_key(const std::string& client, const std::string& key) {
  const Guard guard(tables_->mutex);
  JobId newest;
  for (const auto& [owner, job] : tables_->submit_key)
    if ((client.empty() || owner.first == client) && owner.second == key) newest = std::max(newest, job.first);
  return newest;
}

Stored<ListPage> MemoryStore::list(const ListFilter& filter) {
  const Guard guard(tables_->mutex);
  ListPage page;
  auto place = filter.before ? tables_->job.lower_bound(filter.before) : tables_->job.end();
  while (place != tables_->job.begin()) {
    --place;
    if (page.jobs.size() >= filter.limit) {
      page.looked_down_to = std::next(place)->first;
      break;
    }
    const JobRow& row = place->second;
    if (!filter.ids.empty() && std::find(filter.ids.begin(), filter.ids.end(), row.id) == filter.ids.end()) continue;
    JobFacts facts = facts_of(row, With::facts);
    facts.attempts.clear();
    if (facts.outcome) facts.outcome->end.stderr_tail.clear();
    if (filter.state && (!facts.outcome || facts.outcome->state != *filter.state)) continue;
    if (!filter.queue.empty() && row.request.queue != filter.queue) continue;
    if (!filter.engine.empty() && row.request.engine != filter.engine) continue;
    if (!filter.batch.empty() && row.request.batch != filter.batch) continue;
    if (!filter.client.empty() && row.client != filter.client) continue;
    if (filter.not_retried && facts.retried_as) continue;
    page.jobs.push_back(std::move(facts));
  }
  return page;
}

Stored<std::vector<std::pair<JobId, JobId>>> MemoryStore::batch_runs(const std::string& batch, JobId before, std::uint32_t limit) {
  const Guard guard(tables_->mutex);
  std::vector<std::pair<JobId, JobId>> runs;
  auto place = before ? tables_->job.lower_bound(before) : tables_->job.end();
  while (place != tables_->job.begin()) {
    --place;
    if (place->second.request.batch != batch) continue;
    const JobId id = place->first;
    if (!runs.empty() && runs.back().first.value == id.value + 1) {
      runs.back().first = id;
      continue;
    }
    if (runs.size() == limit) break;
    runs.emplace_back(id, id);
  }
  return runs;
}

}  // namespace cadre
