#include "broker/ctl/bench_shapes.hpp"

#include <fmt/format.h>

#include <thread>

#include "broker/ctl/bench_disk.hpp"
#include "broker/ctl/output.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t payloads_bytes = std::uint64_t{1} << 30;  // of all jobs of a size
constexpr std::size_t mib = std::size_t{1} << 20;
constexpr Duration drain_patience = 1h;
constexpr std::uint64_t mixed_jobs_max = 20'000;  // 20 seconds beside large ones, 10 alone before and 10 after

double seconds_since(Instant then) { return static_cast<double>((os::boot_now() - then).count()) / 1e6; }

double cost(const Usage& usage, std::uint64_t jobs) { return (usage.broker + usage.database) * 1e6 / static_cast<double>(jobs); }

std::uint64_t ended(Client& client) {
  const auto answer = client.ask("status", "{}", 30s);
  if (!answer) throw Stop{Exit::again, answer.error()};
  const Json status = Json::parse(*answer, nullptr, false);
  return status["since_start"].value("done", std::uint64_t{0}) + status["since_start"].value("dead", std::uint64_t{0});
}

// The broker counts all its jobs for each answer: the more there are, the rarer we ask.
void wait_for_ends(Client& client, std::uint64_t jobs) {
  const Instant until = os::boot_now() + drain_patience;
  for (std::uint64_t seen = ended(client); seen < jobs; seen = ended(client)) {
    if (os::boot_now() > until) throw Stop{Exit::again, fmt::format("{} of {} jobs have ended after {}", seen, jobs, to_string(drain_patience))};
    (void)client.poll(20ms + Duration{static_cast<std::int64_t>(jobs - seen)});
  }
}

// One cluster, one load, and what it used.
Measured measure_one(BenchCluster& cluster, const std::string& name, const Load& load, Report& report, Usage* usage = nullptr) {
  const Usage before = usage_now(cluster);
  const Measured m = measured(cluster, name, load);
  const Usage used = usage_now(cluster) - before;
  report.add(name, load, m, used);
  if (usage != nullptr) *usage = used;
  return m;
}

}  // namespace

Measured measured(const BenchCluster& cluster, const std::string& name, const Load& load) {
  auto m = drive(cluster.door(), load);
  if (!m) throw Stop{Exit::again, name + ": " + m.error()};
  return *m;
}

void print_restart(Report& report, const std::string& how, Duration took, double limit_seconds) {
  const double seconds = static_cast<double>(took.count()) / 1e6;
  report.line(fmt::format("{:<50} ready {:.3f} s after the grant of the seat (wanted: below {:.0f} s)", how, seconds, limit_seconds));
  report.set(how, seconds);
}

void measure_backlog(const BenchOptions& options, Report& report) {
  const std::uint64_t jobs = options.backlog;
  BenchCluster cluster(options.cluster);
  cluster.start_broker();
  cluster.start_workers();
  Load load = options.load;
  load.payload_bytes = 1024;
  load.window = 1'000;
  Usage few;
  const Measured steady = measure_one(cluster, "1 KiB, 1,000 jobs waiting", load, report, &few);
  cluster.stop_workers();

  const Usage before = usage_now(cluster);
  load.jobs = jobs;
  load.until_ended = false;
  const Instant submit_began = os::boot_now();
  const Measured accepted = measure_one(cluster, fmt::format("submitting {} of 1 KiB, no worker", jobs), load, report);
  const double submit_seconds = seconds_since(submit_began);
  const Usage submitting = usage_now(cluster) - before;
  std::uint64_t rss = submitting.broker_rss_peak;
  cluster.kill_broker();
  cluster.start_broker();
  print_restart(report, fmt::format("kill -9 with {} jobs waiting", jobs), cluster.wait_until_ready(), 30);
  rss = std::max(rss, usage_now(cluster).broker_rss_peak);
  cluster.stop_broker();
  cluster.start_broker();
  print_restart(report, fmt::format("SIGTERM with {} jobs waiting", jobs), cluster.wait_until_ready(), 30);

  auto client = Client::connect(cluster.door());
  if (!client) throw Stop{Exit::unreachable, client.error()};
  const Usage drain_before = usage_now(cluster);
  const Instant drain_began = os::boot_now();
  cluster.start_workers();
  wait_for_ends(*client, jobs);
  const double drain_seconds = seconds_since(drain_began);
  const Usage draining = usage_now(cluster) - drain_before;
  rss = std::max(rss, draining.broker_rss_peak);
  Usage many = submitting;
  many.broker += draining.broker;
  many.database += draining.database;
  const double cost_few = cost(few, steady.done), cost_many = cost(many, jobs);
  const double wall_few = steady.seconds * 1e6 / static_cast<double>(steady.done), wall_many = (submit_seconds + drain_seconds) * 1e6 / static_cast<double>(jobs);
  report.line(fmt::format("{} jobs worked off: {:.0f} jobs/s", jobs, static_cast<double>(jobs) / drain_seconds));
  report.line(fmt::format("cost per job, broker and MariaDB: {:.1f} us of CPU at 1,000, {:.1f} us at {}: {:.2f} times; from submit to end {:.1f} and {:.1f} us: {:.2f} times (wanted: at most 1.5)",
                          cost_few, cost_many, jobs, cost_many / cost_few, wall_few, wall_many, wall_many / wall_few));
  report.line(fmt::format("the broker's memory: {} at most (wanted: below 1 GiB)", bytes_for_people(rss)));
  report.set("backlog", {{"jobs", jobs}, {"accepted_per_second", accepted.rate()}, {"worked_off_per_second", static_cast<double>(jobs) / drain_seconds},
                         {"cpu_us_per_job", cost_many}, {"cpu_us_per_job_at_1000", cost_few}, {"cpu_ratio", cost_many / cost_few},
                         {"wall_ratio", wall_many / wall_few}, {"broker_rss_peak_bytes", rss}});
}

