// What people ask, answered by key. Lists never scan: dead and cancelled jobs and batches have narrow tables of their
// own, everything else walks the ids downwards over a stated window.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "broker/store/columns.hpp"
#include "common/base/assert.hpp"
#include "broker/store/mariadb_store.hpp"

namespace cadre {

namespace {

constexpr std::size_t ids_in_statement = ListFilter::ids_max;

constexpr const char* job_columns =
    "j.id, j.client, j.submit_key, j.engine, j.queue, j.batch, j.priority, j.attempts_max, j.backoff, j.time_limit, j.stall_limit, "
    "j.memory_limit, j.not_before, j.not_after, j.retry_of, j.accepted_at, j.accepted_wall, j.first_node, j.first_session, LENGTH(j.payload)";
constexpr std::size_t job_column_count = 20;

using Ids = std::vector<JobId>::const_iterator;
std::string list_of(Ids from, Ids to) {
  std::string text;
  for (Ids id = from; id != to; ++id) text += fmt::format("{}{}", text.empty() ? "" : ",", id->value);
  return text;
}

WallTime wall(const db::Rows& rows, std::size_t i, std::size_t column) { return WallTime{Duration{rows.i64(i, column)}}; }

JobFacts job_facts(const db::Rows& rows, std::size_t i) {
  JobFacts facts;
  JobRow& row = facts.row;
  row.id = JobId{rows.u64(i, 0)};
  row.client = rows.text(i, 1);
  row.request.key = rows.text(i, 2);
  row.request.engine = rows.text(i, 3);
  row.request.queue = rows.text(i, 4);
  row.request.batch = rows.text(i, 5);
  row.request.priority = static_cast<int>(rows.i64(i, 6));
  row.request.attempts_max = static_cast<std::uint32_t>(rows.u64(i, 7));
  row.request.backoff = Duration{rows.i64(i, 8)};
  row.request.time_limit = Duration{rows.i64(i, 9)};
  row.request.stall_limit = Duration{rows.i64(i, 10)};
  row.request.memory_limit = rows.u64(i, 11);
  row.request.not_before = wall(rows, i, 12);
  row.request.not_after = wall(rows, i, 13);
  row.request.retry_of = JobId{rows.u64(i, 14)};
  row.accepted_at = ServiceTime{Duration{rows.i64(i, 15)}};
  row.accepted_wall = wall(rows, i, 16);
  row.first = {rows.text(i, 17), SessionId{rows.u64(i, 18)}};
  facts.payload_bytes = static_cast<std::uint64_t>(rows.i64(i, 19));
  return facts;
}

// cause, code, message, node, started, ended, peak_memory, cpu, stderr: nine columns from `c`.
void read_end(const db::Rows& rows, std::size_t i, std::size_t c, AttemptEnd& end, std::string& node) {
  end.cause = static_cast<Cause>(rows.u64(i, c));
  end.code = static_cast<std::int32_t>(rows.i64(i, c + 1));
  end.message = rows.text(i, c + 2);
  node = rows.text(i, c + 3);
  end.started = wall(rows, i, c + 4);
  end.ended = wall(rows, i, c + 5);
  end.peak_memory = rows.u64(i, c + 6);
  end.cpu = Duration{rows.i64(i, c + 7)};
  end.stderr_tail = rows.text(i, c + 8);
}

}  // namespace

Stored<std::vector<std::pair<JobId, BodyPtr>>> MariadbStore::bodies(const std::vector<JobId>& jobs) {
  if (auto away = ensure()) return *away;
  std::vector<std::pair<JobId, BodyPtr>> found;
  for (std::size_t first = 0; first < jobs.size(); first += ids_in_statement) {
    const auto from = jobs.begin() + static_cast<std::ptrdiff_t>(first);
    const auto to = jobs.begin() + static_cast<std::ptrdiff_t>(std::min(jobs.size(), first + ids_in_statement));
    auto rows = link_->query("SELECT id, params, payload FROM job WHERE id IN (" + list_of(from, to) + ")");
    if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
    const auto& r = std::get<db::Rows>(rows);
    for (std::size_t i = 0; i < r.size(); ++i)
      found.emplace_back(JobId{r.u64(i, 0)}, std::make_shared<Body>(Body{r.text(i, 1), r.text(i, 2)}));
  }
  return found;
}

Stored<std::optional<JobFacts>> MariadbStore::facts(JobId id, With with) {
  if (auto away = ensure()) return *away;
  const std::vector<db::Value> key{id.value};
  auto rows = link_->query(fmt::format("SELECT {}{} FROM job j WHERE id=?", job_columns, with == With::body ? ", j.params, j.payload, j.digest" : ""), key);
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& job = std::get<db::Rows>(rows);
  if (job.empty()) return std::optional<JobFacts>{};
  JobFacts facts = job_facts(job, 0);
  if (with == With::body)
    facts.row.request.body = std::make_shared<Body>(Body{job.text(0, job_column_count), job.text(0, job_column_count + 1)});
  if (!facts.row.first.node.empty())
    facts.attempts.push_back({{{id, 1}, facts.row.first, facts.row.accepted_at, facts.row.accepted_wall}, std::nullopt});

  auto attempts = link_->query("SELECT number, node, session, at, wall FROM attempt WHERE job_id=? ORDER BY number", key);
  if (const auto* trouble = trouble_of(attempts)) return lost(*trouble);
  const auto& a = std::get<db::Rows>(attempts);
  for (std::size_t i = 0; i < a.size(); ++i)
    facts.attempts.push_back({{{id, static_cast<std::uint32_t>(a.u64(i, 0))}, {a.text(i, 1), SessionId{a.u64(i, 2)}},
                               ServiceTime{Duration{a.i64(i, 3)}}, wall(a, i, 4)}, std::nullopt});

  auto ends = link_->query("SELECT number, kind, cause, code, message, node, started, ended, peak_memory, cpu, stderr, retry_after, wall "
                           "FROM attempt_end WHERE job_id=?", key);
  if (const auto* trouble = trouble_of(ends)) return lost(*trouble);
  const auto& e = std::get<db::Rows>(ends);
  for (std::size_t i = 0; i < e.size(); ++i) {
    AttemptEndRow row;
    row.end.attempt = {id, static_cast<std::uint32_t>(e.u64(i, 0))};
    row.end.kind = static_cast<EndKind>(e.u64(i, 1));
    read_end(e, i, 2, row.end, row.node);
    row.retry_after = Duration{e.i64(i, 11)};
    row.wall = wall(e, i, 12);
    for (AttemptFact& fact : facts.attempts)
      if (fact.row.attempt == row.end.attempt) fact.end = row;
  }

  auto outcome = link_->query(fmt::format("SELECT state, reason, attempt, cause, code, message, node, started, ended, peak_memory, cpu, stderr, wall, files{} "
                                          "FROM outcome WHERE job_id=?", with == With::output ? ", result" : ""), key);
  if (const auto* trouble = trouble_of(outcome)) return lost(*trouble);
  const auto& o = std::get<db::Rows>(outcome);
  if (!o.empty()) {
    OutcomeRow row;
    row.job = id;
    row.state = static_cast<JobState>(o.u64(0, 0));
    row.reason = static_cast<Reason>(o.u64(0, 1));
    row.end.attempt = {id, static_cast<std::uint32_t>(o.u64(0, 2))};
    row.end.kind = row.state == JobState::done ? EndKind::succeeded : EndKind::failed;
    read_end(o, 0, 3, row.end, row.node);
    row.wall = wall(o, 0, 12);
    if (with == With::output) row.end.output = files_from(o.text(0, 13), o.text(0, 14));
    facts.outcome = std::move(row);
  }
  auto retried = link_->query("SELECT new_id FROM retried WHERE old_id=?", key);
  if (const auto* trouble = trouble_of(retried)) return lost(*trouble);
  if (const auto& r = std::get<db::Rows>(retried); !r.empty()) facts.retried_as = JobId{r.u64(0, 0)};
  return std::optional(std::move(facts));
}

Stored<JobId> MariadbStore::find_key(const std::string& client, const std::string& key) {
  if (auto away = ensure()) return *away;
  // Without a client: there are few clients, and each is one look by key.
  auto rows = client.empty()
                  ? link_->query("SELECT MAX(k.job_id) FROM (SELECT DISTINCT client FROM submit_key) c JOIN submit_key k "
                                 "ON k.client = c.client AND k.submit_key = ?", {key})
                  : link_->query("SELECT job_id FROM submit_key WHERE client=? AND submit_key=?", {client, key});
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(rows);
  return found.empty() ? JobId{} : JobId{found.u64(0, 0)};
}

Stored<ListPage> MariadbStore::list(const ListFilter& filter) {
  if (auto away = ensure()) return *away;
  const std::uint64_t before = filter.before ? filter.before.value : ~std::uint64_t{0};
  std::string from;
  std::string where = fmt::format("j.id < {}", before);
  std::vector<db::Value> values;
  const bool rare = filter.state && *filter.state != JobState::done;
  if (!filter.ids.empty()) {
    CADRE_ASSERT(filter.ids.size() <= ids_in_statement);
    CADRE_ASSERT(!filter.state);
    from = "job j LEFT JOIN outcome o ON o.job_id = j.id";
    where += fmt::format(" AND j.id IN ({})", list_of(filter.ids.begin(), filter.ids.end()));
  } else if (rare) {
    from = fmt::format("outcome_rare r JOIN job j ON j.id = r.job_id JOIN outcome o ON o.job_id = j.id");
    where = fmt::format("r.state = {} AND r.job_id < {}", static_cast<int>(*filter.state), before);
  } else if (!filter.batch.empty()) {
    from = "batch_range b JOIN job j ON j.id BETWEEN b.first_id AND b.last_id LEFT JOIN outcome o ON o.job_id = j.id";
    where += " AND b.batch = ?";
    values.emplace_back(filter.batch);
  } else {
    from = fmt::format("(SELECT id FROM job WHERE id < {} ORDER BY id DESC LIMIT {}) w JOIN job j ON j.id = w.id "
                       "LEFT JOIN outcome o ON o.job_id = j.id", before, filter.window);
  }
  if (filter.state == JobState::done) where += fmt::format(" AND o.state = {}", static_cast<int>(JobState::done));
  const auto equals = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    where += fmt::format(" AND j.{} = ?", column);
    values.emplace_back(value);
  };
  equals("queue", filter.queue);
  equals("engine", filter.engine);
  equals("batch", filter.batch);
  equals("client", filter.client);
  if (filter.not_retried) where += " AND NOT EXISTS (SELECT 1 FROM retried t WHERE t.old_id = j.id)";
  auto rows = link_->query(fmt::format("SELECT {}, o.state, o.reason, o.attempt, o.node, o.cause, o.code, o.message, o.started, o.ended, o.wall, o.peak_memory, o.cpu FROM {} WHERE {} "
                                       "ORDER BY {} DESC LIMIT {}", job_columns, from, where, rare ? "r.job_id" : "j.id", filter.limit), values);
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(rows);
  ListPage page;
  for (std::size_t i = 0; i < found.size(); ++i) {
    JobFacts facts = job_facts(found, i);
    const std::size_t c = job_column_count;
    if (!found.is_null(i, c)) {
      OutcomeRow row;
      row.job = facts.row.id;
      row.state = static_cast<JobState>(found.u64(i, c));
      row.reason = static_cast<Reason>(found.u64(i, c + 1));
      row.end.attempt = {row.job, static_cast<std::uint32_t>(found.u64(i, c + 2))};
      row.node = found.text(i, c + 3);
      row.end.cause = static_cast<Cause>(found.u64(i, c + 4));
      row.end.code = static_cast<std::int32_t>(found.i64(i, c + 5));
      row.end.message = found.text(i, c + 6);
      row.end.started = wall(found, i, c + 7);
      row.end.ended = wall(found, i, c + 8);
      row.wall = wall(found, i, c + 9);
      row.end.peak_memory = found.u64(i, c + 10);
      row.end.cpu = Duration{found.i64(i, c + 11)};
      row.end.kind = row.state == JobState::done ? EndKind::succeeded : EndKind::failed;
      facts.outcome = std::move(row);
    }
    page.jobs.push_back(std::move(facts));
  }
  if (page.jobs.size() == filter.limit) {
    page.looked_down_to = page.jobs.back().row.id;
  } else if (!rare && filter.batch.empty() && filter.ids.empty()) {
    auto lowest = link_->query(fmt::format("SELECT id FROM job WHERE id < {} ORDER BY id DESC LIMIT 1 OFFSET {}", before, filter.window - 1));
    if (const auto* trouble = trouble_of(lowest)) return lost(*trouble);
    if (const auto& l = std::get<db::Rows>(lowest); !l.empty()) page.looked_down_to = JobId{l.u64(0, 0)};
  }
  return page;
}

Stored<std::vector<std::pair<JobId, JobId>>> MariadbStore::batch_runs(const std::string& batch, JobId before, std::uint32_t limit) {
  if (auto away = ensure()) return *away;
  const std::uint64_t below = before ? before.value : ~std::uint64_t{0};
  auto rows = link_->query("SELECT first_id, last_id FROM batch_range WHERE batch=? AND first_id < ? ORDER BY first_id DESC LIMIT ?",
                           {batch, below, std::uint64_t{limit}});
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(rows);
  std::vector<std::pair<JobId, JobId>> runs;
  for (std::size_t i = 0; i < found.size(); ++i)
    runs.emplace_back(JobId{found.u64(i, 0)}, JobId{std::min(found.u64(i, 1), below - 1)});
  return runs;
}

}  // namespace cadre
