#include "broker/ctl/master_plan.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "broker/ctl/stop.hpp"
#include "common/base/loopback.hpp"
#include "common/config/endpoint.hpp"
#include "common/database/link.hpp"
#include "common/net/host_port.hpp"

namespace cadre::ctl {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const std::string& why) { throw Stop{Exit::usage, why + "; nothing was changed"}; }

fs::path own_socket(const MasterWishes& wishes) { return wishes.data / "mariadb/mariadb.sock"; }

net::HostPort address_of(const char* option, const std::string& text) {
  const std::string endpoint = "tcp://" + text;
  const auto checked = check_endpoint(endpoint, EndpointUse::connect, {});
  const auto parts = net::host_port(endpoint);
  if (!checked || !parts) refuse(fmt::format("{} {}: ADDRESS:PORT was wanted, such as 10.1.0.5:7171", option, text));
  return *parts;
}

struct Listening {
  std::vector<std::string> at;
  std::string near;  // where this machine's own worker and tools connect
};

Listening listening(const MasterWishes& wishes) {
  if (wishes.listen.empty()) return {{"tcp://127.0.0.1:7171"}, "tcp://127.0.0.1:7171"};
  const auto parts = net::host_port("tcp://" + wishes.listen);
  const auto checked = check_endpoint("tcp://" + wishes.listen, EndpointUse::listen, {});
  if (!parts || !checked)
    refuse(fmt::format("--listen {}: {}", wishes.listen,
                       checked ? "ADDRESS:PORT was wanted, such as 10.1.0.5:7171" : checked.error()));
  const std::string near = "tcp://127.0.0.1:" + parts->port, given = "tcp://" + wishes.listen;
  const bool everywhere = parts->host == "*" || parts->host == "0.0.0.0" || parts->host == "::";
  if (everywhere) return {{given}, near};
  if (is_loopback(parts->host).value_or(false)) return {{given}, given};
  return {{near, given}, near};
}

std::string database_lines(const MasterWishes& wishes) {
  std::string lines;
  if (!wishes.database.empty()) {
    const auto parts = address_of("--database", wishes.database);
    if (wishes.tls_ca.empty() && !db::is_loopback(parts.host))
      refuse(
          fmt::format("--database {}: passwords and jobs would go over the network in the clear; give --tls-ca FILE, "
                      "the authority that signed that server's certificate",
                      wishes.database));
    lines = fmt::format("  host: {}\n  port: {}\n", parts.host, parts.port);
  } else {
    lines = fmt::format("  socket: {}\n", (wishes.with_mariadb ? own_socket(wishes) : wishes.socket).string());
  }
  if (!wishes.schema.empty()) lines += fmt::format("  schema: {}\n", wishes.schema);
  if (!wishes.tls_ca.empty()) lines += fmt::format("  tls_ca_file: {}\n", wishes.tls_ca.string());
  return lines + "  password_file: keys/cadre_app.password\n";
}

std::string yaml(const MasterWishes& wishes, const std::string& name) {
  const auto listen = listening(wishes);
  std::string pages;
  if (wishes.monitor_port)
    pages = fmt::format("monitor:\n  broker_port: {}\n  worker_port: {}\n", *wishes.monitor_port,
                        *wishes.monitor_port == 0 ? 0 : *wishes.monitor_port + 1);
  return fmt::format(
      "# Made by `cadre node setup`. Every key with its default: cadre-broker --print-default-config\n"
      "role: master\n"
      "name: {}\n"
      "broker:\n"
      "  listen: [{}]\n"
      "  address: {}\n"
      "  server_key_file: keys/server.pub\n"
      "  secret_key_file: keys/server.key\n"
      "database:\n{}"
      "worker:\n"
      "  spool: {}\n"
      "  engines: engines\n"
      "  key_file: keys/worker.key\n"
      "{}"
      "tool:\n"
      "  key_file: keys/admin.key\n",
      name, fmt::join(listen.at, ", "), listen.near, database_lines(wishes), (wishes.data / "spool").string(), pages);
}

