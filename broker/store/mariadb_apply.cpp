// Facts go in: one transaction a batch, guarded inside by the seat's epoch (guarantees.md R1), idempotent.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "broker/store/columns.hpp"
#include "broker/store/mariadb_store.hpp"
#include "common/base/assert.hpp"

namespace cadre {

namespace {

constexpr int tries_max = 8;            // deadlocks and lock waits: the whole transaction again (R4)
constexpr std::size_t key_chunk = 200;  // keys read back in one statement

template <class Items, class End>
void end_columns(Columns& c, const Items& items, End end) {
  c.u64(items, [&](const auto& r) { return static_cast<unsigned>(end(r).cause); });
  c.i64(items, [&](const auto& r) { return end(r).code; });
  c.text(items, [&](const auto& r) -> std::string_view { return end(r).message; });
  c.text(items, [&](const auto& r) -> std::string_view { return r.node; });
  c.i64(items, [&](const auto& r) { return micros(end(r).started); });
  c.i64(items, [&](const auto& r) { return micros(end(r).ended); });
  c.u64(items, [&](const auto& r) { return end(r).peak_memory; });
  c.i64(items, [&](const auto& r) { return end(r).cpu.count(); });
  c.text(items, [&](const auto& r) -> std::string_view { return end(r).stderr_tail; });
}

}  // namespace

Stored<Committed> MariadbStore::apply(Epoch epoch, const Batch& batch) {
  for (int tries = 0;; ++tries) {
    if (auto away = ensure()) return *away;
    Committed answer;
    bool fenced = false;
    auto done = link_->transaction([&]() -> db::Outcome<Done> {
      auto guard = link_->query("SELECT epoch, holder FROM lease WHERE resource='broker' LOCK IN SHARE MODE");
      if (const auto* trouble = trouble_of(guard)) return *trouble;
      const auto& row = std::get<db::Rows>(guard);
      if (row.empty() || row.u64(0, 0) != epoch.value) {
        fenced = true;
        fenced_by_ = row.empty() ? "nobody: the lease row is gone" : row.text(0, 1);
        return db::Trouble{db::Kind::wrong, 0, "fenced"};
      }
      if (!perhaps_written_) return write(batch, answer);
      auto left = without_gone(batch);
      if (const auto* trouble = trouble_of(left)) return *trouble;
      return write(std::get<Batch>(left), answer);
    });
    const auto* trouble = trouble_of(done);
    if (trouble == nullptr) {
      perhaps_written_ = false;
      return answer;
    }
    queue_blocks_.clear();  // what it wrote of them may have been rolled back
    if (fenced) return FencedOut{fenced_by_};
    if (trouble->kind == db::Kind::again && tries < tries_max) continue;
    perhaps_written_ = true;
    return lost(*trouble);
  }
}

// The batch was sent before, and nobody knows whether it was written. If it was, clean-up may have deleted jobs of it since
// (where a retention is shorter than the outage): what is said of those must not come back. The lock keeps others from being
// deleted until this batch is written.
db::Outcome<Batch> MariadbStore::without_gone(const Batch& batch) {
  std::set<JobId> named;
  for (const auto& row : batch.jobs) named.insert(row.id);
  for (const auto& row : batch.attempts) named.insert(row.attempt.job);
  for (const auto& row : batch.ends) named.insert(row.end.attempt.job);
  for (const auto& row : batch.outcomes) named.insert(row.job);
  for (const auto& row : batch.retried) named.insert(row.old_job);
  auto present = those_there({named.begin(), named.end()});
  if (const auto* trouble = trouble_of(present)) return *trouble;
  std::set<JobId>& there = std::get<std::set<JobId>>(present);
  auto read = owners_of(pointers(batch.jobs));
  if (const auto* trouble = trouble_of(read)) return *trouble;
  const auto& owners = std::get<Owners>(read);
  for (const auto& row : batch.jobs) {  // its key outlives it
    const auto owner = owners.find({row.client, row.request.key});
    if (owner == owners.end() || owner->second.first != row.id.value) there.insert(row.id);  // not written yet
  }
  Batch left = batch;
  std::erase_if(left.jobs, [&](const auto& row) { return !there.contains(row.id); });
  std::erase_if(left.attempts, [&](const auto& row) { return !there.contains(row.attempt.job); });
  std::erase_if(left.ends, [&](const auto& row) { return !there.contains(row.end.attempt.job); });
  std::erase_if(left.outcomes, [&](const auto& row) { return !there.contains(row.job); });
  std::erase_if(left.retried, [&](const auto& row) { return !there.contains(row.old_job); });
  return left;
}

// Many rows in one execution, but never more bytes than half a packet (libraries.md 3.6).
db::Outcome<Done> MariadbStore::bulk(const char* sql, std::vector<db::Column> columns, std::size_t rows, std::uint64_t* affected) {
  const auto bytes_of = [&](std::size_t row) {
    std::uint64_t sum = 9 * columns.size();
    for (const auto& column : columns)
      if (column.type == db::Column::Type::bytes) sum += column.bytes[row].size();
    return sum;
  };
  std::size_t first = 0;
  while (first < rows) {
    std::uint64_t bytes = bytes_of(first);
    std::size_t last = first + 1;
    while (last < rows && bytes + bytes_of(last) <= link_->packet_max() / 2) bytes += bytes_of(last++);
    db::Outcome<std::uint64_t> sent = std::uint64_t{0};
    if (first == 0 && last == rows) {
      sent = link_->bulk(sql, columns, rows);
    } else {
      std::vector<db::Column> part(columns.size());
      for (std::size_t i = 0; i < columns.size(); ++i) {
        part[i].type = columns[i].type;
        const auto cut = [&](const auto& from, auto& to) {
          if (!from.empty()) to.assign(from.begin() + static_cast<std::ptrdiff_t>(first), from.begin() + static_cast<std::ptrdiff_t>(last));
        };
        cut(columns[i].u64, part[i].u64);
        cut(columns[i].i64, part[i].i64);
        cut(columns[i].bytes, part[i].bytes);
      }
      sent = link_->bulk(sql, part, last - first);
    }
    if (const auto* trouble = trouble_of(sent)) return *trouble;
    if (affected != nullptr) *affected += std::get<std::uint64_t>(sent);
    first = last;
  }
  return Done{};
}

db::Outcome<MariadbStore::Owners> MariadbStore::owners_of(const JobRows& items) {
  Owners owners;
  for (std::size_t first = 0; first < items.size(); first += key_chunk) {
    const std::size_t last = std::min(items.size(), first + key_chunk);
    std::string sql = "SELECT client, submit_key, job_id, digest FROM submit_key WHERE (client, submit_key) IN (";
    std::vector<db::Value> values;
    for (std::size_t i = first; i < last; ++i) {
      sql += i == first ? "(?,?)" : ",(?,?)";
      values.emplace_back(items[i]->client);
      values.emplace_back(items[i]->request.key);
    }
    auto rows = link_->query(sql + ")", values);
    if (const auto* trouble = trouble_of(rows)) return *trouble;
    const auto& found = std::get<db::Rows>(rows);
    for (std::size_t i = 0; i < found.size(); ++i)
      owners[{found.text(i, 0), found.text(i, 1)}] = {found.u64(i, 2), found.text(i, 3)};
  }
  return owners;
}

// Under locks, so that none of them is deleted before this transaction ends.
db::Outcome<std::set<JobId>> MariadbStore::those_there(const std::vector<JobId>& ids) {
  std::set<JobId> there;
  for (std::size_t first = 0; first < ids.size(); first += key_chunk) {
    const std::size_t last = std::min(ids.size(), first + key_chunk);
    std::string sql = "SELECT id FROM job WHERE id IN (";
    std::vector<db::Value> values;
    for (std::size_t i = first; i < last; ++i) {
      sql += i == first ? "?" : ",?";
      values.emplace_back(ids[i].value);
    }
    auto rows = link_->query(sql + ") LOCK IN SHARE MODE", values);
    if (const auto* trouble = trouble_of(rows)) return *trouble;
    const auto& found = std::get<db::Rows>(rows);
    for (std::size_t i = 0; i < found.size(); ++i) there.insert(JobId{found.u64(i, 0)});
  }
  return there;
}

// Keys go in first. Where one was taken, its owner is read back in the same transaction: same job means that this batch
// was written before; another means a repeat, and the job is not stored.
db::Outcome<std::vector<bool>> MariadbStore::claim_keys(const Batch& batch, Committed& answer) {
  std::vector<bool> ours(batch.jobs.size(), true);
  if (batch.jobs.empty()) return ours;
  const auto items = pointers(batch.jobs);
  Columns c;
  c.text(items, [](const JobRow& r) -> std::string_view { return r.client; });
  c.text(items, [](const JobRow& r) -> std::string_view { return r.request.key; });
  c.u64(items, [](const JobRow& r) { return r.id.value; });
  c.text(items, [](const JobRow& r) { return view(r.request.digest); });
  c.i64(items, [](const JobRow& r) { return micros(r.accepted_at); });
  std::uint64_t fresh = 0;
  auto claimed = bulk("INSERT IGNORE INTO submit_key (client, submit_key, job_id, digest, at) VALUES (?,?,?,?,?)", c.take(), items.size(), &fresh);
  if (const auto* trouble = trouble_of(claimed)) return *trouble;
  if (fresh == items.size()) return ours;
  auto read = owners_of(items);
  if (const auto* trouble = trouble_of(read)) return *trouble;
  const auto& owners = std::get<Owners>(read);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto owner = owners.find({items[i]->client, items[i]->request.key});
    if (owner == owners.end()) return db::Trouble{db::Kind::wrong, 0, "a submit key that was just written is not there"};
    if (owner->second.first == items[i]->id.value) continue;
    ours[i] = false;
    answer.repeats.push_back({items[i]->id, JobId{owner->second.first}, owner->second.second == view(items[i]->request.digest)});
  }
  return ours;
}

