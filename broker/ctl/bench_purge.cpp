// cadre bench --private --shape purge: old records go while jobs run as fast as they can.
#include <fmt/format.h>

#include <thread>

#include "broker/ctl/bench_shapes.hpp"
#include "broker/ctl/cleanup_run.hpp"
#include "common/database/leases.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration patience = 30min, look_every = 500ms;
constexpr Duration old_enough = std::chrono::hours(24 * 365);  // of service time: whatever the retention, they go

struct Turn {
  std::uint64_t jobs = 0;
  double seconds = 0;
};

Json ask(Client& client, const std::string& question, const Json& arguments = Json::object()) {
  const auto answer = client.ask(question, arguments.dump(), 30s);
  if (!answer) throw Stop{Exit::again, question + ": " + answer.error()};
  return Json::parse(*answer);
}

// Waits until a turn has removed what there is; by the tool's own question.
Turn purge_now(BenchCluster& cluster) {
  auto client = Client::connect(cluster.door());
  if (!client) throw Stop{Exit::unreachable, client.error()};
  const Instant began = os::boot_now();
  const auto asked = ask(*client, "cleanup.run", {{"duty", db::records_duty}})["asked"].get<std::int64_t>();
  while (os::boot_now() - began < patience) {
    if (const auto ended = ended_turn(ask(*client, "cleanup.status"), db::records_duty, asked)) {
      const Json& run = *ended;
      if (!run["ok"].get<bool>()) throw Stop{Exit::again, "the purge: " + run["error"].get<std::string>()};
      return {run["rows"].value("done", std::uint64_t{0}) + run["rows"].value("dead", std::uint64_t{0}),
              static_cast<double>(run["ended"].get<std::int64_t>() - run["began"].get<std::int64_t>()) / 1e6};
    }
    (void)client->poll(look_every);
  }
  throw Stop{Exit::again, fmt::format("the purge has not ended after {}", to_string(patience))};
}

}  // namespace

void measure_purge(const BenchOptions& options, Report& report) {
  BenchCluster cluster(options.cluster);
  fill_with_kept(cluster, options, report);
  {
    db::Link link = cluster.database();
    const auto done = link.execute("UPDATE cluster SET service_time = ?", {std::int64_t{old_enough.count()}});
    if (const auto* trouble = std::get_if<db::Trouble>(&done)) throw Stop{Exit::again, trouble->message};
  }
  cluster.start_broker();
  cluster.start_workers();
  Load load = options.load;
  const Measured before = measured(cluster, "alone, before", load);
  report.add("alone, before", load, before, std::nullopt);

  std::atomic<bool> stop = false;
  Load beside = load;
  beside.jobs = UINT64_MAX;
  beside.stop = &stop;
  Result<Measured> during = Error{"not run"};
  std::thread jobs([&] { during = drive(cluster.door(), beside); });
  Turn turn;
  try {
    turn = purge_now(cluster);
  } catch (...) {
    stop = true;
    jobs.join();
    throw;
  }
  stop = true;
  jobs.join();
  if (!during) throw Stop{Exit::again, "jobs beside the purge: " + during.error()};
  report.add("beside the purge", beside, *during, std::nullopt);
  const Measured after = measured(cluster, "alone, after", load);
  report.add("alone, after", load, after, std::nullopt);

  const double alone = (before.rate() + after.rate()) / 2, p99 = static_cast<double>(before.accept_p99 + after.accept_p99) / 2;
  const double rate_ratio = during->rate() / alone, p99_ratio = static_cast<double>(during->accept_p99) / std::max(1.0, p99);
  report.line(fmt::format("{} jobs purged in {:.0f} s (wanted: 1,000,000 in less than 600 s); meanwhile {:.0f} % of the rate alone (wanted: more than 80 %), "
                          "p99 of accept {:.2f} times that alone (wanted: less than 2)", turn.jobs, turn.seconds, 100 * rate_ratio, p99_ratio));
  report.set("purge", {{"jobs", turn.jobs}, {"seconds", turn.seconds}, {"rate_ratio", rate_ratio}, {"accept_p99_ratio", p99_ratio}});
}

}  // namespace cadre::ctl
