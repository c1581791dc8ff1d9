// cadre bench: how much a cluster does: the configured one, or a private one that is made for it and can be looked into.
// Every accept is durable and every result is kept; what is measured is what a program sees that submits and waits.
#include <fmt/format.h>

#include "broker/ctl/bench_baseline.hpp"
#include "broker/ctl/bench_shapes.hpp"
#include "broker/ctl/command.hpp"
#include "broker/ctl/programs.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t baseline_jobs_max = 5'000;
constexpr std::uint64_t yardstick_rounds = 1'000;

enum class Kind : std::uint8_t { window, many, one };
struct Shape {
  Kind kind;
  std::string name;
  Load load;
};

// One submitter with a window, many synchronous ones, one synchronous one: what a batch, a web shop and a script see.
std::vector<Shape> shapes(const BenchOptions& o) {
  const auto with = [&](std::uint64_t jobs, std::uint32_t window, std::uint32_t submitters) {
    Load load = o.load;
    load.jobs = std::max<std::uint64_t>(submitters, jobs);
    load.window = window;
    load.submitters = submitters;
    return load;
  };
  const std::uint64_t jobs = o.load.jobs;
  std::vector<Shape> all{{Kind::window, fmt::format("one submitter, window of {}", o.load.window), with(jobs, o.load.window, 1)},
                         {Kind::many, "64 synchronous submitters", with(jobs / 5, 1, 64)},
                         {Kind::one, "one synchronous submitter", with(std::max<std::uint64_t>(100, jobs / 100), 1, 1)}};
  if (o.shape == "window") return {all[0]};
  if (o.shape == "many") return {all[1]};
  if (o.shape == "one") return {all[2]};
  return all;
}

void on_the_configured_cluster(Context& context, const BenchOptions& o, Report& report) {
  for (const auto& shape : shapes(o)) {
    const auto m = drive(context.door(), shape.load);
    if (!m) throw Stop{Exit::again, shape.name + ": " + m.error()};
    report.add(shape.name, shape.load, *m, std::nullopt);
  }
  report.note("CPU, commits and memory are not known of a cluster that others use or that runs elsewhere: cadre bench --private");
}

// What one synchronous job costs in parts: both transactions alone, and everything but the database.
struct Yardstick {
  std::uint64_t accept = 0, outcome = 0, in_memory = 0;  // p50, microseconds
};

Yardstick measure_parts(BenchCluster& cluster, const Shape& one) {
  Yardstick parts;
  const auto told = cluster.run(program_beside("cadre-broker"), {"--config", cluster.config().string(), "--measure-store", std::to_string(yardstick_rounds),
                                                                "--payload-bytes", std::to_string(one.load.payload_bytes)});
  const Json store = Json::parse(told, nullptr, false);
  if (!store.is_object()) throw Stop{Exit::bug, "cadre-broker --measure-store said: " + told};
  parts.accept = store.value("accept_p50_us", std::uint64_t{0});
  parts.outcome = store.value("outcome_p50_us", std::uint64_t{0});
  cluster.start_broker(BenchCluster::Keep::in_memory);
  cluster.start_workers();
  parts.in_memory = measured(cluster, one.name + " (in memory)", one.load).end_p50;
  cluster.stop_workers();
  cluster.stop_broker();
  return parts;
}

void compare(Report& report, const Yardstick& parts, const Measured& m) {
  const std::uint64_t sum = parts.accept + parts.outcome + parts.in_memory;
  const double ratio = static_cast<double>(m.end_p50) / static_cast<double>(std::max<std::uint64_t>(1, sum));
  report.line(fmt::format("{:<30} ended p50 is {:.2f} times {} us (wanted: at most 1.25): an accept alone {} us, an outcome alone {} us, the same in memory {} us",
                          "", ratio, sum, parts.accept, parts.outcome, parts.in_memory));
  report.set("synchronous", {{"accept_alone_p50_us", parts.accept}, {"outcome_alone_p50_us", parts.outcome}, {"in_memory_p50_us", parts.in_memory},
                             {"ended_p50_us", m.end_p50}, {"ratio", ratio}});
}

void compare(Report& report, BenchCluster& cluster, const Load& load, const Measured& m) {
  const Baseline plain = run_baseline(cluster, std::min(load.jobs, baseline_jobs_max), load.window, load.payload_bytes);
  const double ratio = m.rate() / plain.rate();
  report.line(fmt::format("{:<30} {:>8.0f} jobs/s by the plain queue (INSERT; SELECT ... FOR UPDATE SKIP LOCKED, UPDATE): {:.1f} times that (wanted: 15)", "", plain.rate(), ratio));
  report.set("baseline", {{"jobs", plain.jobs}, {"seconds", plain.seconds}, {"jobs_per_second", plain.rate()}, {"ratio", ratio}});
}

