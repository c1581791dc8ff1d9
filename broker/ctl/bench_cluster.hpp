// A cluster for measuring: a MariaDB server, a broker and workers of its own, in a temporary directory, as a person would
// set them up (db init, keys, CURVE). Everything ends and goes away with the object. Trouble ends the command (Stop).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/ctl/context.hpp"
#include "broker/ctl/sweeper.hpp"
#include "common/database/private_server.hpp"
#include "common/os/child.hpp"

namespace cadre::ctl {

class BenchCluster {
 public:
  struct Settings {
    std::uint64_t pool_bytes = 512u << 20;  // of MariaDB's pages in memory
    std::uint64_t payload_max = 0;          // 0: the default
    std::uint32_t workers = 2;
    std::uint32_t slots = 2;                // of each worker
    bool curve = true;
    bool tcp = false;                       // loopback instead of a socket file
    std::filesystem::path engines;          // empty: only what is built in
    std::filesystem::path place;            // where the directory is made; empty: $TMPDIR or /tmp
  };
  // The server and an empty schema; no broker yet.
  explicit BenchCluster(Settings settings);

  enum class Keep { durable, in_memory };
  void start_broker(Keep keep = Keep::durable);
  Duration wait_until_ready();  // from the grant of the seat to ready, as the broker's log tells
  void start_workers();  // returns when all of them are ready
  void stop_workers();
  void stop_broker();    // SIGTERM
  void kill_broker();    // SIGKILL

  // Another process of ours that works on the configuration; what it printed. Its failure ends the command.
  std::string run(const std::string& program, std::vector<std::string> arguments);

  Client::Settings door() const;
  db::Link database(const std::string& schema = "cadre");  // as the administrator
  const os::Child* broker() const { return broker_ ? &*broker_ : nullptr; }
  const std::vector<os::Child>& workers() const { return workers_; }
  const db::PrivateServer& server() const { return server_; }
  const Settings& settings() const { return settings_; }
  std::filesystem::path config() const { return directory_ / "master.yaml"; }
  std::filesystem::path directory() const { return directory_; }

 private:
  void make_keys();
  void write_files();
  std::string logs() const;

  Settings settings_;
  db::PrivateServer server_;
  Sweeper sweeper_{server_.directory()};
  std::filesystem::path directory_;
  std::string address_;
  std::optional<os::Child> broker_;
  Keep keep_ = Keep::durable;
  int brokers_started_ = 0;  // each has a log of its own
  std::vector<os::Child> workers_;
};

}  // namespace cadre::ctl
