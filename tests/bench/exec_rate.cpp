// How many attempts a second the engine host starts and ends, beside what the machine can do at best:
//
//   cadre_exec_rate [JOBS] [SLOTS]
//
// exec runs /bin/true with everything that an attempt gets (directory, input, parameters, captured output, limits), and
// is compared with `xargs -P SLOTS -n1 /bin/true`; serve talks to a small echoing process; echo is built in.
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "worker/engine/builtin.hpp"
#include "worker/engine/host.hpp"

using namespace cadre;

namespace {

Duration read_clock(clockid_t id) {
  timespec time{};
  ::clock_gettime(id, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_nsec / 1000};
}

engine::Clock now() { return {Instant{read_clock(CLOCK_BOOTTIME)}, WallTime{read_clock(CLOCK_REALTIME)}}; }

struct Load {
  engine::DefinitionPtr engine;
  std::uint64_t jobs = 0;
  std::uint64_t slots = 2;
  std::string payload;
};

struct Measured {
  double rate = 0;     // attempts a second
  double own_cpu = 0;  // microseconds of this process per attempt: says more than the rate on a busy machine
};

double own_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// Keeps `slots` of them running; every one must succeed.
Measured measure(engine::Host& host, const Load& load) {
  const double cpu_before = own_cpu();
  static std::uint64_t sequence = 0;
  const auto body = std::make_shared<const Body>(Body{"{}", load.payload});
  std::uint64_t started = 0, ended = 0;
  const engine::Clock begin = now();
  std::vector<engine::Event> events;
  while (ended < load.jobs) {
    const engine::Clock clock = now();
    for (; started < load.jobs && started - ended < load.slots; ++started) {
      engine::Order order;
      order.job.attempt = {JobId::make(Epoch{1}, ++sequence), 1};
      order.job.body = body;
      order.engine = load.engine;
      order.output_max = 8u << 20;
      host.start(clock, std::move(order));
    }
    events.clear();
    host.turn(clock, events);
    for (const engine::Event& event : events) {
      const auto* end = std::get_if<engine::Ended>(&event);
      if (end == nullptr) continue;
      if (end->end.kind != EndKind::succeeded) {
        fmt::print(stderr, "an attempt failed: {} {}\n", describe(end->end.cause, end->end.code), end->end.message);
        std::exit(1);
      }
      ++ended;
    }
    if (!events.empty()) continue;
    const auto deadline = host.next_deadline();
    const auto left = deadline ? std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock.boot).count() : 1000;
    pollfd entry{host.fd(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
  }
  const auto jobs = static_cast<double>(load.jobs);
  return {jobs * 1e6 / static_cast<double>((now().boot - begin.boot).count()), (own_cpu() - cpu_before) / jobs};
}

void tell(const char* what, const Measured& measured, const std::string& note) {
  fmt::print("{:5} {:9.0f} attempts/s  {:6.1f} us of the worker each  ({})\n", what, measured.rate, measured.own_cpu,
             note);
}

double xargs_rate(std::uint64_t jobs, std::uint64_t slots) {
  const std::string command = fmt::format("seq {} | xargs -P{} -n1 /bin/true", jobs, slots);
  const engine::Clock begin = now();
  if (std::system(command.c_str()) != 0) std::exit(1);
  return static_cast<double>(jobs) * 1e6 / static_cast<double>((now().boot - begin.boot).count());
}

engine::DefinitionPtr program(const char* name, EngineMode mode, std::string path) {
  engine::Definition definition;
  definition.name = name;
  definition.mode = mode;
  definition.command = {std::move(path)};
  definition.directory = "/";
  definition.recycle_jobs = 0;
  return std::make_shared<const engine::Definition>(definition);
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint64_t jobs = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 4000;
  const std::uint64_t slots = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 2;
  std::string spool = (std::filesystem::temp_directory_path() / "cadre-bench.XXXXXX").string();
  if (::mkdtemp(spool.data()) == nullptr) return 1;
  const double best = xargs_rate(jobs, slots);  // before there is a host: nothing else may start children then
  {
    auto host = engine::make_host(engine::host_options_from_environment(spool));
    if (!host) {
      fmt::print(stderr, "{}\n", host.error());
      return 1;
    }
    const Measured exec = measure(**host, {program("true", EngineMode::exec, "/bin/true"), jobs, slots, "payload"});
    tell("exec", exec, fmt::format("{:.2f} of xargs -P{}: {:.0f}/s", exec.rate / best, slots, best));
    const auto serve = program("serve", EngineMode::serve, CADRE_ECHO_SERVE);
    tell("serve", measure(**host, {serve, 20 * jobs, slots, std::string(100, 'x')}), "100 bytes each way");
    tell("serve", measure(**host, {serve, jobs, slots, std::string(64 << 10, 'x')}), "64 KiB each way");
    const auto echo = engine::builtin_definitions()[0];
    tell("echo", measure(**host, {echo, 500 * jobs, 512, std::string(100, 'x')}), "100 bytes");
  }
  std::filesystem::remove_all(spool);
}
