// A database's server as its administrator has it on a machine of a network: an option file, a certificate, loopback
// alone, until somebody binds it elsewhere. What is done there is done by the commands that its administrator would
// give.
#pragma once

#include "tests/e2e/daily.hpp"
#include "tests/e2e/network.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/loose_mariadb.hpp"

namespace cadre::test {

class DatabaseMachine {
 public:
  DatabaseMachine(const Network& network, std::string machine)
      : network_(network),
        machine_(std::move(machine)),
        certificates_(network.address(machine_)),
        server_(fmt::format("bind-address = 127.0.0.1\nskip-name-resolve\nssl-cert = {}\nssl-key = {}\n",
                            certificates_.certificate(), certificates_.key())) {
    start();
  }
  void start() {
    network_.at(machine_, [this] { server_.start(); });
  }
  LooseMariadb& server() { return server_; }
  const LooseMariadb& server() const { return server_; }
  std::string address() const { return network_.address(machine_); }
  std::string authority() const { return certificates_.authority(); }

  // A line of the shell, on that machine.
  Ran there(const std::string& line) const {
    return network_.at(machine_, [&] { return run(line); });
  }
  // What `cadre db LINE` is there; of a master's file where the line needs one.
  std::string db_line(const std::string& line, const std::filesystem::path& config = {}) const {
    return fmt::format("{} --json --config {} db {} --admin-socket {}", binary("cadre"),
                       (config.empty() ? server_.directory() / "none.yaml" : config).string(), line, server_.socket());
  }
  // A statement as its administrator.
  Ran sql(const std::string& statement) const {
    return there(fmt::format("mariadb --no-defaults --socket={} -N -B -e \"{}\" 2>&1", server_.socket(), statement));
  }
  // The way in over the network, for an account with a password.
  db::Settings settings(const std::string& user) const {
    db::Settings settings;
    settings.host = address();
    settings.port = server_.port();
    settings.user = user;
    settings.tls_ca_file = authority();
    return settings;
  }

 private:
  const Network& network_;
  std::string machine_;
  Certificates certificates_;
  LooseMariadb server_;
};

}  // namespace cadre::test
