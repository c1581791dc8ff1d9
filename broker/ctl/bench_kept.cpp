// cadre bench --private --shape kept: what very many finished jobs cost those that come after them.
#include <fmt/format.h>

#include "broker/ctl/bench_shapes.hpp"
#include "broker/ctl/programs.hpp"
#include "common/base/ids.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t open_jobs = 1'000;
constexpr std::uint64_t rare_jobs = 10;           // dead ones; those of a queue; those of a batch
constexpr std::uint64_t above_checkpoint = 100'000;  // ids that a broker may have given out behind its last checkpoint
constexpr std::uint64_t chunk = 100'000;          // of one transaction

void execute(db::Link& link, const std::string& sql, const std::vector<db::Value>& parameters = {}) {
  const auto done = parameters.empty() ? link.execute(sql) : link.execute(sql, parameters);
  if (const auto* trouble = std::get_if<db::Trouble>(&done)) throw Stop{Exit::again, "filling the schema: " + trouble->message};
}

// Which of the `count` kept jobs are open, dead, of the rare queue, of the rare batch: every so many, spread evenly.
struct Plan {
  std::uint64_t count, open_step, rare_step;
  explicit Plan(std::uint64_t n) : count(n), open_step(n / open_jobs), rare_step(n / rare_jobs) {}
  std::string is_open() const { return fmt::format("seq % {} = 1", open_step); }
  std::string is_rare(std::uint64_t offset) const { return fmt::format("seq % {} = {}", rare_step, offset); }
};
constexpr std::uint64_t dead_offset = 3, queue_offset = 4, batch_offset = 5;

// As the store writes them (broker/store/SCHEMA.md); wall times an hour ago, results as long as the payload.
void insert_chunk(db::Link& link, const Plan& plan, JobId base, std::uint64_t first, std::uint64_t last, std::size_t bytes) {
  const std::string from = fmt::format(" FROM seq_{}_to_{}", first, last);
  const std::string id = fmt::format("{} + seq", base.value);
  const std::string key = "CONCAT('01900000-0000-7000-8000-000000000000-', LPAD(seq, 10, '0'))";
  const std::string wall = "1700000000000000 + seq";
  const std::string dead = plan.is_rare(dead_offset);
  execute(link, "BEGIN");
  execute(link, "INSERT INTO submit_key SELECT 'admin', " + key + ", " + id + ", UNHEX(MD5(seq)), 0" + from);
  execute(link, fmt::format("INSERT INTO job SELECT {}, 'admin', {}, 'echo', IF({}, 'rare', 'default'), IF({}, 'rare', ''), 0, 5, 0, 0, 0, 0, 0, 0, 0, "
                            "seq, {}, IF({}, '', 'w1'), IF({}, 0, 1), UNHEX(MD5(seq)), {}, 0, '{{}}', REPEAT('x', {}){}",
                            id, key, plan.is_rare(queue_offset), plan.is_rare(batch_offset), wall, plan.is_open(), plan.is_open(), bytes, bytes, from));
  execute(link, fmt::format("INSERT INTO outcome SELECT {}, IF({}, 4, 3), IF({}, 1, 0), 1, 'w1', 0, IF({}, 3, 0), '', {}, {}, 1000000, 100, '', "
                            "IF({}, '', 'stdout {}'), 0, IF({}, '', REPEAT('x', {})), seq, {}{} WHERE NOT ({})",
                            id, dead, dead, dead, wall, wall, dead, bytes, dead, bytes, wall, from, plan.is_open()));
  execute(link, "INSERT INTO outcome_rare SELECT 4, " + id + from + " WHERE " + dead);
  execute(link, "INSERT INTO batch_range SELECT 'rare', " + id + ", " + id + from + " WHERE " + plan.is_rare(batch_offset));
  for (const auto& [queue, which] : {std::pair{"rare", plan.is_rare(queue_offset)}, {"default", "NOT (" + plan.is_rare(queue_offset) + ")"}})
    execute(link, fmt::format("INSERT IGNORE INTO queue_block SELECT DISTINCT '{}', ({}) DIV 1024{} WHERE {}", queue, id, from, which));
  execute(link, "COMMIT");
}

void append_big_endian(std::string& bytes, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
}

void insert_checkpoint(db::Link& link, const Plan& plan, JobId base) {
  const std::uint64_t upto = plan.count - std::min(above_checkpoint, plan.count / 2);
  std::string open;
  for (std::uint64_t seq = 1; seq <= upto; seq += plan.open_step)
    for (int edge = 0; edge < 2; ++edge) append_big_endian(open, base.value + seq);
  execute(link, "INSERT INTO checkpoint VALUES (?, ?, 0)", {base.value + upto, open});
}