// In the order of what rests on what; the first trouble ends it.
db::Outcome<Done> MariadbStore::write(const Batch& batch, Committed& answer) {
  auto keys = claim_keys(batch, answer);
  if (const auto* trouble = trouble_of(keys)) return *trouble;
  const auto& ours = std::get<std::vector<bool>>(keys);
  JobRows jobs;
  for (std::size_t i = 0; i < batch.jobs.size(); ++i)
    if (ours[i]) jobs.push_back(&batch.jobs[i]);
  for (const auto& part : {std::function<db::Outcome<Done>()>([&] { return write_jobs(jobs); }),
                           std::function<db::Outcome<Done>()>([&] { return write_attempts(batch); }),
                           std::function<db::Outcome<Done>()>([&] { return write_ends(batch); }),
                           std::function<db::Outcome<Done>()>([&] { return write_outcomes(batch); }),
                           std::function<db::Outcome<Done>()>([&] { return write_relations(batch, jobs); }),
                           std::function<db::Outcome<Done>()>([&] { return write_queue_blocks(jobs); }),
                           std::function<db::Outcome<Done>()>([&] { return write_single_rows(batch); })}) {
    auto done = part();
    if (const auto* trouble = trouble_of(done)) return *trouble;
  }
  return Done{};
}

db::Outcome<Done> MariadbStore::write_jobs(const JobRows& jobs) {
  static const Body no_body;
  const auto body = [](const JobRow& r) -> const Body& { return r.request.body ? *r.request.body : no_body; };
  Columns c;
  c.u64(jobs, [](const JobRow& r) { return r.id.value; });
  c.text(jobs, [](const JobRow& r) -> std::string_view { return r.client; });
  c.text(jobs, [](const JobRow& r) -> std::string_view { return r.request.key; });
  c.text(jobs, [](const JobRow& r) -> std::string_view { return r.request.engine; });
  c.text(jobs, [](const JobRow& r) -> std::string_view { return r.request.queue; });
  c.text(jobs, [](const JobRow& r) -> std::string_view { return r.request.batch; });
  c.i64(jobs, [](const JobRow& r) { return r.request.priority; });
  c.u64(jobs, [](const JobRow& r) { return r.request.attempts_max; });
  c.i64(jobs, [](const JobRow& r) { return r.request.backoff.count(); });
  c.i64(jobs, [](const JobRow& r) { return r.request.time_limit.count(); });
  c.i64(jobs, [](const JobRow& r) { return r.request.stall_limit.count(); });
  c.u64(jobs, [](const JobRow& r) { return r.request.memory_limit; });
  c.i64(jobs, [](const JobRow& r) { return micros(r.request.not_before); });
  c.i64(jobs, [](const JobRow& r) { return micros(r.request.not_after); });
  c.u64(jobs, [](const JobRow& r) { return r.request.retry_of.value; });
  c.i64(jobs, [](const JobRow& r) { return micros(r.accepted_at); });
  c.i64(jobs, [](const JobRow& r) { return micros(r.accepted_wall); });
  c.text(jobs, [](const JobRow& r) -> std::string_view { return r.first.node; });
  c.u64(jobs, [](const JobRow& r) { return r.first.session.value; });
  c.text(jobs, [](const JobRow& r) { return view(r.request.digest); });
  c.u64(jobs, [&](const JobRow& r) { return body(r).payload.size(); });
  c.u64(jobs, [](const JobRow& r) { return r.request.blob.value; });
  c.text(jobs, [&](const JobRow& r) -> std::string_view { return body(r).params; });
  c.text(jobs, [&](const JobRow& r) { return r.request.blob ? std::string_view() : body(r).payload; });
  return bulk("INSERT IGNORE INTO job (id, client, submit_key, engine, queue, batch, priority, attempts_max, backoff, time_limit, "
              "stall_limit, memory_limit, not_before, not_after, retry_of, accepted_at, accepted_wall, first_node, first_session, "
              "digest, payload_bytes, payload_blob, params, payload) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", c.take(), jobs.size(), nullptr);
}

