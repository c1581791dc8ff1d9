#include "tests/soak/audit.hpp"

#include <sys/time.h>

#include <map>

#include <fmt/format.h>

#include "common/os/clock.hpp"

namespace cadre::soak {

namespace {

constexpr std::uint64_t page = 5'000;  // audit rows read at once: one answer has a time limit

constexpr const char* audit_table =
    "CREATE TABLE soak_audit.audit (n BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, wall BIGINT NOT NULL, what VARCHAR(16) NOT NULL, "
    "account VARCHAR(128) NOT NULL, connection BIGINT UNSIGNED NOT NULL, job BIGINT UNSIGNED NOT NULL DEFAULT 0, number BIGINT UNSIGNED NOT NULL DEFAULT 0, "
    "name VARCHAR(255) NOT NULL DEFAULT '', who VARCHAR(255) NOT NULL DEFAULT '', note VARCHAR(64) NOT NULL DEFAULT '', state BIGINT UNSIGNED NOT NULL DEFAULT 1, "
    "digest BIGINT UNSIGNED NOT NULL DEFAULT 0, service BIGINT NOT NULL DEFAULT 0, epoch BIGINT UNSIGNED NOT NULL DEFAULT 0, "
    "old_epoch BIGINT UNSIGNED NOT NULL DEFAULT 0, blob_id BIGINT UNSIGNED NOT NULL DEFAULT 0, held_before BIGINT UNSIGNED NOT NULL DEFAULT 0, "
    "held_after BIGINT UNSIGNED NOT NULL DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";

// As soak::digest_of: the first 15 hexadecimal digits.
std::string digest_sql(const std::string& blob, const std::string& bytes) {
  return fmt::format("CAST(CONV(LEFT(SHA2(IF({0} = 0, {1}, (SELECT GROUP_CONCAT(c.bytes ORDER BY c.number SEPARATOR '') FROM blob_chunk c WHERE c.blob_id = {0})), 256), 15), 16, 10) AS UNSIGNED)",
                     blob, bytes);
}

constexpr const char* seat_sql = "(SELECT l.epoch FROM lease l WHERE l.resource = 'broker')";
constexpr const char* service_sql = "(SELECT service_time FROM cluster)";

struct Trigger {
  What what;
  std::string when, table;
  std::map<std::string, std::string> columns;  // of the audit
};

std::vector<Trigger> triggers() {
  const std::string in = "AFTER INSERT", out = "AFTER DELETE";
  return {
      {What::job_in, in, "job", {{"job", "NEW.id"}, {"who", "NEW.client"}, {"name", "NEW.submit_key"}, {"number", "NEW.attempts_max"}, {"note", "NEW.first_node"},
                                 {"blob_id", "NEW.payload_blob"}, {"epoch", seat_sql}, {"digest", digest_sql("NEW.payload_blob", "NEW.payload")}}},
      {What::job_out, out, "job", {{"job", "OLD.id"}, {"who", "OLD.client"}, {"name", "OLD.submit_key"}, {"service", service_sql}}},
      {What::attempt_in, in, "attempt", {{"job", "NEW.job_id"}, {"number", "NEW.number"}, {"who", "NEW.node"}}},
      {What::attempt_out, out, "attempt", {{"job", "OLD.job_id"}, {"number", "OLD.number"}}},
      {What::end_in, in, "attempt_end", {{"job", "NEW.job_id"}, {"number", "NEW.number"}, {"who", "NEW.node"}}},
      {What::end_out, out, "attempt_end", {{"job", "OLD.job_id"}, {"number", "OLD.number"}}},
      {What::outcome_in, in, "outcome", {{"job", "NEW.job_id"}, {"number", "NEW.attempt"}, {"who", "NEW.node"}, {"state", "NEW.state"}, {"service", "NEW.at"},
                                         {"blob_id", "NEW.result_blob"}, {"digest", digest_sql("NEW.result_blob", "NEW.result")}}},
      {What::outcome_out, out, "outcome", {{"job", "OLD.job_id"}}},
      {What::key_out, out, "submit_key", {{"job", "OLD.job_id"}, {"who", "OLD.client"}, {"name", "OLD.submit_key"}}},
      {What::kept_in, in, "kept", {{"job", "NEW.job_id"}}},
      {What::kept_out, out, "kept", {{"job", "OLD.job_id"}}},
      {What::blob_out, out, "blob_owner", {{"blob_id", "OLD.id"}}},
      {What::lease, "AFTER UPDATE", "lease", {{"name", "NEW.resource"}, {"who", "NEW.holder"}, {"old_epoch", "OLD.epoch"}, {"epoch", "NEW.epoch"},
                                              {"held_before", "OLD.expires_at > SYSDATE(6)"}, {"held_after", "NEW.expires_at > SYSDATE(6)"}}},
  };
}

// Rows that belong to nothing; in each a number and an example.
const std::map<std::string, std::string>& left_over_queries() {
  static const std::map<std::string, std::string> queries = [] {
    std::map<std::string, std::string> all;
    for (const char* table : {"attempt", "attempt_end", "outcome", "outcome_rare"})
      all[table] = fmt::format("SELECT t.job_id FROM {} t LEFT JOIN job j ON j.id = t.job_id WHERE j.id IS NULL LIMIT 1", table);
    all["blob_chunk"] = "SELECT c.blob_id FROM blob_chunk c LEFT JOIN blob_owner b ON b.id = c.blob_id WHERE b.id IS NULL LIMIT 1";
    return all;
  }();
  return queries;
}

}  // namespace

void install_audit(test::Cluster& cluster) {
  cluster.execute("CREATE DATABASE soak_audit");
  cluster.execute(audit_table);
  for (const auto& [what, when, table, columns] : triggers()) {
    std::string names, values;
    for (const auto& [column, value] : columns) names += ", " + column, values += ", " + value;
    cluster.execute(fmt::format("CREATE TRIGGER soak_{0} {1} ON {2} FOR EACH ROW INSERT INTO soak_audit.audit (wall, what, account, connection{3}) "
                                "VALUES (CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED), '{0}', USER(), CONNECTION_ID(){4})",
                                to_string(what), when, table, names, values));
  }
}

void write_down_database(test::Cluster& cluster, const std::filesystem::path& directory) {
  const Diary diary(directory / "database.jsonl");
  // The audit's wall time on the clock of all others.
  const std::int64_t offset_ns = monotonic_ns() - os::wall_now().time_since_epoch().count() * 1000;
  for (std::uint64_t after = 0;;) {
    const auto rows = cluster.query(fmt::format("SELECT n, wall, what, account, connection, job, number, name, who, note, state, digest, service, epoch, old_epoch, "
                                                "blob_id, held_before, held_after FROM soak_audit.audit WHERE n > {} ORDER BY n LIMIT {}", after, page));
    if (rows.empty()) break;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto named = from_line(fmt::format(R"({{"what":"{}"}})", rows.text(i, 2)));
      if (!named) throw std::runtime_error(named.error());
      Event event = *named;
      event.n = after = rows.u64(i, 0);
      event.t = rows.i64(i, 1) * 1000 + offset_ns;
      event.account = rows.text(i, 3);
      event.connection = rows.u64(i, 4);
      event.job = JobId{rows.u64(i, 5)};
      event.number = static_cast<std::uint32_t>(rows.u64(i, 6));
      event.name = rows.text(i, 7);
      event.who = rows.text(i, 8);
      event.note = rows.text(i, 9);
      event.state = static_cast<JobState>(rows.u64(i, 10));
      event.digest = rows.u64(i, 11);
      event.service = rows.i64(i, 12);
      event.epoch = rows.u64(i, 13);
      event.old_epoch = rows.u64(i, 14);
      event.blob = rows.u64(i, 15);
      event.held_before = rows.u64(i, 16) != 0;
      event.held_after = rows.u64(i, 17) != 0;
      diary.tell(event);
    }
  }
  const auto tell = [&](Event event) { diary.tell(std::move(event)); };
  const auto jobs = cluster.query("SELECT id FROM job");
  for (std::size_t i = 0; i < jobs.size(); ++i) tell({.what = What::has_job, .job = JobId{jobs.u64(i, 0)}});
  const auto keys = cluster.query("SELECT client, submit_key, job_id FROM submit_key");
  for (std::size_t i = 0; i < keys.size(); ++i) tell({.what = What::has_key, .who = keys.text(i, 0), .name = keys.text(i, 1), .job = JobId{keys.u64(i, 2)}});
  for (const auto& [table, sql] : left_over_queries())
    if (const auto found = cluster.query(sql); !found.empty())
      tell({.what = What::left_over, .note = fmt::format("rows in {} that belong to nothing, such as {}", table, found.u64(0, 0))});
  const std::string stored = "(SELECT SUM(LENGTH(bytes)) FROM blob_chunk WHERE blob_id = ";
  for (const std::string& sql : {"SELECT id FROM job WHERE payload_blob <> 0 AND NOT payload_bytes <=> " + stored + "payload_blob)",
                                 "SELECT job_id FROM outcome WHERE result_blob <> 0 AND NOT SUBSTRING_INDEX(files, ' ', -1) + 0 <=> " + stored + "result_blob)"}) {
    const auto torn = cluster.query(sql);
    for (std::size_t i = 0; i < torn.size(); ++i) tell({.what = What::torn, .note = "a payload or result is not whole: " + sql, .job = JobId{torn.u64(i, 0)}});
  }
}

}  // namespace cadre::soak
