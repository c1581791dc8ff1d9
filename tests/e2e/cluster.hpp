// A real cluster for tests: a private MariaDB, the built daemons as separate processes with CURVE on, in a temporary
// directory. Everything ends with the object, and with the test process at the latest.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/client/client.hpp"
#include "common/net/keys.hpp"
#include "common/os/child.hpp"
#include "tests/support/private_mariadb.hpp"

namespace cadre::test {

// A process of the test's: os::Child, with what tests ask of its log.
class Daemon : public os::Child {
 public:
  Daemon(std::vector<std::string> command, std::filesystem::path log);
  // Waits until the log has `text`; false when the time is up.
  bool says(const std::string& text, Duration patience) const;
};

// A program that has ended: exit code and what it printed on stdout.
struct Ran {
  int code = -1;
  std::string out;
};

class Cluster {
 public:
  struct Options {
    std::string broker_yaml;               // more lines for the broker's file, such as "policy:\n  payload_max: 24MiB\n"
    std::vector<std::string> mariadb;      // more options of the server
    std::uint32_t slots = 2;               // of each worker
    std::string schema = "cadre";
    std::filesystem::path database_place = {};  // where the server's directory is made
    bool database_tcp = false;             // the broker reaches it at database_host, as one that is anywhere
    std::string database_host = "127.0.0.1";
    std::string database_authority = {};   // its certificate's, in PEM: beyond loopback there must be TLS
    std::string broker_host = "127.0.0.1"; // where the broker listens
    std::vector<std::string> workers = {"w1", "w2", "w3"};  // have keys and files from the start
    std::vector<std::string> clients = {};                  // have keys with the role "client"
    std::filesystem::path directory = {};                   // must not exist yet; empty: a temporary one
    std::map<std::string, std::uint16_t> pages = {};        // ports of the pages for who watches, by "broker" and workers; else none
  };
  explicit Cluster(Options options);
  Cluster() : Cluster(Options{}) {}
  ~Cluster();

  // `through`: a command that becomes the daemon, such as {"/usr/bin/env", "NAME=VALUE"}.
  void start_broker(const std::vector<std::string>& through = {});
  void start_worker(const std::string& name, const std::vector<std::string>& through = {});
  void write_worker_file(const std::string& name, const std::string& more = "");
  void admit(const std::string& name, const std::string& role, const std::string& public_key);
  void execute(const std::string& sql);         // as the administrator
  db::Rows query(const std::string& sql);

  Daemon& broker() { return *broker_; }
  Daemon& worker(const std::string& name) { return *workers_.at(name); }
  PrivateMariadb& mariadb() { return mariadb_; }
  Ran tool(const std::string& arguments);   // `cadre ARGUMENTS` as the administrator; stderr is in the output
  Client client(const std::string& key = "admin");
  Client::Settings client_settings(const std::string& key = "admin") const;
  void wait_for_nodes(std::size_t count);

  void keep() { keep_ = true; }             // the directory stays behind
  std::filesystem::path directory() const { return directory_; }
  std::filesystem::path desk() const { return directory_ / "desk"; }  // where engines write beside their work: a fence closes the rest
  std::filesystem::path config() const { return directory_ / "master.yaml"; }
  std::string address() const { return "tcp://" + options_.broker_host + ":" + std::to_string(port_); }
  std::uint16_t port() const { return port_; }
  net::KeyPair make_key(const std::string& name);

 private:
  static PrivateMariadb server(const Options& options);
  void write_broker_file();
  std::string database_lines() const;
  void make_schema();
  void make_accounts(db::Link& link);
  void make_directory();

  Options options_;
  bool keep_ = false;
  std::filesystem::path directory_;
  PrivateMariadb mariadb_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Daemon> broker_;
  std::map<std::string, std::unique_ptr<Daemon>> workers_;
};

// Runs a program to its end.
Ran run(const std::string& command);

std::string binary(const std::string& name);  // of the build
// Waits for a condition, by trying it; false when the time is up.
bool eventually(Duration patience, const std::function<bool()>& holds);

JobRequest job(std::string engine, std::string payload = "", std::string params = "{}");

}  // namespace cadre::test
