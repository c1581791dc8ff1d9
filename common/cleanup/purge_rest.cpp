// What is left over when jobs are gone: keys, ranges, blobs. Each table is walked by its own primary key, so many rows a
// step, and what goes is deleted by that key.
#include <fmt/format.h>

#include "common/cleanup/purge_records.hpp"

namespace cadre::cleanup {

namespace {

constexpr std::size_t blobs_per_step = 16;  // each may have thousands of chunks
constexpr std::uint64_t runs_per_step = 1'000;

db::Column column_of(const db::Rows& rows, const std::vector<std::size_t>& chosen, std::size_t number) {
  db::Column column;
  for (const std::size_t i : chosen) {
    const db::Value& value = rows.row(i)[number];
    if (const auto* text = std::get_if<std::string>(&value)) {
      column.type = db::Column::Type::bytes;
      column.bytes.emplace_back(*text);
    } else {
      column.u64.push_back(rows.u64(i, number));
    }
  }
  return column;
}

}  // namespace

// `select` answers the columns of the key and, last, whether the row goes; its last parameter is the number of rows.
PurgeRecords::Step PurgeRecords::walk(const Walk& walk) {
  std::vector<db::Value> parameters = walk.parameters;
  parameters.emplace_back(limits_.rows_max);
  auto found = link_.query(walk.select, parameters);
  if (const auto* trouble = std::get_if<db::Trouble>(&found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  const std::size_t key_size = rows.empty() ? 0 : rows.row(0).size() - 1;
  std::vector<std::size_t> gone;
  std::size_t seen = 0;
  for (; seen < rows.size() && gone.size() < walk.gone_max; ++seen)
    if (rows.i64(seen, key_size) != 0) gone.push_back(seen);
  if (!gone.empty() && !dry()) {
    std::vector<db::Column> key;
    for (std::size_t i = 0; i < key_size; ++i) key.push_back(column_of(rows, gone, i));
    auto done = guarded([&]() -> Step {
      for (const char* sql : walk.deletions) {
        auto deleted = bulk(sql, key, gone.size());
        if (std::get_if<db::Trouble>(&deleted) != nullptr) return deleted;
      }
      return Done{};
    });
    if (std::get_if<db::Trouble>(&done) != nullptr) return done;
  }
  counts_.rows[walk.counted] += gone.size();
  if (seen == rows.size() && rows.size() < limits_.rows_max) {
    phase_ = walk.next;
    place_ = {};
    return Done{};
  }
  const auto& last = rows.row(seen - 1);
  if (const auto* text = std::get_if<std::string>(&last[0])) place_.text = *text;
  if (const auto* text = std::get_if<std::string>(&last[key_size - 1])) place_.key = *text;
  else place_.number = rows.u64(seen - 1, key_size - 1);
  return Done{};
}

// A key lives as long as its job, and at least as long as it was promised from the accept (guarantees.md G4).
PurgeRecords::Step PurgeRecords::purge_keys() {
  const std::int64_t oldest = (now_ - retention_.keys).time_since_epoch().count();
  return walk({"keys",
               "SELECT k.client, k.submit_key, IF(k.at < ?, NOT EXISTS (SELECT 1 FROM job WHERE id = k.job_id), 0) FROM submit_key k "
               "WHERE k.client > ? OR (k.client = ? AND k.submit_key > ?) ORDER BY k.client, k.submit_key LIMIT ?",
               {oldest, place_.text, place_.text, place_.key},
               {"DELETE FROM submit_key WHERE client = ? AND submit_key = ?"},
               Phase::batches});
}

PurgeRecords::Step PurgeRecords::purge_batches() {
  return walk({"batch_ranges",
               "SELECT b.batch, b.first_id, NOT EXISTS (SELECT 1 FROM job WHERE id BETWEEN b.first_id AND b.last_id) FROM batch_range b "
               "WHERE b.batch > ? OR (b.batch = ? AND b.first_id > ?) ORDER BY b.batch, b.first_id LIMIT ?",
               {place_.text, place_.text, place_.number},
               {"DELETE FROM batch_range WHERE batch = ? AND first_id = ?"},
               Phase::queues});
}

// Only blocks below that of the newest job: the broker writes a block's row once and remembers it, so the one that is
// being filled must stay, also where all its jobs are gone.
PurgeRecords::Step PurgeRecords::purge_queues() {
  return walk({"queue_blocks",
               "SELECT q.queue, q.block, q.block < (SELECT COALESCE(MAX(id), 0) DIV 1024 FROM job) AND "
               "NOT EXISTS (SELECT 1 FROM job WHERE id BETWEEN q.block * 1024 AND q.block * 1024 + 1023) FROM queue_block q "
               "WHERE q.queue > ? OR (q.queue = ? AND q.block > ?) ORDER BY q.queue, q.block LIMIT ?",
               {place_.text, place_.text, place_.number},
               {"DELETE FROM queue_block WHERE queue = ? AND block = ?"},
               Phase::blobs});
}

// A payload belongs to the job of its submit key, a result to the outcome of its attempt's job. Where that names another
// blob, or is not there, nothing will ever name this one: its epoch is over.
PurgeRecords::Step PurgeRecords::purge_blobs() {
  return walk({"orphan_blobs",
               "SELECT b.id, IF(b.job_id = 0, j.id IS NULL OR j.payload_blob <> b.id, o.job_id IS NULL OR o.result_blob <> b.id) FROM blob_owner b "
               "LEFT JOIN submit_key k ON b.job_id = 0 AND k.client = b.client AND k.submit_key = b.submit_key LEFT JOIN job j ON j.id = k.job_id "
               "LEFT JOIN outcome o ON o.job_id = b.job_id WHERE b.id > ? AND b.id < ? ORDER BY b.id LIMIT ?",
               {place_.number, JobId::make(Epoch{epoch_}, 0).value},
               {"DELETE FROM blob_chunk WHERE blob_id = ?", "DELETE FROM blob_owner WHERE id = ?"},
               Phase::runs,
               blobs_per_step});
}

// One row a turn: few. That of the present turn is young.
PurgeRecords::Step PurgeRecords::purge_runs() {
  const std::int64_t oldest = (now_ - retention_.runs).time_since_epoch().count();
  std::uint64_t removed = 0;
  if (dry()) {
    auto found = link_.query("SELECT CAST(COUNT(*) AS UNSIGNED) FROM cleanup_run WHERE at < ?", {oldest});
    if (const auto* trouble = std::get_if<db::Trouble>(&found)) return *trouble;
    counts_.rows["runs"] += std::get<db::Rows>(found).u64(0, 0);
  } else {
    auto done = guarded([&]() -> Step {
      auto gone = link_.execute("DELETE FROM cleanup_run WHERE at < ? ORDER BY duty, epoch LIMIT ?", {oldest, runs_per_step});
      if (const auto* trouble = std::get_if<db::Trouble>(&gone)) return *trouble;
      removed = std::get<std::uint64_t>(gone);
      return Done{};
    });
    if (std::get_if<db::Trouble>(&done) != nullptr) return done;
    counts_.rows["runs"] += removed;
  }
  if (removed < runs_per_step) phase_ = Phase::over;
  return Done{};
}

}  // namespace cadre::cleanup