void on_a_private_cluster(const BenchOptions& o, Report& report) {
  const auto all = shapes(o);
  BenchCluster cluster(o.cluster);
  std::optional<Yardstick> parts;
  if (all.back().kind == Kind::one && !o.memory) parts = measure_parts(cluster, all.back());
  cluster.start_broker(o.memory ? BenchCluster::Keep::in_memory : BenchCluster::Keep::durable);
  cluster.start_workers();
  for (const auto& shape : all) {
    const Usage before = usage_now(cluster);
    const Measured m = measured(cluster, shape.name, shape.load);
    report.add(shape.name, shape.load, m, usage_now(cluster) - before);
    if (shape.kind == Kind::window && o.baseline) compare(report, cluster, shape.load, m);
    if (shape.kind == Kind::one && parts) compare(report, *parts, m);
  }
}

Exit run_bench(Context& context, BenchOptions o) {
  const bool is_long = o.shape != "all" && o.shape != "window" && o.shape != "many" && o.shape != "one";
  if (o.memory && is_long) throw Stop{Exit::usage, "--memory goes with the shapes window, many and one only: the others measure what is kept"};
  if ((o.memory || o.baseline || is_long) && !o.own_cluster)
    throw Stop{Exit::usage, "--memory, --baseline and the shapes backlog, payload, mixed, kept and purge need --private: they work on a cluster of their own"};
  Report report(context.json());
  o.cluster.curve = !context.globals().no_curve;
  report.set("cluster", o.own_cluster ? "private" : "configured");
  report.set("curve", o.cluster.curve);
  if (!o.own_cluster) on_the_configured_cluster(context, o, report);
  else if (o.shape == "backlog") measure_backlog(o, report);
  else if (o.shape == "payload") measure_payloads(o, report);
  else if (o.shape == "mixed") measure_mixed(o, report);
  else if (o.shape == "kept") measure_kept(o, report);
  else if (o.shape == "purge") measure_purge(o, report);
  else on_a_private_cluster(o, report);
  report.finish();
  return Exit::ok;
}

void declare(Arguments& args, BenchOptions& o) {
  args.add_option("--shape", o.shape, "all (window, many, one), window, many, one; with --private also backlog, payload, mixed, kept, purge")
      .show_default().one_of({"all", "window", "many", "one", "backlog", "payload", "mixed", "kept", "purge"});
  args.add_option("--jobs", o.load.jobs, "jobs of the first measurement").show_default().between(100, 100'000'000);
  args.add_option("--window", o.load.window, "jobs under way at most").show_default().between(1, 3'000);
  args.add_option("--payload", o.load.payload_bytes, "bytes of each job").show_default();
  args.add_option("--engine", o.load.engine, "the engine that runs them").show_default();
  args.add_flag("--private", o.own_cluster, "on a MariaDB, a broker and workers of its own, made for it and removed afterwards");
  args.add_bytes("--pool", o.cluster.pool_bytes, "MariaDB's buffer pool (512MiB)").group("With --private");
  args.add_option("--workers", o.cluster.workers, "so many workers").show_default().between(1, 64).group("With --private");
  args.add_option("--slots", o.cluster.slots, "slots of each").show_default().between(1, 64).group("With --private");
  args.add_flag("--tcp", o.cluster.tcp, "connect over loopback TCP instead of a socket file").group("With --private");
  args.add_option("--engines", o.cluster.engines, "engines beside the built-in ones").type_name("DIR").group("With --private");
  args.add_option("--dir", o.cluster.place, "where its directory is made ($TMPDIR or /tmp)").type_name("DIR").group("With --private");
  args.add_flag("--baseline", o.baseline, "the plain queue that one writes at home, for comparison").group("With --private");
  args.add_flag("--memory", o.memory, "the broker keeps jobs in memory only").group("With --private");
  args.add_option("--backlog", o.backlog, "jobs of --shape backlog").show_default().between(1'000, 20'000'000).group("With --private");
  args.add_option("--kept", o.kept, "jobs of --shape kept, or to be purged by --shape purge").show_default().between(10'000, 1'000'000'000).group("With --private");
}

}  // namespace

Command commands::bench() {
  return {"bench", "Measure jobs per second, latencies and costs of this cluster or a private one", "cadre bench --private --jobs 100000",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<BenchOptions>();
            declare(args, *o);
            return [o](Context& context) { return run_bench(context, *o); };
          }};
}

}  // namespace cadre::ctl
