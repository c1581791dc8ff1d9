// cadre-broker: builds every part and connects them. Read this first.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "broker/config.hpp"
#include "broker/shell/admitted.hpp"
#include "broker/shell/loop.hpp"
#include "broker/shell/self_test.hpp"
#include "broker/store/mariadb_store.hpp"
#include "broker/store/measure.hpp"
#include "broker/store/memory_store.hpp"
#include "common/cleanup/ballast.hpp"
#include "common/cleanup/purge_settings.hpp"
#include "common/config/node.hpp"
#include "common/monitor/monitor.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"

namespace {

using namespace cadre;

constexpr int exit_config = 78;
constexpr int look_again_ms = 500;  // for a database that is away

struct Arguments {
  std::filesystem::path config = "/etc/cadre/node.yaml";
  bool check = false;
  std::string print_default;
  bool memory = false;
  bool no_curve = false;
  std::size_t measure_store = 0;  // rounds
  std::size_t payload_bytes = 256;
};

int refuse(const std::string& why) {
  fmt::print(stderr, "cadre-broker: {}\n", why);
  return exit_config;
}

std::unique_ptr<Store> make_store(const Arguments& arguments, const db::Settings& settings, const std::shared_ptr<MemoryTables>& tables) {
  if (arguments.memory) return std::make_unique<MemoryStore>(tables, os::wall_now);
  return std::make_unique<MariadbStore>(settings);
}

std::optional<cleanup::Ballast> ballast_of(const NodeConfig& config) {
  if (config.database.ballast_file.empty()) return std::nullopt;
  return cleanup::Ballast({config.database.ballast_file, config.database.ballast_size, config.policy.free_space_min});
}

// Before there is a loop that could.
void publish_start(monitor::Monitor& monitor, const std::string& why) {
  const auto numbers = [](monitor::MetricsPage& page) { write_page(page, BrokerNumbers{}); };
  monitor.publish({os::boot_now(), {{"database", why}, {"lease", "it is asked for when the database answers"}}, numbers, 1min});
}

// Waits until the database answers, says why it does not, and refuses what is unsafe (guarantees.md G23).
// An empty id: it was told to stop.
Result<std::string> examine(MariadbStore& store, const Store::Demands& demands, monitor::Monitor& monitor, os::Signals& signals) {
  std::string told;
  os::Watchdog watchdog;
  publish_start(monitor, "it has not answered yet");
  while (true) {
    auto found = store.objections(demands);
    if (const auto* objections = std::get_if<std::vector<std::string>>(&found)) {
      if (objections->empty()) break;
      std::string all = "the database is not safe to work with:";
      for (const auto& one : *objections) all += "\n  - " + one;
      return Error{all};
    }
    const std::string why = std::get<Away>(found).reason;
    if (why != told) log::warn("database_away", {{"why", why}, {"do", "waits for it"}});
    told = why;
    publish_start(monitor, why);
    watchdog.alive(os::boot_now());
    pollfd stop{signals.fd(), POLLIN, 0};  // there is no loop yet that would hear of it
    if (::poll(&stop, 1, look_again_ms) > 0 && signals.told_to_stop()) return std::string();
  }
  auto cluster = store.cluster();
  if (const auto* id = std::get_if<std::string>(&cluster)) return *id;
  return Error{std::get<Away>(cluster).reason};
}

// For `cadre bench`: how long one accept and one outcome take in the database, alone. JSON on standard output.
int measure(const Arguments& arguments, const NodeConfig& config) {
  const auto settings = broker_settings(config);
  if (!settings) return refuse(settings.error());
  MariadbStore store(settings->database);
  auto times = measure_store(store, arguments.measure_store, arguments.payload_bytes, os::boot_now);
  if (!times) return refuse("--measure-store: " + times.error());
  const auto median = [](std::vector<std::uint32_t>& all) {
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    return *middle;
  };
  fmt::print("{{\"rounds\": {}, \"accept_p50_us\": {}, \"outcome_p50_us\": {}}}\n", arguments.measure_store, median(times->accept), median(times->outcome));
  return 0;
}

std::unique_ptr<cleanup::RecordsService> start_purge(cleanup::RecordsService::Settings settings, const NodeConfig& config,
                                                     const std::shared_ptr<const LoadSeen>& load, const std::shared_ptr<cleanup::RemovalCount>& removed) {
  settings.removed = removed;
  settings.ballast = ballast_of(config);
  settings.holder = cleanup::holder_name(settings.node, "cadre-broker");
  auto service = std::make_unique<cleanup::RecordsService>(std::move(settings), [load](const cleanup::Policy& policy) {
    return load->waiting > policy.slow_above_waiting || Duration{load->oldest_age} > policy.slow_above_age;
  });
  service->start();
  return service;
}

int serve(const Arguments& arguments, const NodeConfig& config) {
  os::Signals signals;  // before the first thread, so that all inherit the mask
  const auto settings = broker_settings(config);
  if (!settings) return refuse(settings.error());
  log::open("broker", static_cast<log::Level>(config.log.level), config.log.format == LogFormat::json, config.log.file.string());
  os::seed_rand();
  prctl(PR_SET_DUMPABLE, 0);  // no core file with keys in it

  monitor::Monitor monitor(config.monitor, config.monitor.broker_port, "monitor.broker_port");
  Policy policy = settings->policy;
  std::string cluster = "memory";
  std::map<std::string, net::Admitted> admitted;
  const auto tables = std::make_shared<MemoryTables>();
  const auto load = std::make_shared<LoadSeen>();
  const Store::Demands demands{policy.payload_max, config.database.accounts == Accounts::apart};
  Store::Growth growth;
  if (!arguments.memory || !arguments.no_curve) {  // the keys that are admitted are in the database in any case
    MariadbStore store(settings->database);
    const auto ballast = ballast_of(config);
    if (ballast) (void)ballast->relieve();  // the database may be away because its disk is full
    auto id = examine(store, demands, monitor, signals);
    if (!id) return refuse(id.error());
    if (id->empty()) {
      log::info("stopping");
      return 0;
    }
    auto grows = store.growth();
    if (auto* found = std::get_if<Store::Growth>(&grows)) growth = std::move(*found);
    if (ballast)
      if (const auto trouble = cleanup::ballast_trouble(ballast->settings(), growth.volumes)) return refuse(*trouble);
    if (!arguments.memory) cluster = *id;
    auto keys = store.load_keys();
    if (const auto* rows = std::get_if<std::vector<KeyRow>>(&keys)) admitted = admitted_keys(*rows);
  }

  zmq::context_t context(2);
  net::Gate gate(context);  // before the first bind (guarantees.md Z1)
  gate.admit(admitted);
  net::Router::Settings door;
  door.listen = config.broker.listen;
  door.payload_max = policy.payload_max;
  if (!arguments.no_curve) door.keys = settings->keys;
  auto router = net::Router::open(context, door);
  if (!router) return refuse(router.error());
  if (!arguments.no_curve)
    if (auto open_door = self_test(context, router->endpoints().front(), settings->keys.public_key)) return refuse(*open_door);
  for (const auto& endpoint : router->endpoints()) log::info("listening", {{"endpoint", endpoint}, {"curve", !arguments.no_curve}, {"keys", admitted.size()}});
  log::info("limits", {{"payload_max", policy.payload_max}, {"lease_ttl", to_string(policy.lease_ttl)}});

  LoopSettings loop_settings;
  loop_settings.holder = fmt::format("{} pid {} ({})", config.name, ::getpid(), router->endpoints().front());
  loop_settings.policy = policy;
  loop_settings.limits = config.limits;
  loop_settings.read_limits = [file = arguments.config]() -> Result<WorkLimits> {
    std::vector<yaml::Fault> faults;
    const NodeConfig again = load_node(file, faults);
    if (!faults.empty()) return Error{fault_report(faults, file)};
    return again.limits;
  };
  loop_settings.seat.ttl = config.policy.seat_ttl;
  loop_settings.seat.renew_every = config.policy.seat_ttl * 3 / 10;
  loop_settings.seat.look_every = config.policy.seat_ttl / 10;
  loop_settings.exit_if_taken = config.policy.seat_taken == SeatTaken::exit;
  loop_settings.open_door = arguments.no_curve;
  loop_settings.keys_in_store = !arguments.memory;
  loop_settings.growth = growth;
  loop_settings.cleanup = config.cleanup;
  loop_settings.cleanup.free_space_min = policy.free_space_min;
  loop_settings.look_at_settings_every = config.database.check_every;
  loop_settings.demands = demands;
  loop_settings.load = load;
  loop_settings.monitor = &monitor;
  std::unique_ptr<cleanup::RecordsService> purge;
  if (!arguments.memory) {
    auto purge_settings = cleanup::purge_settings(config);
    if (!purge_settings) log::info("records_not_purged_here", {{"why", purge_settings.error()}});
    if (!purge_settings && ballast_of(config)) return refuse("database.ballast_file is kept by who purges records, and that is not this machine: " + purge_settings.error());
    const auto removed = std::make_shared<cleanup::RemovalCount>();
    if (purge_settings) loop_settings.removed = removed;
    if (purge_settings) purge = start_purge(*std::move(purge_settings), config, load, removed);
  }
  auto office = arguments.memory ? nullptr : std::make_unique<cleanup::Office>(settings->database);
  Loop loop(std::move(loop_settings), std::move(*router), gate, make_store(arguments, settings->database, tables),
            make_store(arguments, settings->database, tables), make_store(arguments, settings->database, tables),
            std::move(office), cluster, signals);
  return loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 70;
  Arguments arguments;
  CLI::App app{"The broker of a Cadre cluster: takes jobs, keeps them in MariaDB, gives them to workers."};
  app.add_option("-c,--config", arguments.config, "the node's file")->capture_default_str();
  app.add_flag("--check-config", arguments.check, "read the file, say what is wrong with it, and end");
  app.add_option("--print-default-config", arguments.print_default, "print every key of a role with its default")->expected(0, 1)->default_str("master");
  app.add_flag("--memory", arguments.memory, "keep jobs in memory only: for measuring; nothing is durable (keys are read from the database all the same)");
  app.add_flag("--no-curve", arguments.no_curve, "no keys and no encryption: loopback and ipc only, for measuring");
  app.add_option("--measure-store", arguments.measure_store, "")->group("");  // hidden: cadre bench calls it
  app.add_option("--payload-bytes", arguments.payload_bytes, "")->group("");
  app.set_version_flag("--version", std::string("cadre " CADRE_VERSION));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  if (app.count("--print-default-config") > 0) {
    fmt::print("{}", cadre::default_config(arguments.print_default == "extension" ? NodeRole::extension : NodeRole::master));
    return 0;
  }
  std::vector<yaml::Fault> faults;
  const NodeConfig config = load_node(arguments.config, faults);
  if (!faults.empty()) {
    fmt::print(stderr, "{}; nothing was started\n", fault_report(faults, arguments.config));
    return exit_config;
  }
  if (config.role != NodeRole::master) return refuse(fmt::format("{}: this node is an extension; the broker runs on the master", arguments.config.string()));
  if (arguments.check) return 0;
  if (arguments.measure_store > 0) return measure(arguments, config);
  return serve(arguments, config);
}
