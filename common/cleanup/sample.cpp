#include "common/cleanup/sample.hpp"

#include <algorithm>

#include "common/base/mix.hpp"

namespace cadre::cleanup {

namespace {

// A stretch of ids of one term, both ends are jobs; when the first was accepted.
struct Stretch {
  std::uint64_t first = 0, last = 0;
  ServiceTime first_at{};
  std::uint64_t length() const { return last - first + 1; }
};

struct Found {
  std::uint64_t id = 0;
  ServiceTime at{};
};

constexpr std::uint64_t first_of_term(std::uint64_t id) { return id >> JobId::sequence_bits << JobId::sequence_bits; }

db::Outcome<std::optional<Found>> one_job(db::Link& link, const char* sql, std::uint64_t bound) {
  auto found = link.query(sql, {bound});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty()) return std::optional<Found>{};
  return std::optional(Found{rows.u64(0, 0), ServiceTime{Duration{rows.i64(0, 1)}}});
}

constexpr const char* first_from = "SELECT id, accepted_at FROM job WHERE id >= ? ORDER BY id LIMIT 1";
constexpr const char* last_below = "SELECT id, accepted_at FROM job WHERE id < ? ORDER BY id DESC LIMIT 1";

// From the newest term down.
db::Outcome<std::vector<Stretch>> stretches(db::Link& link, std::size_t terms_max) {
  std::vector<Stretch> all;
  for (std::uint64_t below = UINT64_MAX; all.size() <= terms_max;) {
    auto last = one_job(link, last_below, below);
    if (const auto* trouble = trouble_of(last)) return *trouble;
    const auto& end = std::get<0>(last);
    if (!end) break;
    below = all.size() == terms_max ? 0 : first_of_term(end->id);
    auto first = one_job(link, first_from, below);
    if (const auto* trouble = trouble_of(first)) return *trouble;
    const auto& begin = std::get<0>(first);
    if (!begin) break;  // it has just been purged
    all.push_back({begin->id, end->id, begin->at});
  }
  return all;
}

// The part of them in which all was accepted at `since` or later; about, since a clock that stands for a moment gives many
// jobs one time.
db::Outcome<std::vector<Stretch>> younger(db::Link& link, std::vector<Stretch> all, ServiceTime since) {
  std::vector<Stretch> young;
  for (Stretch& one : all) {
    if (one.first_at >= since) {
      young.push_back(one);
      continue;
    }
    std::uint64_t old = one.first, low = one.first + 1, high = one.last + 1;  // the first young one lies in [low, high]
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      auto found = one_job(link, first_from, middle);
      if (const auto* trouble = trouble_of(found)) return *trouble;
      const auto& job = std::get<0>(found);
      if (!job || job->id > one.last || job->at >= since) high = middle;
      else old = job->id, low = old + 1;
    }
    if (low <= one.last) young.push_back({low, one.last, since});
    break;  // the terms below are older
  }
  return young;
}

// What InnoDB needs for a value: it stands in the row, or fills pages of its own.
std::uint64_t stored(std::uint64_t bytes) {
  constexpr std::uint64_t in_row_max = 8'000, page = 16'384, page_holds = page - 54;  // as in store.hpp: blob_chunk_bytes
  return bytes <= in_row_max ? bytes : (bytes + page_holds - 1) / page_holds * page;
}

constexpr std::uint64_t rows_of_a_job = 500;  // job, attempt and outcome without what people put in

constexpr const char* jobs_between =
    "SELECT j.id, j.queue, j.engine, j.accepted_at, j.payload_bytes, CAST(LENGTH(j.params) AS UNSIGNED), o.state, o.at, o.files, CAST(LENGTH(o.stderr) AS UNSIGNED), k.job_id IS NOT NULL, j.payload_blob, o.result_blob "
    "FROM job j LEFT JOIN outcome o ON o.job_id = j.id LEFT JOIN kept k ON k.job_id = j.id WHERE j.id BETWEEN ? AND ? ORDER BY j.id LIMIT ?";

SampledJob job_of(const db::Rows& rows, std::size_t i, ServiceTime now) {
  SampledJob job;
  job.queue = rows.text(i, 1);
  job.engine = rows.text(i, 2);
  job.age = now - ServiceTime{Duration{rows.i64(i, 3)}};
  job.bytes = rows_of_a_job + stored(rows.u64(i, 4)) + stored(rows.u64(i, 5));
  if (rows.u64(i, 11) != 0) job.large += stored(rows.u64(i, 4));
  if (!rows.is_null(i, 6)) {
    job.ended_as = static_cast<JobState>(rows.u64(i, 6));
    job.ended_ago = now - ServiceTime{Duration{rows.i64(i, 7)}};
    const std::uint64_t result = stored(result_bytes(rows.text(i, 8)));
    job.bytes += result + stored(rows.u64(i, 9));
    if (rows.u64(i, 12) != 0) job.large += result;
  }
  job.kept = rows.i64(i, 10) != 0;
  return job;
}