db::Outcome<Done> MariadbStore::write_attempts(const Batch& batch) {
  const auto items = pointers(batch.attempts);
  Columns c;
  c.u64(items, [](const AttemptRow& r) { return r.attempt.job.value; });
  c.u64(items, [](const AttemptRow& r) { return r.attempt.number; });
  c.text(items, [](const AttemptRow& r) -> std::string_view { return r.holder.node; });
  c.u64(items, [](const AttemptRow& r) { return r.holder.session.value; });
  c.i64(items, [](const AttemptRow& r) { return micros(r.at); });
  c.i64(items, [](const AttemptRow& r) { return micros(r.wall); });
  return bulk("INSERT IGNORE INTO attempt (job_id, number, node, session, at, wall) VALUES (?,?,?,?,?,?)", c.take(), items.size(), nullptr);
}

db::Outcome<Done> MariadbStore::write_ends(const Batch& batch) {
  const auto items = pointers(batch.ends);
  Columns c;
  c.u64(items, [](const AttemptEndRow& r) { return r.end.attempt.job.value; });
  c.u64(items, [](const AttemptEndRow& r) { return r.end.attempt.number; });
  c.u64(items, [](const AttemptEndRow& r) { return static_cast<unsigned>(r.end.kind); });
  end_columns(c, items, [](const AttemptEndRow& r) -> const AttemptEnd& { return r.end; });
  c.i64(items, [](const AttemptEndRow& r) { return r.retry_after.count(); });
  c.i64(items, [](const AttemptEndRow& r) { return micros(r.at); });
  c.i64(items, [](const AttemptEndRow& r) { return micros(r.wall); });
  return bulk("INSERT IGNORE INTO attempt_end (job_id, number, kind, cause, code, message, node, started, ended, peak_memory, cpu, "
              "stderr, retry_after, at, wall) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", c.take(), items.size(), nullptr);
}