void measure_payloads(const BenchOptions& options, Report& report) {
  BenchCluster cluster(options.cluster);
  cluster.start_broker();
  cluster.start_workers();
  const double disk = disk_rate(cluster.directory());
  report.line(fmt::format("the disk takes {:.0f} MB/s in one stream with one sync", disk));
  report.set("disk_mb_per_second", disk);
  for (const std::size_t bytes : {std::size_t{64} << 10, mib}) {
    Load load = options.load;
    load.payload_bytes = bytes;
    load.window = static_cast<std::uint32_t>((32 * mib) / bytes);
    load.jobs = payloads_bytes / bytes;
    const std::string name = fmt::format("payload and result of {}", bytes_for_people(bytes));
    const Measured m = measure_one(cluster, name, load, report);
    const double rate = m.rate() * static_cast<double>(bytes) / 1e6;
    report.line(fmt::format("{:<30} {:>8.0f} MB/s of payloads in and as many of results out", "", rate));
    report.set(fmt::format("mb_per_second_at_{}", bytes), rate);
  }
}

void measure_mixed(const BenchOptions& options, Report& report) {
  constexpr double pace = 1'000;
  constexpr std::uint32_t large_window = 8;
  BenchCluster cluster(options.cluster);
  cluster.start_broker();
  cluster.start_workers();
  Load small = options.load;
  small.per_second = pace;
  small.jobs = std::min(small.jobs, mixed_jobs_max);
  Load half = small;  // before and after, because a machine that others use is not the same for long
  half.jobs = small.jobs / 2;
  struct Phase {
    Measured small;
    Duration pause;  // the disk's longest
  };
  const auto alone = [&](const char* when) {
    SyncProbe probe(cluster.directory());
    const Measured m = measure_one(cluster, fmt::format("1,000 small jobs/s alone, {}", when), half, report);
    return Phase{m, probe.longest()};
  };
  const Phase before = alone("before");
  std::atomic<bool> stop = false;
  Load large = options.load;
  large.payload_bytes = mib;
  large.window = large_window;
  large.jobs = UINT64_MAX;
  large.stop = &stop;
  Result<Measured> stream = Error{"not run"};
  SyncProbe probe(cluster.directory());
  std::thread other([&] { stream = drive(cluster.door(), large); });
  Result<Measured> beside = drive(cluster.door(), small);
  const Duration pause_beside = probe.longest();
  stop = true;
  other.join();
  if (!beside) throw Stop{Exit::again, "small jobs beside large ones: " + beside.error()};
  if (!stream) throw Stop{Exit::again, "large jobs: " + stream.error()};
  report.add("the same beside 1 MiB jobs", small, *beside, std::nullopt);
  report.add("the stream of 1 MiB jobs", large, *stream, std::nullopt);
  const Phase after = alone("after");
  const double alone_p99 = std::max(1.0, static_cast<double>(before.small.end_p99 + after.small.end_p99) / 2);
  const double times = static_cast<double>(beside->end_p99) / alone_p99;
  report.line(fmt::format("p99 of the small jobs: {:.2f} times that alone (wanted: at most 2)", times));
  report.set("p99_ratio", times);
  report.line(fmt::format("the disk's longest sync meanwhile: {} before, {} beside, {} after; a p99 of that order is the disk's, and says nothing of Cadre",
                          to_string(before.pause), to_string(pause_beside), to_string(after.pause)));
  report.set("longest_sync_us", {{"before", before.pause.count()}, {"beside", pause_beside.count()}, {"after", after.pause.count()}});
}

}  // namespace cadre::ctl
