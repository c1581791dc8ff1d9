// The one YAML file of a node, as plain values. The broker, the worker and the tool all read the same file; each takes
// what it needs. etc/master.yaml and etc/extension.yaml show every key: they are default_config(), byte for byte.
//
//   std::vector<yaml::Fault> faults;
//   const NodeConfig config = load_node("/etc/cadre/node.yaml", faults);
//   if (!faults.empty()) ...   // print them all; do not start
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "common/base/work_limits.hpp"
#include "common/cleanup/policy.hpp"
#include "common/config/yaml.hpp"
#include "common/protocol/limits.hpp"

namespace cadre {

enum class NodeRole { master, extension };  // read as aliases: server = master; client, slave = extension
enum class SeatTaken { wait, exit };        // what a second broker does while another one holds the seat
enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { text, json };

struct BrokerConfig {
  std::vector<std::string> listen{"tcp://127.0.0.1:7171"};  // master only; tcp://ADDRESS:PORT or ipc://PATH
  std::string address = "tcp://127.0.0.1:7171";             // where this node's worker and tools connect
  std::filesystem::path server_key_file = "/etc/cadre/keys/server.pub";
  std::filesystem::path secret_key_file = "/etc/cadre/keys/server.key";  // master only
  bool operator==(const BrokerConfig&) const = default;
};

enum class Accounts { apart, legacy };  // whether the broker's account must not be able to delete jobs

struct DatabaseConfig {                                      // master only
  std::filesystem::path socket = "/run/mysqld/mysqld.sock";  // empty where host is set
  std::string host;
  std::uint16_t port = 3306;
  std::string schema = "cadre";
  std::string user = "cadre_app";
  Accounts accounts = Accounts::apart;
  std::filesystem::path password_file;  // empty: no password (unix_socket authentication)
  std::filesystem::path tls_ca_file;    // empty: no TLS
  Duration check_every = 60s;           // whether the server's settings are still safe
  std::filesystem::path ballast_file;   // empty: none
  std::uint64_t ballast_size = 512u << 20;
  bool operator==(const DatabaseConfig&) const = default;
};

struct PolicyConfig {        // master only
  Duration lease_ttl = 60s;  // at least three beats
  Duration beat_interval = 1s;
  Duration seat_ttl = 5s;
  std::uint64_t payload_max = limits::payload_bytes_default;
  std::uint64_t waiting_max = 20'000'000;  // jobs waiting at most
  std::uint64_t body_memory = 256u << 20;  // payloads of waiting jobs kept in memory at most
  Duration backoff_max = 10min;
  SeatTaken seat_taken = SeatTaken::wait;
  bool strict_engines = false;             // refuse jobs for engines that no connected worker offers
  std::uint64_t free_space_min = std::uint64_t{2} << 30;  // of the database volume; submits are refused below
};

enum class DatabaseHost { detect, always, never };  // whether this machine takes itself for it

// How this machine purges records, where it hosts the database: the only part of clean-up that is a matter of the node.
struct PurgeConfig {
  DatabaseHost records = DatabaseHost::detect;
  std::filesystem::path socket;         // master: empty means as in `database`; extension: empty means that it does not purge
  std::string schema = "cadre";         // extension only
  std::string user = "cadre_purge";
  std::filesystem::path password_file;  // empty: none was found, and nothing is purged from here
  std::filesystem::path ballast_file;   // extension only; on the master it is database.ballast_file
  std::uint64_t ballast_size = std::uint64_t{512} << 20;
};

struct WorkerConfig {
  std::uint32_t slots = 0;         // 0: as many as cores
  std::uint32_t credit_max = 512;  // attempts asked for beyond the free slots
  std::filesystem::path spool = "/var/lib/cadre/spool";
  std::uint64_t spool_max = std::uint64_t{4} << 30;
  std::uint64_t free_low = 256u << 20;   // of the spool's volume: with less, no new work is taken, and the spool is cleaned
  std::uint64_t free_high = 384u << 20;  // with more, work is taken again
  std::filesystem::path engines = "/etc/cadre/engines";  // a directory of engine directories
  std::string engine_user = "auto";  // as whom engines run: auto (cadre-engine, where that can be), none (the worker), a user
  bool attempts_apart = true;        // engines cannot open each other's work directories
  std::filesystem::path key_file = "/etc/cadre/keys/worker.key";
  std::filesystem::path ticket_file;  // extension only; redeemed at start and removed. Empty: none
  std::uint64_t output_max = 8u << 20;  // all result files of one attempt together
  bool operator==(const WorkerConfig&) const = default;
};

struct ToolConfig {
  std::filesystem::path key_file = "/etc/cadre/keys/admin.key";
};

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  std::filesystem::path file;  // empty: stderr
};

// Pages for who watches: /healthz, /readyz, /metrics (common/monitor). Whoever reaches them reads them.
struct MonitorConfig {
  std::string address = "127.0.0.1";    // loopback, unless:
  bool beyond_loopback = false;
  std::uint16_t broker_port = 9464;     // master only; 0: none
  std::uint16_t worker_port = 9465;     // 0: none
};

struct NodeConfig {
  NodeRole role = NodeRole::master;
  std::string name;  // for logs; the cluster knows a node by the name of its key. Never empty after loading
  BrokerConfig broker;
  DatabaseConfig database;
  PolicyConfig policy;
  WorkLimits limits;        // master only
  cleanup::Policy cleanup;  // master only
  PurgeConfig purge;
  WorkerConfig worker;
  ToolConfig tool;
  MonitorConfig monitor;
  LogConfig log;
};

// Relative paths in the file are relative to the file's own directory. What is faulty has its default value, and a
// fault in `faults` (added in order of line); with faults, the values are for showing only.
NodeConfig load_node(const std::filesystem::path& path, std::vector<yaml::Fault>& faults);
NodeConfig parse_node(std::string_view text, const std::filesystem::path& path, std::vector<yaml::Fault>& faults);

// For a program that does not go on with them: all faults, one a line, and last "2 faults in FILE".
std::string fault_report(const std::vector<yaml::Fault>& faults, const std::filesystem::path& path);

// A file with every key that this role may set, its default and what it means. Loads without faults.
std::string default_config(NodeRole role);

// A name for logs from a host name: "db_1.example.org" stays, "über host" becomes "ber-host", nothing becomes "node".
std::string name_from_host(std::string_view host);

}  // namespace cadre