// From a place in the piece on, always the same one: so that not each begins with the first jobs of a term.
std::optional<db::Trouble> read_piece(db::Link& link, std::uint64_t first, std::uint64_t last, std::uint64_t in_a_row, ServiceTime now,
                                      std::vector<SampledJob>& jobs) {
  const std::uint64_t length = last - first + 1;
  const std::uint64_t from = length <= 4 * in_a_row ? first : first + mix(first, last) % (length / 2);
  const std::uint64_t wanted = length <= 4 * in_a_row ? length : in_a_row;
  auto found = link.query(jobs_between, {from, last, wanted});
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  if (rows.empty()) return std::nullopt;
  const std::uint64_t end = rows.size() < wanted ? last : rows.u64(rows.size() - 1, 0);
  const double stands_for = static_cast<double>(length) / static_cast<double>(end - from + 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    jobs.push_back(job_of(rows, i, now));
    jobs.back().stands_for = stands_for;
  }
  return std::nullopt;
}

db::Outcome<std::vector<SampledJob>> sample(db::Link& link, const std::vector<Stretch>& all, const SampleLimits& limits, ServiceTime now) {
  std::uint64_t sum = 0;
  for (const Stretch& one : all) sum += one.length();
  std::vector<SampledJob> jobs;
  for (const Stretch& one : all) {
    const auto share = static_cast<std::uint64_t>(static_cast<double>(limits.pieces) * static_cast<double>(one.length()) / static_cast<double>(sum));
    const std::uint64_t pieces = std::clamp<std::uint64_t>(share, 1, one.length());
    const std::uint64_t size = one.length() / pieces, longer = one.length() % pieces;  // the first ones have one more
    for (std::uint64_t i = 0; i < pieces; ++i) {
      const std::uint64_t first = one.first + i * size + std::min(i, longer), last = first + size - (i < longer ? 0 : 1);
      if (auto trouble = read_piece(link, first, last, limits.jobs_in_a_row, now, jobs)) return *trouble;
    }
  }
  return jobs;
}

std::optional<db::Trouble> read_tables(db::Link& link, Growth& growth) {
  auto found = link.query(
      "SELECT table_name, CAST(data_length + index_length AS UNSIGNED), CAST(table_rows AS UNSIGNED) FROM information_schema.tables "
      "WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& rows = std::get<db::Rows>(found);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& table = rows.text(i, 0);
    const bool of_jobs = table == "job" || table.starts_with("attempt") || table.starts_with("outcome") || table.starts_with("blob") || table == "retried" ||
                         table == "batch_range" || table == "queue_block";
    (of_jobs ? growth.job_bytes : table == "submit_key" ? growth.key_bytes : growth.other_bytes) += rows.u64(i, 1);
    if (table == "submit_key") growth.keys = rows.u64(i, 2);
  }
  return std::nullopt;
}

}  // namespace

db::Outcome<Growth> read_growth(db::Link& link, const SampleLimits& limits) {
  Growth growth;
  auto clock = link.query("SELECT service_time FROM cluster");
  if (const auto* trouble = trouble_of(clock)) return *trouble;
  if (std::get<db::Rows>(clock).empty()) return db::Trouble{db::Kind::missing, 0, "the schema has no cluster row; `cadre db init` makes it"};
  const ServiceTime now{Duration{std::get<db::Rows>(clock).i64(0, 0)}};
  const Duration service = now - ServiceTime{};
  growth.window = service < window_min ? Duration{} : std::min(limits.window, service);
  if (auto trouble = read_tables(link, growth)) return *trouble;
  auto all = stretches(link, limits.terms_max);
  if (const auto* trouble = trouble_of(all)) return *trouble;
  auto young = younger(link, std::get<0>(all), now - growth.window);
  if (const auto* trouble = trouble_of(young)) return *trouble;
  auto jobs = sample(link, std::get<0>(all), limits, now);
  if (const auto* trouble = trouble_of(jobs)) return *trouble;
  growth.all = std::get<0>(std::move(jobs));
  auto recent = sample(link, std::get<0>(young), limits, now);
  if (const auto* trouble = trouble_of(recent)) return *trouble;
  growth.recent = std::get<0>(std::move(recent));
  return growth;
}

}  // namespace cadre::cleanup