db::Outcome<Done> MariadbStore::write_outcomes(const Batch& batch) {
  const auto items = pointers(batch.outcomes);
  Columns c;
  c.u64(items, [](const OutcomeRow& r) { return r.job.value; });
  c.u64(items, [](const OutcomeRow& r) { return static_cast<unsigned>(r.state); });
  c.u64(items, [](const OutcomeRow& r) { return static_cast<unsigned>(r.reason); });
  c.u64(items, [](const OutcomeRow& r) { return r.end.attempt.number; });
  end_columns(c, items, [](const OutcomeRow& r) -> const AttemptEnd& { return r.end; });
  c.text(items, [&](const OutcomeRow& r) { return c.keep(files_text(r.end.output)); });
  c.u64(items, [](const OutcomeRow& r) { return r.end.blob.value; });
  c.text(items, [&](const OutcomeRow& r) -> std::string_view {
    if (r.end.blob) return {};
    if (r.end.output && r.end.output->size() == 1) return r.end.output->front().bytes;  // the usual case: no copy
    return c.keep(files_bytes(r.end.output));
  });
  c.i64(items, [](const OutcomeRow& r) { return micros(r.at); });
  c.i64(items, [](const OutcomeRow& r) { return micros(r.wall); });
  std::uint64_t fresh = 0;
  auto done = bulk("INSERT IGNORE INTO outcome (job_id, state, reason, attempt, cause, code, message, node, started, ended, peak_memory, "
                   "cpu, stderr, files, result_blob, result, at, wall) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", c.take(), items.size(), &fresh);
  if (trouble_of(done) != nullptr) return done;
  if (fresh != items.size()) return check_outcomes(batch);
  return done;
}

// Some outcomes were there already. The same ones: this batch was written before. Others: an invariant of ours is
// broken, and going on would lie to somebody.
db::Outcome<Done> MariadbStore::check_outcomes(const Batch& batch) {
  for (const OutcomeRow& row : batch.outcomes) {
    auto rows = link_->query("SELECT state, attempt FROM outcome WHERE job_id=?", {row.job.value});
    if (const auto* trouble = trouble_of(rows)) return *trouble;
    const auto& found = std::get<db::Rows>(rows);
    CADRE_ASSERT(!found.empty());
    CADRE_ASSERT(found.u64(0, 0) == static_cast<std::uint64_t>(row.state));
    CADRE_ASSERT(found.u64(0, 1) == row.end.attempt.number);
  }
  return Done{};
}

}  // namespace cadre
