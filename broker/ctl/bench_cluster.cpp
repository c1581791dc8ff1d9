#include "broker/ctl/bench_cluster.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "broker/ctl/programs.hpp"
#include "broker/ctl/values.hpp"
#include "common/net/keys.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

constexpr Duration start_patience = 60s;
constexpr Duration stop_patience = 60s;
constexpr Duration ready_patience = 10min;  // with millions of jobs
constexpr Duration look_every = 10ms;       // at a log, which has no descriptor that tells
constexpr Duration run_patience = 10min;

db::PrivateServer make_server(const BenchCluster::Settings& settings) {
  db::PrivateServer::Settings server;
  server.place = settings.place;
  server.options = {fmt::format("--innodb-buffer-pool-size={}", settings.pool_bytes),
                    fmt::format("--innodb-log-file-size={}", std::max<std::uint64_t>(settings.pool_bytes, 96u << 20)),
                    "--innodb-rollback-on-timeout=ON", "--character-set-server=utf8mb4", "--max-allowed-packet=64M"};
  try {
    return db::PrivateServer(std::move(server));
  } catch (const std::runtime_error& error) {
    throw Stop{Exit::unreachable, error.what()};
  }
}

template <class T>
T must(Result<T> result, Exit code = Exit::no_output) {
  if (!result) throw Stop{code, result.error()};
  return std::move(*result);
}

std::string worker_name(std::size_t number) { return fmt::format("w{}", number + 1); }

}  // namespace

BenchCluster::BenchCluster(Settings settings)
    : settings_(std::move(settings)), server_(make_server(settings_)), directory_(server_.directory() / "cluster") {
  fs::create_directory(directory_);
  fs::create_directory(directory_ / "keys");
  address_ = settings_.tcp ? fmt::format("tcp://127.0.0.1:{}", must(os::free_port(), Exit::again)) : fmt::format("ipc://{}/broker.sock", directory_.string());
  make_keys();
  write_files();
  std::vector<std::string> init{"--config", config().string(), "db", "init", "--admin-socket", server_.settings().socket,
                                "--admin-user", server_.administrator(), "--admit", (directory_ / "keys/admin.pub").string()};
  for (std::uint32_t i = 0; i < settings_.workers; ++i) {
    init.emplace_back("--admit-worker");
    init.push_back(fmt::format("{0}={1}/keys/{0}.pub", worker_name(i), directory_.string()));
  }
  (void)run(own_program(), std::move(init));
}

void BenchCluster::make_keys() {
  std::vector<std::string> names{"server", "admin"};
  for (std::uint32_t i = 0; i < settings_.workers; ++i) names.push_back(worker_name(i));
  for (const auto& name : names) (void)must(net::write_key_pair(directory_ / "keys" / (name + ".key"), net::make_key_pair()));
}

void BenchCluster::write_files() {
  const std::string door = fmt::format("address: {}\n  server_key_file: keys/server.pub\n", address_);
  const std::string engines = settings_.engines.empty() ? "engines" : fs::absolute(settings_.engines).string();
  const std::string payload_max = settings_.payload_max == 0 ? "" : fmt::format("  payload_max: {}\n", settings_.payload_max);
  std::ofstream(config()) << fmt::format(
      "role: master\nname: master\n"
      "broker:\n  listen: [{}]\n  {}  secret_key_file: keys/server.key\n"
      "database:\n  socket: {}\n  password_file: keys/app.password\n"
      "policy:\n  free_space_min: 64MiB\n{}"
      "monitor:\n  broker_port: 0\n"
      "tool:\n  key_file: keys/admin.key\n",
      address_, door, server_.settings().socket, payload_max);
  for (std::uint32_t i = 0; i < settings_.workers; ++i) {
    const std::string name = worker_name(i);
    std::ofstream(directory_ / (name + ".yaml")) << fmt::format(
        "role: extension\nname: {0}\nbroker:\n  {1}"
        "worker:\n  slots: {2}\n  spool: {0}-spool\n  engines: {3}\n  key_file: keys/{0}.key\n"
        "monitor:\n  worker_port: 0\n",
        name, door, settings_.slots, engines);
  }
}

std::string BenchCluster::run(const std::string& program, std::vector<std::string> arguments) {
  static int count = 0;
  const fs::path log = directory_ / fmt::format("run-{}.log", ++count);
  arguments.insert(arguments.begin(), program);
  auto child = must(os::Child::start({arguments, log, {}}), Exit::config);
  const int code = child.wait(run_patience);
  if (code == 0) return child.log();
  throw Stop{Exit::config, fmt::format("{} {}: exit code {}:\n{}", program, arguments.size() > 3 ? arguments[3] : "", code, child.log_tail())};
}

