// What is left over when jobs are gone: keys, ranges, blobs. Each table is walked by its own primary key, so many rows a
// step, and what goes is deleted by that key.
#include <numeric>

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

// `select` answers the columns of the key and behind them whether the row goes, or the range of ids that it speaks of. Its last
// parameter is the number of rows.
PurgeRecords::Step PurgeRecords::walk(const Walk& walk) {
  std::vector<db::Value> parameters = walk.parameters;
  parameters.emplace_back(limits_.rows_max);
  auto found = link_.query(walk.select, parameters);
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  const std::size_t key_size = rows.empty() ? 0 : rows.row(0).size() - (walk.of_ids ? 2 : 1);
  std::vector<std::size_t> gone;
  std::size_t seen = 0;
  for (; seen < rows.size() && gone.size() < walk.gone_max; ++seen) {
    bool goes = false;
    if (walk.of_ids) {
      auto empty = no_job_between(rows.u64(seen, key_size), rows.u64(seen, key_size + 1));
      if (const auto* trouble = trouble_of(empty)) return *trouble;
      goes = std::get<bool>(empty);
    } else {
      goes = rows.i64(seen, key_size) != 0;
    }
    if (goes) gone.push_back(seen);
  }
  if (!gone.empty() && !dry()) {
    std::vector<db::Column> key;
    for (std::size_t i = 0; i < key_size; ++i) key.push_back(column_of(rows, gone, i));
    auto done = guarded([&]() -> Step {
      for (const char* sql : walk.deletions) {
        auto deleted = bulk(sql, key, gone.size());
        if (trouble_of(deleted) != nullptr) return deleted;
      }
      return Done{};
    });
    if (trouble_of(done) != nullptr) return done;
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

// A key lives as long as its job, and at least as long as it was promised from the accept (guarantees.md G4). Most keys stay,
// and new ones come as fast as jobs do; so a stretch of many keys is looked at in one step, and only those that go are read.
PurgeRecords::Step PurgeRecords::purge_keys() {
  const std::string behind = " FROM submit_key WHERE (client > ? OR (client = ? AND submit_key > ?))";
  std::vector<db::Value> place{place_.text, place_.text, place_.key};
  auto found = link_.query("SELECT client, submit_key" + behind + " ORDER BY client, submit_key LIMIT 1 OFFSET ?",
                           {place_.text, place_.text, place_.key, limits_.keys_looked_at});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& bound = std::get<db::Rows>(found);
  std::string going = "SELECT client, submit_key" + behind;
  std::vector<db::Value> parameters = place;
  if (!bound.empty()) {
    going += " AND (client < ? OR (client = ? AND submit_key <= ?))";
    for (const std::size_t column : {0, 0, 1}) parameters.push_back(bound.row(0)[column]);
  }
  parameters.emplace_back(std::int64_t{(now_ - retention_.keys).time_since_epoch().count()});
  parameters.emplace_back(limits_.rows_max);
  auto gone = link_.query(going + " AND at < ? AND NOT EXISTS (SELECT 1 FROM job WHERE id = job_id) ORDER BY client, submit_key LIMIT ?", parameters);
  if (const auto* trouble = trouble_of(gone)) return *trouble;
  const auto& rows = std::get<db::Rows>(gone);
  auto done = delete_keys(rows);
  if (trouble_of(done) != nullptr) return done;
  counts_.rows["keys"] += rows.size();
  const bool full = rows.size() == limits_.rows_max;
  if (!full && bound.empty()) {
    phase_ = Phase::batches;
    place_ = {};
    return Done{};
  }
  const auto& next = full ? rows.row(rows.size() - 1) : bound.row(0);
  place_.text = std::get<std::string>(next[0]);
  place_.key = std::get<std::string>(next[1]);
  return Done{};
}

PurgeRecords::Step PurgeRecords::delete_keys(const db::Rows& rows) {
  if (rows.empty() || dry()) return Done{};
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const std::vector<db::Column> key{column_of(rows, all, 0), column_of(rows, all, 1)};
  return guarded([&] { return bulk("DELETE FROM submit_key WHERE client = ? AND submit_key = ?", key, rows.size()); });
}

// With constants, row by row: where the bounds come from an outer row, MariaDB reads the whole table for each.
db::Outcome<bool> PurgeRecords::no_job_between(std::uint64_t first, std::uint64_t last) {
  auto found = link_.query("SELECT 1 FROM job WHERE id BETWEEN ? AND ? LIMIT 1", {first, last});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  return std::get<db::Rows>(found).empty();
}

PurgeRecords::Step PurgeRecords::purge_batches() {
  return walk({.counted = "batch_ranges",
               .select = "SELECT batch, first_id, first_id, last_id FROM batch_range WHERE batch > ? OR (batch = ? AND first_id > ?) ORDER BY batch, first_id LIMIT ?",
               .of_ids = true,
               .parameters = {place_.text, place_.text, place_.number},
               .deletions = {"DELETE FROM batch_range WHERE batch = ? AND first_id = ?"},
               .next = Phase::queues});
}

// Only blocks below that of the newest job: the broker writes a block's row once and remembers it, so the one that is
// being filled must stay, also where all its jobs are gone.
PurgeRecords::Step PurgeRecords::purge_queues() {
  return walk({.counted = "queue_blocks",
               .select = "SELECT queue, block, block * 1024, block * 1024 + 1023 FROM queue_block WHERE (queue > ? OR (queue = ? AND block > ?)) "
                         "AND block < (SELECT COALESCE(MAX(id), 0) DIV 1024 FROM job) ORDER BY queue, block LIMIT ?",
               .of_ids = true,
               .parameters = {place_.text, place_.text, place_.number},
               .deletions = {"DELETE FROM queue_block WHERE queue = ? AND block = ?"},
               .next = Phase::blobs});
}

// A payload belongs to the job of its submit key, a result to the outcome of its attempt's job. Where that names another
// blob, or is not there, nothing will ever name this one: its epoch is over.
PurgeRecords::Step PurgeRecords::purge_blobs() {
  return walk({.counted = "orphan_blobs",
               .select = "SELECT b.id, IF(b.job_id = 0, j.id IS NULL OR j.payload_blob <> b.id, o.job_id IS NULL OR o.result_blob <> b.id) FROM blob_owner b "
               "LEFT JOIN submit_key k ON b.job_id = 0 AND k.client = b.client AND k.submit_key = b.submit_key LEFT JOIN job j ON j.id = k.job_id "
               "LEFT JOIN outcome o ON o.job_id = b.job_id WHERE b.id > ? AND b.id < ? ORDER BY b.id LIMIT ?",
               .parameters = {place_.number, JobId::make(Epoch{epoch_}, 0).value},
               .deletions = {"DELETE FROM blob_chunk WHERE blob_id = ?", "DELETE FROM blob_owner WHERE id = ?"},
               .next = Phase::runs,
               .gone_max = blobs_per_step});
}

// One row a turn: few. That of the present turn is young.
PurgeRecords::Step PurgeRecords::purge_runs() {
  const std::int64_t oldest = (now_ - retention_.runs).time_since_epoch().count();
  std::uint64_t removed = 0;
  if (dry()) {
    auto found = link_.query("SELECT CAST(COUNT(*) AS UNSIGNED) FROM cleanup_run WHERE at < ?", {oldest});
    if (const auto* trouble = trouble_of(found)) return *trouble;
    counts_.rows["runs"] += std::get<db::Rows>(found).u64(0, 0);
  } else {
    auto done = guarded([&]() -> Step {
      auto gone = link_.execute("DELETE FROM cleanup_run WHERE at < ? ORDER BY duty, epoch LIMIT ?", {oldest, runs_per_step});
      if (const auto* trouble = trouble_of(gone)) return *trouble;
      removed = std::get<std::uint64_t>(gone);
      return Done{};
    });
    if (trouble_of(done) != nullptr) return done;
    counts_.rows["runs"] += removed;
  }
  if (removed < runs_per_step) phase_ = Phase::over;
  return Done{};
}

}  // namespace cadre::cleanup
