// What people ask about one job, and bodies fetched again: all by key.
#include <algorithm>

#include <fmt/format.h>

#include "broker/store/columns.hpp"
#include "broker/store/mariadb_store.hpp"
#include "broker/store/rows.hpp"

namespace cadre {

namespace {

constexpr std::size_t ids_in_statement = ListFilter::ids_max;

}  // namespace

Stored<std::vector<std::pair<JobId, BodyPtr>>> MariadbStore::bodies(const std::vector<JobId>& jobs) {
  if (auto away = ensure()) return *away;
  std::vector<std::pair<JobId, BodyPtr>> found;
  for (std::size_t first = 0; first < jobs.size(); first += ids_in_statement) {
    const auto from = jobs.begin() + static_cast<std::ptrdiff_t>(first);
    const auto to = jobs.begin() + static_cast<std::ptrdiff_t>(std::min(jobs.size(), first + ids_in_statement));
    auto found_rows = link_->query("SELECT id, params, payload, payload_blob FROM job WHERE id IN (" + rows::list_of(from, to) + ")");
    if (const auto* trouble = trouble_of(found_rows)) return lost(*trouble);
    const auto& r = std::get<db::Rows>(found_rows);
    for (std::size_t i = 0; i < r.size(); ++i) {
      auto payload = bytes_or_blob(r.text(i, 2), BlobId{r.u64(i, 3)});
      if (const auto* trouble = trouble_of(payload)) return lost(*trouble);
      auto& bytes = std::get<std::optional<std::string>>(payload);
      if (bytes) found.emplace_back(JobId{r.u64(i, 0)}, std::make_shared<Body>(Body{r.text(i, 1), *std::move(bytes)}));
    }
  }
  return found;
}

Stored<std::optional<JobFacts>> MariadbStore::facts(JobId id, With with) {
  if (auto away = ensure()) return *away;
  const std::vector<db::Value> key{id.value};
  auto found_rows = link_->query(fmt::format("SELECT {}{} FROM job j WHERE id=?", rows::job_columns, with == With::body ? ", j.params, j.payload, j.payload_blob" : ""), key);
  if (const auto* trouble = trouble_of(found_rows)) return lost(*trouble);
  const auto& job = std::get<db::Rows>(found_rows);
  if (job.empty()) return std::optional<JobFacts>{};
  JobFacts facts = rows::job_facts(job, 0);
  if (with == With::body) {
    constexpr std::size_t params = rows::job_column_count, payload = params + 1, blob = params + 2;
    auto bytes = bytes_or_blob(job.text(0, payload), BlobId{job.u64(0, blob)});
    if (const auto* trouble = trouble_of(bytes)) return lost(*trouble);
    auto& there = std::get<std::optional<std::string>>(bytes);
    facts.payload_gone = !there;
    facts.row.request.body = std::make_shared<Body>(Body{job.text(0, params), std::move(there).value_or("")});
  }
  if (!facts.row.first.node.empty())
    facts.attempts.push_back({{{id, 1}, facts.row.first, facts.row.accepted_at, facts.row.accepted_wall}, std::nullopt});

  auto attempts = link_->query("SELECT number, node, session, at, wall FROM attempt WHERE job_id=? ORDER BY number", key);
  if (const auto* trouble = trouble_of(attempts)) return lost(*trouble);
  const auto& a = std::get<db::Rows>(attempts);
  for (std::size_t i = 0; i < a.size(); ++i)
    facts.attempts.push_back({{{id, static_cast<std::uint32_t>(a.u64(i, 0))}, {a.text(i, 1), SessionId{a.u64(i, 2)}},
                               ServiceTime{Duration{a.i64(i, 3)}}, rows::wall(a, i, 4)}, std::nullopt});

  auto ends = link_->query("SELECT number, kind, cause, code, message, node, started, ended, peak_memory, cpu, stderr, retry_after, wall "
                           "FROM attempt_end WHERE job_id=?", key);
  if (const auto* trouble = trouble_of(ends)) return lost(*trouble);
  const auto& e = std::get<db::Rows>(ends);
  for (std::size_t i = 0; i < e.size(); ++i) {
    AttemptEndRow row;
    row.end.attempt = {id, static_cast<std::uint32_t>(e.u64(i, 0))};
    row.end.kind = static_cast<EndKind>(e.u64(i, 1));
    rows::read_end(e, i, 2, row.end, row.node);
    row.retry_after = Duration{e.i64(i, 11)};
    row.wall = rows::wall(e, i, 12);
    for (AttemptFact& fact : facts.attempts)
      if (fact.row.attempt == row.end.attempt) fact.end = row;
  }

  auto outcome = link_->query(fmt::format("SELECT state, reason, attempt, cause, code, message, node, started, ended, peak_memory, cpu, stderr, wall, files{} "
                                          "FROM outcome WHERE job_id=?", with == With::output ? ", result, result_blob" : ""), key);
  if (const auto* trouble = trouble_of(outcome)) return lost(*trouble);
  const auto& o = std::get<db::Rows>(outcome);
  if (!o.empty()) {
    OutcomeRow row;
    row.job = id;
    row.state = static_cast<JobState>(o.u64(0, 0));
    row.reason = static_cast<Reason>(o.u64(0, 1));
    row.end.attempt = {id, static_cast<std::uint32_t>(o.u64(0, 2))};
    row.end.kind = row.state == JobState::done ? EndKind::succeeded : EndKind::failed;
    rows::read_end(o, 0, 3, row.end, row.node);
    row.wall = rows::wall(o, 0, 12);
    if (with == With::output) {
      auto bytes = bytes_or_blob(o.text(0, 14), BlobId{o.u64(0, 15)});
      if (const auto* trouble = trouble_of(bytes)) return lost(*trouble);
      const auto& there = std::get<std::optional<std::string>>(bytes);
      facts.result_gone = !there;
      if (there) row.end.output = files_from(o.text(0, 13), *there);
    }
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
  auto found_rows = client.empty()
                  ? link_->query("SELECT MAX(k.job_id) FROM (SELECT DISTINCT client FROM submit_key) c JOIN submit_key k "
                                 "ON k.client = c.client AND k.submit_key = ?", {key})
                  : link_->query("SELECT job_id FROM submit_key WHERE client=? AND submit_key=?", {client, key});
  if (const auto* trouble = trouble_of(found_rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(found_rows);
  return found.empty() ? JobId{} : JobId{found.u64(0, 0)};
}

}  // namespace cadre
