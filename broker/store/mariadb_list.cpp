// Lists never scan what is kept. Each walks something narrow backwards: the table of rare ends, the runs of a batch, the
// blocks of a queue, or the ids themselves; and never more than the filter's window of ids for one answer.
#include <algorithm>

#include <fmt/format.h>

#include "broker/store/mariadb_store.hpp"
#include "broker/store/rows.hpp"
#include "common/base/assert.hpp"

namespace cadre {

namespace {

constexpr std::uint32_t runs_max = 1'000;  // in one statement

std::uint64_t below(const ListFilter& filter) { return filter.before ? filter.before.value : ~std::uint64_t{0}; }

bool picky(const ListFilter& filter) {
  return !filter.queue.empty() || !filter.engine.empty() || !filter.batch.empty() || !filter.client.empty() || filter.not_retried;
}

// Adjoining runs as one, newest first; cut where they hold more than `window` ids. True where something was left out.
bool join_and_cut(std::vector<std::pair<JobId, JobId>>& runs, std::uint64_t window) {
  std::vector<std::pair<JobId, JobId>> joined;
  std::uint64_t ids = 0;
  bool cut = false;
  for (const auto& [first, last] : runs) {
    ids += last.value - first.value + 1;
    cut = ids > window && !joined.empty();
    if (cut) break;
    if (!joined.empty() && joined.back().first.value == last.value + 1) joined.back().first = first;
    else joined.emplace_back(first, last);
  }
  runs = std::move(joined);
  return cut;
}

JobFacts listed(const db::Rows& found, std::size_t i) {
  JobFacts facts = rows::job_facts(found, i);
  const std::size_t c = rows::job_column_count;
  if (found.is_null(i, c)) return facts;
  OutcomeRow row;
  row.job = facts.row.id;
  row.state = static_cast<JobState>(found.u64(i, c));
  row.reason = static_cast<Reason>(found.u64(i, c + 1));
  row.end.attempt = {row.job, static_cast<std::uint32_t>(found.u64(i, c + 2))};
  row.node = found.text(i, c + 3);
  row.end.cause = static_cast<Cause>(found.u64(i, c + 4));
  row.end.code = static_cast<std::int32_t>(found.i64(i, c + 5));
  row.end.message = found.text(i, c + 6);
  row.end.started = rows::wall(found, i, c + 7);
  row.end.ended = rows::wall(found, i, c + 8);
  row.wall = rows::wall(found, i, c + 9);
  row.end.peak_memory = found.u64(i, c + 10);
  row.end.cpu = Duration{found.i64(i, c + 11)};
  row.end.kind = row.state == JobState::done ? EndKind::succeeded : EndKind::failed;
  facts.outcome = std::move(row);
  return facts;
}

}  // namespace

// Where a list looks: tables, a condition on ids, and how far down.
struct MariadbStore::Reach {
  std::string from = "job j LEFT JOIN outcome o ON o.job_id = j.id";
  std::string where;
  std::string order = "j.id";
  JobId down_to;         // 0: to the end
  bool nothing = false;  // no id can match
};

db::Outcome<MariadbStore::Reach> MariadbStore::reach_of(const ListFilter& filter) {
  Reach reach;
  reach.where = fmt::format("j.id < {}", below(filter));
  if (!filter.ids.empty()) {
    CADRE_ASSERT(filter.ids.size() <= ListFilter::ids_max);
    CADRE_ASSERT(!filter.state);
    reach.where += fmt::format(" AND j.id IN ({})", rows::list_of(filter.ids.begin(), filter.ids.end()));
    return reach;
  }
  if (filter.state && *filter.state != JobState::done) return reach_rare(filter, std::move(reach));
  if (!filter.batch.empty() || !filter.queue.empty()) return reach_runs(filter, std::move(reach));
  if (!picky(filter) && !filter.state) return reach;  // simply the newest
  auto low = nth_below("SELECT id FROM job WHERE id < {} ORDER BY id DESC LIMIT 1 OFFSET {}", filter);
  if (const auto* trouble = trouble_of(low)) return *trouble;
  reach.down_to = std::get<JobId>(low);
  reach.where += fmt::format(" AND j.id >= {}", reach.down_to.value);
  return reach;
}

// The id a window further down, or 0 where the end comes before.
db::Outcome<JobId> MariadbStore::nth_below(const char* sql, const ListFilter& filter) {
  auto found = link_->query(fmt::format(fmt::runtime(sql), below(filter), filter.window - 1));
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& low = std::get<db::Rows>(found);
  return low.empty() ? JobId{} : JobId{low.u64(0, 0)};
}

db::Outcome<MariadbStore::Reach> MariadbStore::reach_rare(const ListFilter& filter, Reach reach) {
  const int state = static_cast<int>(*filter.state);
  if (picky(filter)) {  // else the newest are at hand
    const std::string sql = fmt::format("SELECT job_id FROM outcome_rare WHERE state = {} AND job_id < {{}} ORDER BY job_id DESC LIMIT 1 OFFSET {{}}", state);
    auto low = nth_below(sql.c_str(), filter);
    if (const auto* trouble = trouble_of(low)) return *trouble;
    reach.down_to = std::get<JobId>(low);
  }
  // In this order, whatever the optimizer thinks: it would read all jobs backwards to save a sort of a few.
  reach.from = "outcome_rare r STRAIGHT_JOIN job j ON j.id = r.job_id STRAIGHT_JOIN outcome o ON o.job_id = r.job_id";
  reach.where = fmt::format("r.state = {} AND r.job_id < {} AND r.job_id >= {}", state, below(filter), reach.down_to.value);
  reach.order = "r.job_id";
  return reach;
}

db::Outcome<MariadbStore::Reach> MariadbStore::reach_runs(const ListFilter& filter, Reach reach) {
  auto found = !filter.batch.empty() ? runs_of_batch(filter.batch, filter.before, runs_max) : blocks_of_queue(filter.queue, filter.before, runs_max);
  if (const auto* trouble = trouble_of(found)) return *trouble;
  auto& runs = std::get<Runs>(found);
  const bool more = runs.size() == runs_max;
  const bool cut = join_and_cut(runs, filter.window);
  reach.nothing = runs.empty();
  if (reach.nothing) return reach;
  if (more || cut) reach.down_to = runs.back().first;
  std::string any;
  for (const auto& [first, last] : runs) any += fmt::format("{}j.id BETWEEN {} AND {}", any.empty() ? "" : " OR ", first.value, last.value);
  reach.where += " AND (" + any + ")";
  return reach;
}

Stored<ListPage> MariadbStore::list(const ListFilter& filter) {
  if (auto away = ensure()) return *away;
  auto reached = reach_of(filter);
  if (const auto* trouble = trouble_of(reached)) return lost(*trouble);
  Reach& reach = std::get<Reach>(reached);
  ListPage page;
  if (reach.nothing) return page;
  std::vector<db::Value> values;
  const auto equals = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    reach.where += fmt::format(" AND j.{} = ?", column);
    values.emplace_back(value);
  };
  equals("queue", filter.queue);
  equals("engine", filter.engine);
  equals("batch", filter.batch);
  equals("client", filter.client);
  if (filter.state == JobState::done) reach.where += fmt::format(" AND o.state = {}", static_cast<int>(JobState::done));
  if (filter.not_retried) reach.where += " AND (SELECT COUNT(*) FROM retried t WHERE t.old_id = j.id) = 0";
  auto answer = link_->query(fmt::format("SELECT {}, o.state, o.reason, o.attempt, o.node, o.cause, o.code, o.message, o.started, o.ended, o.wall, "
                                       "o.peak_memory, o.cpu FROM {} WHERE {} ORDER BY {} DESC LIMIT {}",
                                       rows::job_columns, reach.from, reach.where, reach.order, filter.limit), values);
  if (const auto* trouble = trouble_of(answer)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(answer);
  for (std::size_t i = 0; i < found.size(); ++i) page.jobs.push_back(listed(found, i));
  page.looked_down_to = page.jobs.size() == filter.limit ? page.jobs.back().row.id : reach.down_to;
  return page;
}

// --- runs of ids ----------------------------------------------------------------------------------------------------

db::Outcome<MariadbStore::Runs> MariadbStore::runs_of_batch(const std::string& batch, JobId before, std::uint32_t limit) {
  const std::uint64_t upto = before ? before.value : ~std::uint64_t{0};
  auto answer = link_->query("SELECT first_id, last_id FROM batch_range WHERE batch=? AND first_id < ? ORDER BY first_id DESC LIMIT ?",
                           {batch, upto, std::uint64_t{limit}});
  if (const auto* trouble = trouble_of(answer)) return *trouble;
  const auto& found = std::get<db::Rows>(answer);
  Runs runs;
  for (std::size_t i = 0; i < found.size(); ++i) runs.emplace_back(JobId{found.u64(i, 0)}, JobId{std::min(found.u64(i, 1), upto - 1)});
  return runs;
}

db::Outcome<MariadbStore::Runs> MariadbStore::blocks_of_queue(const std::string& queue, JobId before, std::uint32_t limit) {
  const std::uint64_t upto = before ? before.value : ~std::uint64_t{0};
  auto answer = link_->query("SELECT block FROM queue_block WHERE queue=? AND block <= ? ORDER BY block DESC LIMIT ?",
                           {queue, (upto - 1) / queue_block_ids, std::uint64_t{limit}});
  if (const auto* trouble = trouble_of(answer)) return *trouble;
  const auto& found = std::get<db::Rows>(answer);
  Runs runs;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::uint64_t first = found.u64(i, 0) * queue_block_ids;
    runs.emplace_back(JobId{first}, JobId{std::min(first + queue_block_ids - 1, upto - 1)});
  }
  return runs;
}

Stored<std::vector<std::pair<JobId, JobId>>> MariadbStore::batch_runs(const std::string& batch, JobId before, std::uint32_t limit) {
  if (auto away = ensure()) return *away;
  auto runs = runs_of_batch(batch, before, limit);
  if (const auto* trouble = trouble_of(runs)) return lost(*trouble);
  return std::move(std::get<Runs>(runs));
}

}  // namespace cadre
