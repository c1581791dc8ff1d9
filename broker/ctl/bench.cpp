// cadre bench: how much the configured cluster does. Every accept is durable and every result is kept; what is measured
// is what a program sees that submits and waits.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/load.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  Load load;
  std::string shape = "all";
};

struct Shape {
  std::string name;
  Load load;
};

// One submitter with a window, many synchronous ones, one synchronous one: what a batch, a web shop and a script see.
std::vector<Shape> shapes(const Options& options) {
  const auto with = [&](std::uint64_t jobs, std::uint32_t window, std::uint32_t submitters) {
    Load load = options.load;
    load.jobs = std::max<std::uint64_t>(submitters, jobs);
    load.window = window;
    load.submitters = submitters;
    return load;
  };
  const std::uint64_t jobs = options.load.jobs;
  const std::uint32_t window = options.load.window;
  return {{fmt::format("one submitter, window of {}", window), with(jobs, window, 1)},
          {"64 synchronous submitters", with(jobs / 5, 64, 64)},
          {"one synchronous submitter", with(std::max<std::uint64_t>(100, jobs / 100), 1, 1)}};
}

Json to_json(const std::string& name, const Load& load, const Measured& m) {
  return {{"shape", name},          {"engine", load.engine},      {"payload_bytes", load.payload_bytes},
          {"jobs", m.done},         {"failed", m.failed},         {"seconds", m.seconds},
          {"jobs_per_second", m.rate()}, {"accept_p50_us", m.accept_p50}, {"accept_p99_us", m.accept_p99},
          {"end_p50_us", m.end_p50}, {"end_p99_us", m.end_p99}};
}

Exit run_bench(Context& context, const Options& options) {
  Json all = Json::array();
  for (const auto& [name, load] : shapes(options)) {
    const auto measured = drive(context.door(), load);
    if (!measured) throw Stop{Exit::again, name + ": " + measured.error()};
    all.push_back(to_json(name, load, *measured));
    if (context.json()) continue;
    print(fmt::format("{:<32} {:>8.0f} jobs/s   accepted p50 {:>6} p99 {:>6} us   ended p50 {:>6} p99 {:>6} us{}\n", name, measured->rate(),
                      measured->accept_p50, measured->accept_p99, measured->end_p50, measured->end_p99,
                      measured->failed > 0 ? fmt::format("   {} failed", measured->failed) : ""));
  }
  if (context.json()) print_json(all);
  return Exit::ok;
}

}  // namespace

Command commands::bench() {
  return {"bench", "measure jobs per second and latencies of this cluster", "cadre bench --jobs 100000",
          [](CLI::App& app) -> Run {
            auto o = std::make_shared<Options>();
            app.add_option("--jobs", o->load.jobs, "jobs of the first measurement")->capture_default_str()->check(CLI::Range(100, 100'000'000));
            app.add_option("--window", o->load.window, "jobs under way at most")->capture_default_str()->check(CLI::Range(1, 3'000));
            app.add_option("--payload", o->load.payload_bytes, "bytes of each job")->capture_default_str();
            app.add_option("--engine", o->load.engine, "the engine that runs them")->capture_default_str();
            return [o](Context& context) { return run_bench(context, *o); };
          }};
}

}  // namespace cadre::ctl
