// Large payloads and results of jobs that stay (cleanup.keep_results): their blobs go, the facts that name them do not. Who
// reads such a fact afterwards finds no chunk, and says so (mariadb_blob.cpp).
#include <fmt/format.h>

#include "common/cleanup/purge_records.hpp"

namespace cadre::cleanup {

namespace {

// The job of a payload is known by its submit key, that of a result by its attempt.
constexpr std::size_t bodies_per_step = 64;

constexpr const char* blobs_behind =
    "SELECT b.id, b.job_id = 0, j.id, j.accepted_at, j.queue, j.engine, j.payload_blob, j.payload_bytes, o.state, o.at, o.result_blob, o.files, "
    "k.job_id IS NOT NULL, n.id IS NOT NULL AND no.job_id IS NULL FROM blob_owner b "
    "LEFT JOIN submit_key s ON b.job_id = 0 AND s.client = b.client AND s.submit_key = b.submit_key "
    "LEFT JOIN job j ON j.id = IF(b.job_id = 0, s.job_id, b.job_id) LEFT JOIN outcome o ON o.job_id = j.id "
    "LEFT JOIN kept k ON k.job_id = j.id LEFT JOIN retried r ON r.old_id = j.id LEFT JOIN job n ON n.id = r.new_id "
    "LEFT JOIN outcome no ON no.job_id = n.id WHERE b.id > ? ORDER BY b.id LIMIT ?";

ServiceTime service(std::int64_t microseconds) { return ServiceTime{Duration{microseconds}}; }

struct BlobSeen {
  BlobId id;
  JobSeen job;             // no id: none is known, and it stays for the walk over orphans
  ServiceTime written{};   // about: when its job was accepted, or ended
};

BlobSeen blob_of(const db::Rows& rows, std::size_t i) {
  BlobSeen blob;
  blob.id = BlobId{rows.u64(i, 0)};
  const bool payload = rows.i64(i, 1) != 0, ended = !rows.is_null(i, 8);
  if (rows.is_null(i, 2) || !ended || rows.u64(i, payload ? 6 : 10) != blob.id.value) return blob;
  blob.job.id = JobId{rows.u64(i, 2)};
  blob.job.accepted = service(rows.i64(i, 3));
  blob.job.queue = rows.text(i, 4);
  blob.job.engine = rows.text(i, 5);
  blob.job.bytes = payload ? rows.u64(i, 7) : result_bytes(rows.text(i, 11));
  blob.job.ended_as = static_cast<JobState>(rows.u64(i, 8));
  blob.job.ended = service(rows.i64(i, 9));
  blob.job.kept = rows.i64(i, 12) != 0;
  blob.job.reached = rows.i64(i, 13) != 0;
  blob.written = payload ? blob.job.accepted : blob.job.ended;
  return blob;
}

}  // namespace

// Blobs in order of id, which grow with the time of their writing: the walk ends at the first that was written too lately. The
// next turn finds what that passed by.
PurgeRecords::Step PurgeRecords::purge_bodies() {
  const auto shortest = retention_.shortest_results();
  if (!shortest) return phase_ = Phase::keys, Done{};
  auto found = link_.query(blobs_behind, {place_.number, limits_.rows_max});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  std::vector<BlobId> blobs;
  std::vector<JobId> jobs;
  std::uint64_t bytes = 0, last = place_.number;
  bool young = false;
  for (std::size_t i = 0; i < rows.size() && !young && blobs.size() < bodies_per_step && bytes < limits_.bytes_max; ++i) {
    const BlobSeen blob = blob_of(rows, i);
    young = blob.job.id && now_ - blob.written < *shortest;
    last = blob.id.value;
    if (!blob.job.id || !sheds_bodies(blob.job, retention_, now_)) continue;
    blobs.push_back(blob.id);
    jobs.push_back(blob.job.id);
    bytes += blob.job.bytes;
  }
  if (!blobs.empty() && !dry()) {
    auto done = delete_bodies(blobs, jobs);
    if (trouble_of(done) != nullptr || turn_lost_) return done;
  }
  counts_.rows["results"] += blobs.size();
  counts_.bytes += bytes;
  const bool all_seen = rows.size() < limits_.rows_max && (rows.empty() || last == rows.u64(rows.size() - 1, 0));
  place_.number = last;
  if (!young && !all_seen) return Done{};
  phase_ = Phase::keys;
  place_ = {};
  return Done{};
}

// The jobs' rows are locked before it is asked again what people want of them.
PurgeRecords::Step PurgeRecords::delete_bodies(const std::vector<BlobId>& blobs, const std::vector<JobId>& jobs) {
  std::string ids;
  for (const JobId job : jobs) ids += fmt::format("{}{}", ids.empty() ? "" : ",", job.value);
  db::Column names;
  for (const BlobId blob : blobs) names.u64.push_back(blob.value);
  return guarded([&]() -> Step {
    auto locked = link_.query("SELECT id FROM job WHERE id IN (" + ids + ") FOR UPDATE");
    if (const auto* trouble = trouble_of(locked)) return *trouble;
    for (const JobId job : jobs) {
      auto wanted = put_off_if_wanted(job, job);
      if (trouble_of(wanted) != nullptr) return wanted;
    }
    for (const char* sql : {"DELETE FROM blob_chunk WHERE blob_id = ?", "DELETE FROM blob_owner WHERE id = ?"}) {
      auto done = bulk(sql, {names}, blobs.size());
      if (trouble_of(done) != nullptr) return done;
    }
    return Done{};
  });
}

}  // namespace cadre::cleanup