// As a person asks: the tool as a process of its own, connection included.
void time_list(BenchCluster& cluster, Report& report, const std::string& name, std::vector<std::string> words, std::uint64_t wanted) {
  words.insert(words.begin(), {"--config", cluster.config().string()});
  if (!cluster.settings().curve) words.emplace_back("--no-curve");
  words.emplace_back("--json");
  const Instant began = os::boot_now();
  const auto took = [&] { return static_cast<double>((os::boot_now() - began).count()) / 1e6; };
  Json answer;
  try {
    answer = Json::parse(cluster.run(own_program(), words), nullptr, false);
  } catch (const Stop& stop) {  // a figure too, and the others are still wanted
    report.line(fmt::format("{:<34} FAILED after {:.3f} s: {}", name, took(), stop.message));
    return report.set(name, {{"wanted", wanted}, {"seconds", took()}, {"error", stop.message}});
  }
  const double seconds = took();
  const Json jobs = answer.is_object() ? answer.value("jobs", Json::array()) : answer;
  report.line(fmt::format("{:<34} {:>5} jobs in {:.3f} s (wanted: {} jobs in less than 1 s)", name, jobs.size(), seconds, wanted));
  report.set(name, {{"jobs", jobs.size()}, {"wanted", wanted}, {"seconds", seconds}});
}

void time_lists(BenchCluster& cluster, Report& report) {
  const auto list = [&](const std::string& options, std::vector<std::string> words, std::uint64_t wanted) {
    words.insert(words.begin(), {"job", "list", "--limit", "50"});
    time_list(cluster, report, "cadre job list " + options, std::move(words), wanted);
  };
  list("(newest)", {}, 50);
  for (const std::string state : {"done", "ready"}) list("--state " + state, {"--state", state}, 50);
  list("--state dead", {"--state", "dead"}, rare_jobs);
  list("--state cancelled", {"--state", "cancelled"}, 0);
  list("--queue rare", {"--queue", "rare"}, rare_jobs);
  list("--batch rare", {"--batch", "rare"}, rare_jobs);
  time_list(cluster, report, "cadre dead list", {"dead", "list"}, rare_jobs);
}

}  // namespace

// The jobs of a term of their own, which ended before the next broker takes the seat.
void fill_with_kept(BenchCluster& cluster, const BenchOptions& options, Report& report) {
  db::Link link = cluster.database();
  execute(link, "UPDATE lease SET epoch = epoch + 1 WHERE resource = 'broker'");
  const auto epoch = link.query("SELECT epoch FROM lease WHERE resource = 'broker'");
  if (const auto* trouble = std::get_if<db::Trouble>(&epoch)) throw Stop{Exit::again, trouble->message};
  const JobId base = JobId::make(Epoch{std::get<db::Rows>(epoch).u64(0, 0)}, 0);
  const Plan plan(options.kept);
  const Instant began = os::boot_now();
  for (std::uint64_t first = 1; first <= plan.count; first += chunk)
    insert_chunk(link, plan, base, first, std::min(plan.count, first + chunk - 1), options.load.payload_bytes);
  insert_checkpoint(link, plan, base);
  report.line(fmt::format("{} kept jobs, {} of them open, written in {:.0f} s", plan.count, open_jobs, static_cast<double>((os::boot_now() - began).count()) / 1e6));
}

void measure_kept(const BenchOptions& options, Report& report) {
  if (options.kept < open_jobs * 10) throw Stop{Exit::usage, fmt::format("--kept: at least {}", open_jobs * 10)};
  BenchCluster cluster(options.cluster);
  Load load = options.load;
  const auto rate = [&](const std::string& name) {
    const Usage before = usage_now(cluster);
    const Measured m = measured(cluster, name, load);
    report.add(name, load, m, usage_now(cluster) - before);
    return m.rate();
  };
  cluster.start_broker();
  cluster.start_workers();
  const double empty = rate("in an empty schema");
  cluster.stop_workers();
  cluster.stop_broker();
  fill_with_kept(cluster, options, report);

  cluster.start_broker();
  print_restart(report, fmt::format("{} kept, {} open", options.kept, open_jobs), cluster.wait_until_ready(), 2);
  cluster.kill_broker();
  cluster.start_broker();
  print_restart(report, fmt::format("{} kept, {} open, after kill -9", options.kept, open_jobs), cluster.wait_until_ready(), 2);
  time_lists(cluster, report);
  cluster.start_workers();
  const double full = rate(fmt::format("with {} kept jobs and keys", options.kept));
  report.line(fmt::format("{:.0f} % of the rate of an empty schema (wanted: at least 70 %)", 100 * full / empty));
  report.set("rate_ratio", full / empty);
}

}  // namespace cadre::ctl