void BenchCluster::start_broker(Keep keep) {
  std::vector<std::string> command{program_beside("cadre-broker"), "--config", config().string()};
  if (keep == Keep::in_memory) command.emplace_back("--memory");
  if (!settings_.curve) command.emplace_back("--no-curve");
  broker_.reset();
  if (std::exchange(keep_, keep) != keep)  // another cluster in the workers' eyes: they would refuse to serve it
    for (std::uint32_t i = 0; i < settings_.workers; ++i) fs::remove_all(directory_ / (worker_name(i) + "-spool"));
  const fs::path log = directory_ / fmt::format("broker-{}.log", ++brokers_started_);
  broker_.emplace(must(os::Child::start({command, log, {}}), Exit::config));
}

Duration BenchCluster::wait_until_ready() {
  const auto time_of = [](const std::string& log, const std::string& event) -> std::optional<WallTime> {
    const auto at = log.find(" info broker " + event + " ");
    if (at == std::string::npos) return std::nullopt;
    const auto line = log.rfind('\n', at) + 1;  // npos + 1 is the beginning
    return parse_time(log.substr(line, at - line));
  };
  const Instant until = os::boot_now() + ready_patience;
  while (broker_ && broker_->running() && os::boot_now() < until) {
    const std::string log = broker_->log();
    const auto granted = time_of(log, "seat_granted"), ready = time_of(log, "ready");
    if (granted && ready) return *ready - *granted;
    (void)broker_->wait(look_every);  // until it ends, at most so long
  }
  throw Stop{Exit::unreachable, "the private broker does not become ready\n" + logs()};
}

void BenchCluster::start_workers() {
  workers_.clear();
  for (std::uint32_t i = 0; i < settings_.workers; ++i) {
    const std::string name = worker_name(i);
    std::vector<std::string> command{program_beside("cadre-worker"), "--config", (directory_ / (name + ".yaml")).string()};
    if (!settings_.curve) command.emplace_back("--no-curve");
    workers_.push_back(must(os::Child::start({command, directory_ / (name + ".log"), {}}), Exit::config));
  }
  auto settings = door();
  settings.patience = start_patience;
  auto client = Client::connect(settings);
  if (!client) throw Stop{Exit::unreachable, fmt::format("the private cluster does not come up: {}\n{}", client.error(), logs())};
  const Instant until = os::boot_now() + start_patience;
  for (std::size_t ready = 0; ready < settings_.workers;) {
    const auto answer = client->ask("node.list", "{}", 5s);
    ready = 0;
    if (answer)
      for (const Json& node : Json::parse(*answer, nullptr, false)) ready += node.value("state", "") == "ready" ? 1 : 0;
    const bool all_run = std::all_of(workers_.begin(), workers_.end(), [](os::Child& worker) { return worker.running(); });
    if (!all_run || os::boot_now() > until)
      throw Stop{Exit::unreachable, fmt::format("{} of {} workers of the private cluster came up\n{}", ready, settings_.workers, logs())};
    (void)client->poll(10ms);
  }
}

void BenchCluster::stop_workers() {
  for (auto& worker : workers_) worker.signal(SIGTERM);
  for (auto& worker : workers_) (void)worker.stop(stop_patience);
  workers_.clear();
}

void BenchCluster::stop_broker() {
  if (broker_) (void)broker_->stop(stop_patience);
  broker_.reset();
}

void BenchCluster::kill_broker() { broker_.reset(); }

Client::Settings BenchCluster::door() const {
  Client::Settings door;
  door.address = address_;
  door.no_curve = !settings_.curve;
  door.server_key_file = directory_ / "keys/server.pub";
  door.key_file = directory_ / "keys/admin.key";
  door.patience = start_patience;
  return door;
}

db::Link BenchCluster::database(const std::string& schema) {
  auto settings = server_.settings({}, schema);
  settings.statement_timeout = Duration{};
  settings.io_timeout = 2h;
  auto link = db::Link::connect(settings);
  if (const auto* trouble = std::get_if<db::Trouble>(&link)) throw Stop{Exit::unreachable, trouble->message};
  return std::move(std::get<db::Link>(link));
}

std::string BenchCluster::logs() const {
  std::string text = broker_ ? "broker:\n" + broker_->log_tail() : "no broker\n";
  for (const auto& worker : workers_) text += worker.log_file().filename().string() + ":\n" + worker.log_tail(1500);
  return text;
}

}  // namespace cadre::ctl
