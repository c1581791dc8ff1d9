#include "common/cleanup/purge_records.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cadre::cleanup {

namespace {

db::Column numbers(std::vector<std::uint64_t> values) {
  db::Column column;
  column.u64 = std::move(values);
  return column;
}

ServiceTime service(std::int64_t microseconds) { return ServiceTime{Duration{microseconds}}; }

constexpr const char* jobs_behind =
    "SELECT j.id, j.accepted_at, j.queue, j.engine, j.payload_bytes, j.payload_blob, o.state, o.at, o.result_blob, o.files, "
    "k.job_id IS NOT NULL, n.id IS NOT NULL AND no.job_id IS NULL FROM job j "
    "LEFT JOIN outcome o ON o.job_id = j.id LEFT JOIN kept k ON k.job_id = j.id LEFT JOIN retried r ON r.old_id = j.id "
    "LEFT JOIN job n ON n.id = r.new_id LEFT JOIN outcome no ON no.job_id = n.id WHERE j.id > ? ORDER BY j.id LIMIT ?";

constexpr const char* kept_between = "SELECT 1 FROM kept WHERE job_id BETWEEN ? AND ? LIMIT 1";
constexpr const char* repeated_between =
    "SELECT 1 FROM retried r JOIN job n ON n.id = r.new_id LEFT JOIN outcome o ON o.job_id = n.id WHERE r.old_id BETWEEN ? AND ? AND o.job_id IS NULL LIMIT 1";

std::vector<JobSeen> jobs_of(const db::Rows& rows) {
  std::vector<JobSeen> jobs;
  jobs.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    JobSeen job;
    job.id = JobId{rows.u64(i, 0)};
    job.accepted = service(rows.i64(i, 1));
    job.queue = rows.text(i, 2);
    job.engine = rows.text(i, 3);
    job.bytes = rows.u64(i, 4);
    if (const BlobId blob{rows.u64(i, 5)}) job.blobs.push_back(blob);
    if (!rows.is_null(i, 6)) {
      job.ended_as = static_cast<JobState>(rows.u64(i, 6));
      job.ended = service(rows.i64(i, 7));
      if (const BlobId blob{rows.u64(i, 8)}) job.blobs.push_back(blob);
      job.bytes += result_bytes(rows.text(i, 9));
    }
    job.kept = rows.i64(i, 10) != 0;
    job.reached = rows.i64(i, 11) != 0;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace

PurgeRecords::PurgeRecords(db::Link& link, std::optional<db::Turn> turn, Retention retention, PurgeLimits limits)
    : link_(link), turn_(std::move(turn)), retention_(std::move(retention)), limits_(limits), jobs_per_step_(limits.jobs_max) {}

std::string_view PurgeRecords::phase() const {
  switch (phase_) {
    case Phase::begin: return "begin";
    case Phase::jobs: return "jobs";
    case Phase::bodies: return "payloads and results";
    case Phase::keys: return "submit keys";
    case Phase::batches: return "batches";
    case Phase::queues: return "queues";
    case Phase::blobs: return "orphan blobs";
    case Phase::runs: return "earlier turns";
    case Phase::over: return "over";
  }
  return "";
}

db::Outcome<PurgeRecords::Went> PurgeRecords::step() {
  Step done = Done{};
  switch (phase_) {
    case Phase::begin: done = begin(); break;
    case Phase::jobs: done = purge_jobs(); break;
    case Phase::bodies: done = purge_bodies(); break;
    case Phase::keys: done = purge_keys(); break;
    case Phase::batches: done = purge_batches(); break;
    case Phase::queues: done = purge_queues(); break;
    case Phase::blobs: done = purge_blobs(); break;
    case Phase::runs: done = purge_runs(); break;
    case Phase::over: return Went::over;
  }
  if (turn_lost_) return Went::turn_lost;
  if (const auto* trouble = trouble_of(done)) {
    if (trouble->kind != db::Kind::again) return *trouble;
    jobs_per_step_ = std::max(limits_.jobs_min, jobs_per_step_ / 2);
    ++counts_.retries;
    return Went::again;
  }
  ++counts_.steps;
  jobs_per_step_ = std::min(limits_.jobs_max, jobs_per_step_ + limits_.jobs_max / 20);
  return phase_ == Phase::over ? Went::over : Went::on;
}

// The epoch is read before any fact: what a broker of an earlier one has not written by now, it never will.
PurgeRecords::Step PurgeRecords::begin() {
  auto found = link_.query("SELECT (SELECT service_time FROM cluster), (SELECT epoch FROM lease WHERE resource = 'broker')");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty() || rows.is_null(0, 0) || rows.is_null(0, 1))
    return db::Trouble{db::Kind::missing, 0, "the schema has no cluster row or no lease 'broker'; nothing is deleted. `cadre db init` makes them"};
  now_ = service(rows.i64(0, 0));
  epoch_ = rows.u64(0, 1);
  phase_ = Phase::jobs;
  return Done{};
}

PurgeRecords::Step PurgeRecords::purge_jobs() {
  const std::uint64_t look = 2 * jobs_per_step_;
  auto found = link_.query(jobs_behind, {after_.value, look});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto jobs = jobs_of(std::get<db::Rows>(found));
  const Plan next = plan(jobs, retention_, now_, jobs_per_step_, limits_.bytes_max);
  if (next.count() > 0 && !dry()) {
    auto done = delete_jobs(next);
    if (trouble_of(done) != nullptr || turn_lost_) return done;
  }
  if (dry()) list(jobs, next);
  for (const auto& [state, count] : next.jobs) counts_.rows[std::string(to_string(state))] += count;
  for (const auto& [fate, count] : next.stay) counts_.stay[std::string(to_string(fate))] += count;
  counts_.bytes += next.bytes;
  if (next.next_after) after_ = next.next_after;
  const bool all_seen = jobs.size() < look && (jobs.empty() || next.next_after == jobs.back().id);
  if (next.over || all_seen) phase_ = Phase::bodies;
  return Done{};
}

void PurgeRecords::list(const std::vector<JobSeen>& jobs, const Plan& plan) {
  for (const JobSeen& job : jobs) {
    if (plan.next_after < job.id || counts_.listed.size() >= limits_.listed_max) return;
    if (fate_of(job, retention_, now_) != Fate::goes) continue;
    counts_.listed.push_back({job.id, *job.ended_as, job.queue, job.engine, now_ - job.ended, retention_.word_for(*job.ended_as, job.queue, job.engine), job.bytes});
  }
}

// The turn first, then the jobs while their outcomes are there (trigger open_jobs_stay), then all that hangs on them. A
// person may say "keep", or run a job again, at any moment: that takes a lock on the job's row (office.cpp,
// mariadb_relations.cpp), so either it comes before our DELETE and is seen here, or it finds no job.
PurgeRecords::Step PurgeRecords::delete_jobs(const Plan& plan) {
  std::vector<std::uint64_t> first, last, blobs;
  for (const Run& run : plan.runs) {
    first.push_back(run.first.value);
    last.push_back(run.last.value);
  }
  for (const BlobId blob : plan.blobs) blobs.push_back(blob.value);
  const std::vector<db::Column> runs{numbers(first), numbers(last)}, names{numbers(blobs)};
  return guarded([&]() -> Step {
    std::uint64_t removed = 0;
    auto jobs = bulk("DELETE FROM job WHERE id BETWEEN ? AND ?", runs, first.size(), &removed);
    if (trouble_of(jobs) != nullptr) return jobs;
    if (removed != plan.count())
      return db::Trouble{db::Kind::again, 0, fmt::format("{} jobs were to go, {} went: somebody else deletes here", plan.count(), removed)};
    for (const Run& run : plan.runs) {
      auto wanted = put_off_if_wanted(run.first, run.last);
      if (trouble_of(wanted) != nullptr) return wanted;
    }
    for (const char* sql : {"DELETE FROM attempt WHERE job_id BETWEEN ? AND ?", "DELETE FROM attempt_end WHERE job_id BETWEEN ? AND ?",
                            "DELETE FROM outcome WHERE job_id BETWEEN ? AND ?", "DELETE FROM retried WHERE old_id BETWEEN ? AND ?",
                            "DELETE FROM outcome_rare WHERE state = 4 AND job_id BETWEEN ? AND ?",
                            "DELETE FROM outcome_rare WHERE state = 5 AND job_id BETWEEN ? AND ?"}) {
      auto done = bulk(sql, runs, first.size());
      if (trouble_of(done) != nullptr) return done;
    }
    for (const char* sql : {"DELETE FROM blob_chunk WHERE blob_id = ?", "DELETE FROM blob_owner WHERE id = ?"}) {
      auto done = bulk(sql, names, blobs.size());
      if (trouble_of(done) != nullptr) return done;
    }
    return Done{};
  });
}

// Behind a lock on the jobs' rows, which whoever keeps a job or runs it again takes too.
PurgeRecords::Step PurgeRecords::put_off_if_wanted(JobId first, JobId last) {
  for (const char* sql : {kept_between, repeated_between}) {
    auto wanted = link_.query(sql, {first.value, last.value});
    if (const auto* trouble = trouble_of(wanted)) return *trouble;
    if (!std::get<db::Rows>(wanted).empty()) return db::Trouble{db::Kind::again, 0, "one of the jobs is to be kept, or is repeated, since a moment ago"};
  }
  return Done{};
}

PurgeRecords::Step PurgeRecords::guarded(const std::function<Step()>& body) {
  return link_.transaction([&]() -> Step {
    auto ours = db::still_ours(link_, *turn_);
    if (const auto* trouble = trouble_of(ours)) return *trouble;
    turn_lost_ = !std::get<bool>(ours);
    if (turn_lost_) return db::Trouble{db::Kind::wrong, 0, "the turn is another's"};
    return body();
  });
}

PurgeRecords::Step PurgeRecords::bulk(const char* sql, const std::vector<db::Column>& columns, std::size_t rows, std::uint64_t* removed) {
  auto done = link_.bulk(sql, columns, rows);
  if (const auto* trouble = trouble_of(done)) return *trouble;
  if (removed != nullptr) *removed += std::get<std::uint64_t>(done);
  return Done{};
}

}  // namespace cadre::cleanup