// What was said must be what the file says: it is not changed from here.
void refuse_another(const MasterWishes& wishes, const NodeConfig& there, const fs::path& file) {
  if (there.role != NodeRole::master)
    throw Stop{Exit::config,
               fmt::format("{} is an extension's: this machine belongs to a cluster already. Nothing was changed",
                           file.string())};
  const auto same = [&file](const std::string& key, const std::string& found, const std::string& wanted) {
    if (found == wanted) return;
    throw Stop{Exit::config, fmt::format("{} says {}: {}, and {} was wanted. What is there is not changed from here: "
                                         "edit the file, or leave the option out. Nothing was changed",
                                         file.string(), key, found.empty() ? "\"\"" : found, wanted)};
  };
  if (!wishes.name.empty()) same("name", there.name, wishes.name);
  if (!wishes.schema.empty()) same("database.schema", there.database.schema, wishes.schema);
  if (!wishes.listen.empty())
    same("broker.listen", fmt::format("[{}]", fmt::join(there.broker.listen, ", ")),
         fmt::format("[{}]", fmt::join(listening(wishes).at, ", ")));
  if (!wishes.tls_ca.empty()) same("database.tls_ca_file", there.database.tls_ca_file.string(), wishes.tls_ca.string());
  if (wishes.monitor_port)
    same("monitor.broker_port", std::to_string(there.monitor.broker_port), std::to_string(*wishes.monitor_port));
  const std::string place = there.database.host.empty()
                                ? there.database.socket.string()
                                : fmt::format("{}:{}", there.database.host, there.database.port);
  if (wishes.with_mariadb) same("database.socket", place, own_socket(wishes).string());
  if (!wishes.socket.empty()) same("database.socket", place, wishes.socket.string());
  if (!wishes.database.empty()) {
    const auto parts = address_of("--database", wishes.database);
    same("database.host and port", place, fmt::format("{}:{}", parts.host, parts.port));
  }
}

std::string own_name() {
  std::array<char, 256> host{};
  (void)::gethostname(host.data(), host.size() - 1);
  return name_from_host(host.data());
}

NodeConfig fresh(MasterPlan& plan, const MasterWishes& wishes) {
  const int kinds = int{wishes.with_mariadb} + int{!wishes.socket.empty()} + int{!wishes.database.empty()};
  if (kinds != 1)
    refuse(
        "where is the database to be? One of --with-mariadb (a MariaDB of Cadre's own), --socket FILE (one on this "
        "machine) and --database HOST:PORT (one elsewhere)");
  const std::string name = wishes.name.empty() ? own_name() : wishes.name;
  for (const auto* one : {&name, &wishes.schema})
    if (!one->empty() && !is_name(*one)) refuse(fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", *one));
  plan.text = yaml(wishes, name);
  std::vector<yaml::Fault> faults;
  NodeConfig config = parse_node(plan.text, plan.file, faults);
  if (!faults.empty()) refuse(fault_report(faults, plan.file));
  return config;
}

}  // namespace

MasterPlan plan_master(const MasterWishes& wishes) {
  MasterPlan plan;
  plan.file = wishes.directory / "node.yaml";
  std::error_code error;
  if (fs::exists(fs::symlink_status(plan.file, error))) {
    std::vector<yaml::Fault> faults;
    plan.config = load_node(plan.file, faults);
    if (!faults.empty()) throw Stop{Exit::config, fault_report(faults, plan.file) + "; nothing was changed"};
    refuse_another(wishes, plan.config, plan.file);
  } else {
    plan.config = fresh(plan, wishes);
  }
  plan.own_mariadb = plan.config.database.host.empty() && plan.config.database.socket == own_socket(wishes);
  bool reached = false;
  for (const auto& endpoint : plan.config.broker.listen)
    if (const auto parts = net::host_port(endpoint)) reached = reached || !is_loopback(parts->host).value_or(false);
  if (!reached)
    plan.notes.push_back(
        "the broker listens on this machine alone: for extensions name an address of this machine (--listen, or "
        "broker.listen in the file)");
  return plan;
}

}  // namespace cadre::ctl
