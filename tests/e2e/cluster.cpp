#include "tests/e2e/cluster.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "common/database/schema.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"

namespace cadre::test {

namespace {

constexpr auto glance = std::chrono::milliseconds(10);  // between two looks at a condition that has no descriptor

[[noreturn]] void give_up(const std::string& why) { throw std::runtime_error(why); }

}  // namespace

bool eventually(Duration patience, const std::function<bool()>& holds) {
  const Instant until = os::boot_now() + patience;
  while (!holds()) {
    if (os::boot_now() >= until) return holds();
    std::this_thread::sleep_for(glance);
  }
  return true;
}

std::string binary(const std::string& name) { return std::string(CADRE_BINARY_DIR) + "/bin/" + name; }

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) give_up("popen: " + command);
  char buffer[4096];
  for (std::size_t size = 0; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) ran.out.append(buffer, size);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

JobRequest job(std::string engine, std::string payload, std::string params) {
  JobRequest request;
  request.engine = std::move(engine);
  request.body = std::make_shared<Body>(Body{std::move(params), std::move(payload)});
  return request;
}

// --- a process ------------------------------------------------------------------------------------------------------

namespace {

os::Child started(std::vector<std::string> command, std::filesystem::path log) {
  auto child = os::Child::start({std::move(command), std::move(log), {}});
  if (!child) give_up(child.error());
  return std::move(*child);
}

}  // namespace

Daemon::Daemon(std::vector<std::string> command, std::filesystem::path log) : os::Child(started(std::move(command), std::move(log))) {}

bool Daemon::says(const std::string& text, Duration patience) const {
  return eventually(patience, [&] { return log().find(text) != std::string::npos; });
}

// --- a cluster ------------------------------------------------------------------------------------------------------

