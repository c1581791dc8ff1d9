// Start: what is open, found without looking at what is kept. The newest checkpoint names the ids that were open when
// it was written; only those and the ids above it are examined (architecture: start must not cost what is kept).
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "broker/store/columns.hpp"
#include "broker/store/mariadb_store.hpp"

namespace cadre {

namespace {

constexpr std::size_t ranges_in_statement = 200;
constexpr std::size_t ids_in_statement = 1000;

constexpr const char* open_columns =
    "j.id, j.client, j.engine, j.queue, j.priority, j.attempts_max, j.backoff, j.time_limit, j.stall_limit, j.memory_limit, "
    "j.not_before, j.not_after, j.first_node, j.first_session, LENGTH(j.params) + j.payload_bytes";

OpenJob open_job(const db::Rows& rows, std::size_t i) {
  OpenJob job;
  job.id = JobId{rows.u64(i, 0)};
  job.client = rows.text(i, 1);
  job.request.engine = rows.text(i, 2);
  job.request.queue = rows.text(i, 3);
  job.request.priority = static_cast<int>(rows.i64(i, 4));
  job.request.attempts_max = static_cast<std::uint32_t>(rows.u64(i, 5));
  job.request.backoff = Duration{rows.i64(i, 6)};
  job.request.time_limit = Duration{rows.i64(i, 7)};
  job.request.stall_limit = Duration{rows.i64(i, 8)};
  job.request.memory_limit = rows.u64(i, 9);
  job.request.not_before = WallTime{Duration{rows.i64(i, 10)}};
  job.request.not_after = WallTime{Duration{rows.i64(i, 11)}};
  job.body_bytes = rows.u64(i, 14);
  if (!rows.text(i, 12).empty()) {
    job.attempt = job.tries = 1;
    job.leased = true;
    job.holder = {rows.text(i, 12), SessionId{rows.u64(i, 13)}};
  }
  return job;
}

}  // namespace

db::Outcome<Done> MariadbStore::read_checkpoint() {
  checkpoint_.emplace();
  auto rows = link_->query("SELECT upto, open FROM checkpoint ORDER BY upto DESC LIMIT 1");
  if (const auto* trouble = trouble_of(rows)) return *trouble;
  const auto& found = std::get<db::Rows>(rows);
  if (found.empty()) return Done{};
  checkpoint_->upto = JobId{found.u64(0, 0)};
  checkpoint_->open = open_ranges_from(found.text(0, 1));
  return Done{};
}

Stored<std::vector<OpenJob>> MariadbStore::load_open(JobId after, std::uint32_t limit) {
  if (auto away = ensure()) return *away;
  if (!checkpoint_ || !after) {
    auto read = read_checkpoint();
    if (const auto* trouble = trouble_of(read)) return lost(*trouble);
  }
  std::vector<OpenJob> jobs;
  JobId reached = after;
  while (jobs.size() < limit) {
    // The next ranges to look at: what the checkpoint left open, then everything above it.
    std::string where;
    JobId last;
    std::size_t count = 0;
    for (const auto& [from, to] : checkpoint_->open) {
      if (to <= reached || count == ranges_in_statement) continue;
      where += fmt::format("{}j.id BETWEEN {} AND {}", count++ == 0 ? "" : " OR ", std::max(from.value, reached.value + 1), to.value);
      last = to;
    }
    const bool above = count == 0;
    if (above) where = fmt::format("j.id > {}", std::max(reached, checkpoint_->upto).value);
    auto rows = link_->query(fmt::format("SELECT {} FROM job j LEFT JOIN outcome o ON o.job_id = j.id WHERE o.job_id IS NULL AND ({}) "
                                         "ORDER BY j.id LIMIT {}", open_columns, where, limit - jobs.size()));
    if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
    const auto& found = std::get<db::Rows>(rows);
    for (std::size_t i = 0; i < found.size(); ++i) jobs.push_back(open_job(found, i));
    if (jobs.size() >= limit || above) break;
    reached = last;
  }
  auto added = add_attempts(jobs);
  if (const auto* trouble = trouble_of(added)) return lost(*trouble);
  if (jobs.size() < limit) checkpoint_.reset();
  return jobs;
}

// Which attempts these jobs have had, and how those ended.
db::Outcome<Done> MariadbStore::add_attempts(std::vector<OpenJob>& jobs) {
  for (std::size_t first = 0; first < jobs.size(); first += ids_in_statement) {
    const std::size_t last = std::min(jobs.size(), first + ids_in_statement);
    std::string ids;
    std::map<std::uint64_t, OpenJob*> by_id;
    for (std::size_t i = first; i < last; ++i) {
      ids += fmt::format("{}{}", i == first ? "" : ",", jobs[i].id.value);
      by_id[jobs[i].id.value] = &jobs[i];
    }
    auto attempts = link_->query("SELECT job_id, number, node, session FROM attempt WHERE job_id IN (" + ids + ") ORDER BY job_id, number");
    if (const auto* trouble = trouble_of(attempts)) return *trouble;
    const auto& a = std::get<db::Rows>(attempts);
    for (std::size_t i = 0; i < a.size(); ++i) {
      OpenJob& job = *by_id.at(a.u64(i, 0));
      job.attempt = static_cast<std::uint32_t>(a.u64(i, 1));
      job.holder = {a.text(i, 2), SessionId{a.u64(i, 3)}};
      job.leased = true;
      ++job.tries;
    }
    auto ends = link_->query("SELECT job_id, number, kind, cause FROM attempt_end WHERE job_id IN (" + ids + ")");
    if (const auto* trouble = trouble_of(ends)) return *trouble;
    const auto& e = std::get<db::Rows>(ends);
    for (std::size_t i = 0; i < e.size(); ++i) {
      OpenJob& job = *by_id.at(e.u64(i, 0));
      const auto kind = static_cast<EndKind>(e.u64(i, 2));
      const auto cause = static_cast<Cause>(e.u64(i, 3));
      if (kind == EndKind::not_started || cause == Cause::engine_broken) --job.tries;
      if (cause == Cause::node_lost) ++job.deaths;
      if (e.u64(i, 1) == job.attempt) job.leased = false;
    }
  }
  return Done{};
}

Stored<std::vector<NodeRow>> MariadbStore::load_nodes() {
  if (auto away = ensure()) return *away;
  auto rows = link_->query("SELECT name, cordoned FROM node");
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(rows);
  std::vector<NodeRow> nodes;
  for (std::size_t i = 0; i < found.size(); ++i) nodes.push_back({found.text(i, 0), found.i64(i, 1) != 0});
  return nodes;
}

Stored<Restored> MariadbStore::load_restored() {
  if (auto away = ensure()) return *away;
  auto backups = link_->query("SELECT upto, below FROM restored ORDER BY upto");
  if (const auto* trouble = trouble_of(backups)) return lost(*trouble);
  auto missing = link_->query("SELECT job_id, number, node, kind, wall FROM missing ORDER BY job_id, number");
  if (const auto* trouble = trouble_of(missing)) return lost(*trouble);
  Restored restored;
  const auto& b = std::get<db::Rows>(backups);
  for (std::size_t i = 0; i < b.size(); ++i) restored.backups.push_back({JobId{b.u64(i, 0)}, Epoch{b.u64(i, 1)}});
  const auto& m = std::get<db::Rows>(missing);
  for (std::size_t i = 0; i < m.size(); ++i) {
    const auto kind = m.u64(i, 3);
    restored.missing.push_back({{JobId{m.u64(i, 0)}, static_cast<std::uint32_t>(m.u64(i, 1))}, m.text(i, 2),
                                kind == kind_of_running ? std::nullopt : std::optional{static_cast<EndKind>(kind)}, WallTime{Duration{m.i64(i, 4)}}});
  }
  return restored;
}

Stored<std::vector<KeyRow>> MariadbStore::load_keys() {
  if (auto away = ensure()) return *away;
  auto rows = link_->query("SELECT public_key, name, role, revoked, by_whom, wall, not_after FROM node_key ORDER BY name, public_key");
  if (const auto* trouble = trouble_of(rows)) return lost(*trouble);
  const auto& found = std::get<db::Rows>(rows);
  std::vector<KeyRow> keys;
  for (std::size_t i = 0; i < found.size(); ++i)
    keys.push_back({found.text(i, 0), found.text(i, 1), static_cast<Role>(found.u64(i, 2)), found.i64(i, 3) != 0, found.text(i, 4),
                    WallTime{Duration{found.i64(i, 5)}}, WallTime{Duration{found.i64(i, 6)}}});
  return keys;
}

}  // namespace cadre
