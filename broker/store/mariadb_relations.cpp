// What goes in beside the facts: narrow rows that make lists quick, and the few single rows.
#include <algorithm>
#include <map>
#include <set>

#include "broker/store/columns.hpp"
#include "broker/store/mariadb_store.hpp"

namespace cadre {

// What makes lists quick: the rare ends, the repeats, the ids of batches.
db::Outcome<Done> MariadbStore::write_relations(const Batch& batch, const JobRows& jobs) {
  std::vector<const OutcomeRow*> rare;
  for (const OutcomeRow& row : batch.outcomes)
    if (row.state != JobState::done) rare.push_back(&row);
  Columns ends;
  ends.u64(rare, [](const OutcomeRow& r) { return static_cast<unsigned>(r.state); });
  ends.u64(rare, [](const OutcomeRow& r) { return r.job.value; });
  auto done = bulk("INSERT IGNORE INTO outcome_rare (state, job_id) VALUES (?,?)", ends.take(), rare.size(), nullptr);
  if (trouble_of(done) != nullptr) return done;

  // By a lock on the old job's row: a purge that is about to delete it sees that it is repeated, or has deleted it.
  for (const RetriedRow& row : batch.retried) {
    if (std::none_of(jobs.begin(), jobs.end(), [&](const JobRow* job) { return job->id == row.new_job; })) continue;
    auto noted = link_->execute("INSERT IGNORE INTO retried (old_id, new_id) SELECT id, ? FROM job WHERE id = ? LOCK IN SHARE MODE",
                                {row.new_job.value, row.old_job.value});
    if (const auto* trouble = trouble_of(noted)) return *trouble;
  }

  struct Range { std::string_view batch; JobId first, last; };
  std::map<std::string_view, Range> by_batch;
  for (const JobRow* job : jobs)
    if (!job->request.batch.empty())
      by_batch.try_emplace(job->request.batch, Range{job->request.batch, job->id, job->id}).first->second.last = job->id;
  std::vector<const Range*> ranges;
  for (const auto& [name, range] : by_batch) ranges.push_back(&range);
  Columns batches;
  batches.text(ranges, [](const Range& r) { return r.batch; });
  batches.u64(ranges, [](const Range& r) { return r.first.value; });
  batches.u64(ranges, [](const Range& r) { return r.last.value; });
  return bulk("INSERT IGNORE INTO batch_range (batch, first_id, last_id) VALUES (?,?,?)", batches.take(), ranges.size(), nullptr);
}

// A row where a queue enters another block of ids. What has been written is remembered, until a transaction fails.
db::Outcome<Done> MariadbStore::write_queue_blocks(const JobRows& jobs) {
  std::map<std::string_view, std::set<std::uint64_t>> fresh;
  for (const JobRow* job : jobs) {
    const std::uint64_t block = job->id.value / queue_block_ids;
    const auto known = queue_blocks_.find(job->request.queue);
    if (known == queue_blocks_.end() || known->second != block) fresh[job->request.queue].insert(block);
  }
  struct Entry { std::string_view queue; std::uint64_t block = 0; };
  std::vector<Entry> entries;
  for (const auto& [queue, blocks] : fresh)
    for (const std::uint64_t block : blocks) entries.push_back({queue, block});
  Columns c;
  const auto items = pointers(entries);
  c.text(items, [](const Entry& e) { return e.queue; });
  c.u64(items, [](const Entry& e) { return e.block; });
  auto done = bulk("INSERT IGNORE INTO queue_block (queue, block) VALUES (?,?)", c.take(), entries.size(), nullptr);
  if (trouble_of(done) == nullptr)
    for (const auto& [queue, blocks] : fresh) queue_blocks_[std::string(queue)] = *blocks.rbegin();
  return done;
}

// Few and seldom: nodes, keys, checkpoints and what a restore has left out, a statement each.
db::Outcome<Done> MariadbStore::write_single_rows(const Batch& batch) {
  db::Outcome<std::uint64_t> sent = std::uint64_t{0};
  const auto run = [&](const char* sql, const std::vector<db::Value>& values) {
    if (trouble_of(sent) == nullptr) sent = link_->execute(sql, values);
  };
  for (const NodeRow& row : batch.nodes)
    if (row.removed) run("DELETE FROM node WHERE name = ?", {row.node});
    else run("INSERT INTO node (name, cordoned) VALUES (?,?) ON DUPLICATE KEY UPDATE cordoned=VALUES(cordoned)",
        {row.node, static_cast<std::uint64_t>(row.cordoned)});
  for (const KeyRow& row : batch.keys)
    run("INSERT INTO node_key (public_key, name, role, revoked, by_whom, wall, not_after) VALUES (?,?,?,?,?,?,?) ON DUPLICATE KEY UPDATE "
        "name=VALUES(name), role=VALUES(role), revoked=VALUES(revoked), by_whom=VALUES(by_whom), wall=VALUES(wall), not_after=VALUES(not_after)",
        {row.public_key, row.name, static_cast<std::uint64_t>(row.role), static_cast<std::uint64_t>(row.revoked), row.by, micros(row.wall), micros(row.not_after)});
  for (const MissingRow& row : batch.missing)
    run("INSERT INTO missing (job_id, number, node, kind, wall) VALUES (?,?,?,?,?) ON DUPLICATE KEY UPDATE kind=VALUES(kind), wall=VALUES(wall)",
        {row.attempt.job.value, std::uint64_t{row.attempt.number}, row.node, row.end ? static_cast<std::uint64_t>(*row.end) : kind_of_running, micros(row.wall)});
  for (const CheckpointRow& row : batch.checkpoints) {
    run("INSERT IGNORE INTO checkpoint (upto, open, at) SELECT ?, ?, service_time FROM cluster", {row.upto.value, open_ranges_bytes(row)});
    run("DELETE FROM checkpoint WHERE upto < ?", {row.upto.value});
  }
  if (const auto* trouble = trouble_of(sent)) return *trouble;
  return Done{};
}

}  // namespace cadre
