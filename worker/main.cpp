// cadre-worker: builds every part and connects them. Read this first.
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "common/cleanup/purge_settings.hpp"
#include "common/config/node.hpp"
#include "common/log/log.hpp"
#include "common/monitor/monitor.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"
#include "common/os/service.hpp"
#include "worker/config.hpp"
#include "worker/engine/engine_test.hpp"
#include "worker/engine/host.hpp"
#include "worker/redeem.hpp"
#include "worker/shell/loop.hpp"

namespace {

using namespace cadre;

constexpr int exit_config = 78;

struct Arguments {
  std::filesystem::path config = "/etc/cadre/node.yaml";
  bool check = false;
  bool no_curve = false;
  std::string print_default;
  std::filesystem::path engine_test;
  engine::EngineTest test;
};

int refuse(const std::string& why) {
  fmt::print(stderr, "cadre-worker: {}\n", why);
  return exit_config;
}

// On an extension that hosts the database, and nowhere else: on the master the broker does it.
std::unique_ptr<cleanup::RecordsService> start_purge(const NodeConfig& config, std::shared_ptr<const cleanup::RemovalCount>& removed) {
  if (config.role != NodeRole::extension || config.purge.password_file.empty()) return nullptr;
  auto settings = cleanup::purge_settings(config);
  if (!settings) {
    log::warn("records_not_purged_here", {{"why", settings.error()}});
    return nullptr;
  }
  settings->holder = cleanup::holder_name(settings->node, "cadre-worker");
  settings->tells_room = true;
  removed = settings->removed;
  if (!config.purge.ballast_file.empty()) settings->ballast = cleanup::Ballast({config.purge.ballast_file, config.purge.ballast_size, config.policy.free_space_min});
  auto service = std::make_unique<cleanup::RecordsService>(*std::move(settings), nullptr);
  service->start();
  return service;
}

// One line for what holds, one for each thing that does not.
void tell_separation(const engine::SeparationTold& told) {
  if (!told.user.empty()) log::info("engines_apart", {{"user", told.user}});
  if (!told.user_off.empty())
    log::warn("engines_not_apart", {{"what", "engines run as the worker itself and could read its key"}, {"why", told.user_off},
                                    {"to_silence", "worker.engine_user: none"}});
  if (!told.scratch_off.empty())
    log::warn("attempts_not_apart", {{"what", "engines could read each other's work directories"}, {"why", told.scratch_off}});
}

// Before there is a loop that could.
void publish_start(monitor::Monitor& pages, const std::string& why) {
  const auto numbers = [](monitor::MetricsPage& page) { write_page(page, WorkerNumbers{}); };
  pages.publish({os::boot_now(), {{"admitted", why}}, numbers, 1min});
}

int serve(const Arguments& arguments, const NodeConfig& config) {
  ::umask(077);         // what it makes is nobody else's, but for what it gives to engines
  os::Signals signals;  // before the first thread, so that all inherit the mask
  log::open("worker", static_cast<log::Level>(config.log.level), config.log.format == LogFormat::json, config.log.file.string());
  os::seed_rand();
  prctl(PR_SET_DUMPABLE, 0);
  os::notify_service("READY=1\nSTATUS=waits for the broker");  // it may come later, and nothing waits for us meanwhile
  monitor::Monitor pages(config.monitor, config.monitor.worker_port, "monitor.worker_port");
  const auto waits = [&pages](const std::string& why) { publish_start(pages, why); };
  if (!arguments.no_curve && !redeem_ticket(config, signals, waits)) return 0;
  auto settings = worker_settings(config, arguments.no_curve);
  if (!settings) return refuse(settings.error());

  auto spool = Spool::open(settings->spool);
  if (!spool) return refuse(spool.error());
  auto options = engine::host_options_from_environment(settings->spool);
  options.engine_user = settings->engine_user;
  options.attempts_apart = settings->attempts_apart;
  engine::SeparationTold apart;
  auto host = engine::make_host(options, &apart);
  if (!host) return refuse(host.error());
  tell_separation(apart);
  zmq::context_t context(1);
  auto dealer = net::Dealer::open(context, settings->door);
  if (!dealer) return refuse(dealer.error());
  const SessionId session{std::uint64_t{spool->lives()} << 32 | (os::random_number() & 0xffffffff)};
  Membership::Who who{session, spool->instance(), config.name, "cadre " CADRE_VERSION};
  WorkerMonitor monitor{&pages, nullptr};
  const auto purge = start_purge(config, monitor.purged);
  engine::Catalog catalog(settings->engines, options.path);
  WorkerLoop loop(std::move(*settings), std::move(who), std::move(*spool), std::move(*dealer), std::move(*host), std::move(catalog), signals, std::move(monitor));
  return loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 70;
  Arguments arguments;
  CLI::App app{"The worker of a node: runs engines for the jobs that the broker gives it."};
  app.add_option("-c,--config", arguments.config, "the node's file")->capture_default_str();
  app.add_flag("--check-config", arguments.check, "read the file, say what is wrong with it, and end");
  app.add_option("--print-default-config", arguments.print_default, "print every key of a role with its default")->expected(0, 1)->default_str("extension");
  app.add_flag("--no-curve", arguments.no_curve, "no keys and no encryption: loopback and ipc only, for measuring");
  app.set_version_flag("--version", std::string("cadre " CADRE_VERSION));
  std::string time_limit;
  app.add_option("--engine-test", arguments.engine_test, "run the engine in this directory once, without a cluster");
  app.add_option("--input", arguments.test.input, "with --engine-test: the payload's file");
  app.add_option("--params", arguments.test.params, "with --engine-test: the parameters, a JSON object");
  app.add_option("--output", arguments.test.output, "with --engine-test: where the result's files go");
  app.add_flag("--json", arguments.test.json, "with --engine-test: what it came to, as JSON");
  app.add_option("--time-limit", time_limit, "with --engine-test: 30s, 5min");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  if (!time_limit.empty()) arguments.test.time_limit = yaml::parse_duration(time_limit).value_or(Duration{});
  if (!arguments.engine_test.empty()) return engine::engine_test(arguments.engine_test, arguments.test, std::cout, std::cerr);
  if (app.count("--print-default-config") > 0) {
    fmt::print("{}", cadre::default_config(arguments.print_default == "master" ? NodeRole::master : NodeRole::extension));
    return 0;
  }
  std::vector<yaml::Fault> faults;
  const NodeConfig config = load_node(arguments.config, faults);
  if (!faults.empty()) {
    fmt::print(stderr, "{}; nothing was started\n", fault_report(faults, arguments.config));
    return exit_config;
  }
  if (arguments.check) return 0;
  return serve(arguments, config);
}