Cluster::Cluster(Options options) : options_(std::move(options)), mariadb_(server(options_)) {
  make_directory();
  for (const char* part : {"keys", "desk", "engines"}) std::filesystem::create_directory(directory_ / part);
  const auto port = os::free_port();
  if (!port) give_up(port.error());
  port_ = *port;
  make_key("server");
  make_schema();
  admit("admin", "admin", make_key("admin").public_key);
  // Before a broker reads the list: keys of later nodes are admitted through the broker.
  for (const auto& worker : options_.workers) {
    admit(worker, "worker", make_key(worker).public_key);
    write_worker_file(worker);
  }
  for (const auto& client : options_.clients) admit(client, "client", make_key(client).public_key);
  std::ofstream(directory_ / "keys/purge.password") << "only for deleting\n";
  std::filesystem::permissions(directory_ / "keys/purge.password", std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  write_broker_file();
}

PrivateMariadb Cluster::server(const Options& options) {
  if (!options.database_tcp) return PrivateMariadb(options.mariadb, options.database_place);
  auto settings = options.mariadb;
  settings.push_back("--bind-address=" + options.database_host);
  return PrivateMariadb::with_tcp(settings);
}

void Cluster::make_directory() {
  if (!options_.directory.empty()) {
    if (!std::filesystem::create_directories(options_.directory)) give_up(options_.directory.string() + " is there already");
    directory_ = std::filesystem::canonical(options_.directory);
    return;
  }
  char name[] = "/tmp/cadre-e2e-XXXXXX";
  if (mkdtemp(name) == nullptr) give_up("mkdtemp");
  directory_ = name;
}

Cluster::~Cluster() {
  workers_.clear();
  broker_.reset();
  if (keep_) return;
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

net::KeyPair Cluster::make_key(const std::string& name) {
  const auto keys = net::make_key_pair();
  if (auto made = net::write_key_pair(directory_ / "keys" / (name + ".key"), keys); !made) give_up(made.error());
  return keys;
}

void Cluster::execute(const std::string& sql) {
  auto link = db::Link::connect(mariadb_.settings({}, options_.schema));
  if (const auto* trouble = std::get_if<db::Trouble>(&link)) give_up(trouble->message);
  const auto done = std::get<db::Link>(link).execute(sql);
  if (const auto* trouble = std::get_if<db::Trouble>(&done)) give_up(trouble->message);
}

db::Rows Cluster::query(const std::string& sql) {
  auto link = db::Link::connect(mariadb_.settings({}, options_.schema));
  if (const auto* trouble = std::get_if<db::Trouble>(&link)) give_up(trouble->message);
  auto rows = std::get<db::Link>(link).query(sql);
  if (const auto* trouble = std::get_if<db::Trouble>(&rows)) give_up(trouble->message);
  return std::get<db::Rows>(rows);
}

void Cluster::make_schema() {
  auto link = db::Link::connect(mariadb_.settings());
  if (const auto* trouble = std::get_if<db::Trouble>(&link)) give_up(trouble->message);
  const auto run_one = [&](const std::string& sql) {
    const auto done = std::get<db::Link>(link).execute(sql);
    if (const auto* trouble = std::get_if<db::Trouble>(&done)) give_up(trouble->message);
  };
  run_one(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", db::quote_identifier(options_.schema)));
  run_one("USE " + db::quote_identifier(options_.schema));
  for (const auto& statement : db::schema_statements(db::schema_version)) run_one(statement);
  run_one("INSERT INTO cluster (only_row, id, schema_version, made) VALUES (1, 'test-cluster', 1, NOW(6))");
  make_accounts(std::get<db::Link>(link));
}

// For who comes by socket, by TCP on this machine, and from where the broker is: the server resolves no names.
void Cluster::make_accounts(db::Link& link) {
  const auto run_one = [&](const std::string& sql) {
    const auto done = link.execute(sql);
    if (const auto* trouble = std::get_if<db::Trouble>(&done)) give_up(trouble->message);
  };
  for (const std::string& host : std::set<std::string>{"localhost", "127.0.0.1", options_.broker_host}) {
    const std::string at = "@'" + host + "'";
    run_one("CREATE USER cadre_app" + at);
    run_one("CREATE USER cadre_purge" + at + " IDENTIFIED BY 'only for deleting'");
    for (const auto& grant : db::grants(options_.schema, "purge", "cadre_purge" + at)) run_one(grant);
    for (const auto& grant : db::grants(options_.schema, "app", "cadre_app" + at)) run_one(grant);
  }
}

void Cluster::admit(const std::string& name, const std::string& role, const std::string& public_key) {
  execute(fmt::format("INSERT INTO node_key (public_key, name, role, revoked, by_whom, wall) VALUES ('{}','{}',{},0,'test',0)", public_key, name, static_cast<int>(*parse_role(role))));
}

std::string Cluster::database_lines() const {
  if (!options_.database_tcp) return "socket: " + mariadb_.settings().socket;
  const std::string lines = fmt::format("host: {}\n  port: {}", options_.database_host, mariadb_.tcp_port());
  return options_.database_authority.empty() ? lines : lines + "\n  tls_ca_file: " + options_.database_authority;
}

void Cluster::write_broker_file() {
  std::ofstream(config()) << fmt::format(
      "role: master\n"
      "name: master\n"
      "broker:\n  listen: [{0}]\n  address: {0}\n  server_key_file: keys/server.pub\n  secret_key_file: keys/server.key\n"
      "database:\n  {1}\n  schema: {3}\n  check_every: 1s\n"
      "purge:\n  password_file: keys/purge.password\n"
      "tool:\n  key_file: keys/admin.key\n"
      "worker:\n  engines: engines\n"
      "monitor:\n  broker_port: {4}\n"
      "{2}",
      address(), database_lines(),
      options_.broker_yaml.empty() ? "policy:\n  seat_ttl: 1s\n  lease_ttl: 5s\n  beat_interval: 200ms\n  free_space_min: 16MiB\n" : options_.broker_yaml,
      options_.schema, options_.pages["broker"]);
}

void Cluster::start_broker(const std::vector<std::string>& through) {
  auto command = through;
  command.insert(command.end(), {binary("cadre-broker"), "--config", config().string()});
  broker_.reset();
  broker_ = std::make_unique<Daemon>(std::move(command), directory_ / "broker.log");
}

void Cluster::write_worker_file(const std::string& name, const std::string& more) {
  std::ofstream(directory_ / (name + ".yaml")) << fmt::format(
      "role: extension\nname: {0}\n"
      "broker:\n  address: {1}\n  server_key_file: keys/server.pub\n"
      "monitor:\n  worker_port: {4}\n"
      "worker:\n  slots: {2}\n  spool: {0}-spool\n  engines: engines\n  key_file: keys/{0}.key\n{3}",
      name, address(), options_.slots, more, options_.pages[name]);
}

void Cluster::start_worker(const std::string& name, const std::vector<std::string>& through) {
  auto command = through;
  command.insert(command.end(), {binary("cadre-worker"), "--config", (directory_ / (name + ".yaml")).string()});
  workers_.erase(name);
  workers_.emplace(name, std::make_unique<Daemon>(std::move(command), directory_ / (name + ".log")));
}

Ran Cluster::tool(const std::string& arguments) {
  return run(fmt::format("{} --config {} {} 2>&1", binary("cadre"), config().string(), arguments));
}

Client::Settings Cluster::client_settings(const std::string& key) const {
  Client::Settings settings;
  settings.address = address();
  settings.server_key_file = directory_ / "keys/server.pub";
  settings.key_file = directory_ / "keys" / (key + ".key");
  settings.patience = 20s;
  return settings;
}

Client Cluster::client(const std::string& key) {
  auto client = Client::connect(client_settings(key));
  if (!client) give_up(client.error() + "\n" + (broker_ ? broker_->log() : ""));
  return std::move(*client);
}

void Cluster::wait_for_nodes(std::size_t count) {
  Client asking = client();
  const bool there = eventually(20s, [&] {
    const auto answer = asking.ask("node.list", "{}", 5s);
    if (!answer) return false;
    std::size_t found = 0;
    for (const std::string_view state : {"\"state\":\"ready\"", "\"state\":\"beyond_limit\""})
      for (auto at = answer->find(state); at != std::string::npos; at = answer->find(state, at + 1)) ++found;
    return found >= count;
  });
  if (there) return;
  std::string logs = broker_ ? broker_->log() : "";
  for (const auto& [name, worker] : workers_) logs += "\n" + name + ":\n" + worker->log();
  give_up(fmt::format("{} nodes did not come up\n{}", count, logs));
}

}  // namespace cadre::test
