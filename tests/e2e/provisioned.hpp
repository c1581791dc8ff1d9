// A cluster as its commands make it, on machines that are apart: the master, an extension, a machine for the database,
// and one more, each with a network and a host name of its own (network.hpp). Nothing is made by hand but what a person
// would do by hand: the statements for a database that is somebody else's, and the ticket that is carried over. Daemons
// are `nobody`.
#pragma once

#include <nlohmann/json.hpp>

#include "tests/e2e/bare_machine.hpp"
#include "tests/e2e/database_machine.hpp"

namespace cadre::test {

class Provisioned : public testing::Test {
 protected:
  void SetUp() override;

  std::string door() const { return fmt::format("{}:{}", network_->address("master"), port_); }  // of the broker
  // What node setup is told for a database on that machine: "master" (a MariaDB of Cadre's own, behind a socket),
  // "extension" or "database". Its server runs then, bound to the machine's address by `cadre db bind`.
  std::string words_for(const std::string& place);
  nlohmann::json set_up(const std::string& words);  // `cadre node setup` on the master; what it told
  // On the database's machine, as its administrator who was given the file; it is removed, as he is told.
  void run_statements(const std::filesystem::path& sql);
  // The master, all of it; the statements for a server elsewhere are run there, by hand. The words of the next run that
  // has nothing to do.
  std::string make_master(const std::string& place);

  // The command that makes a machine a node, with a ticket from the master's broker, which must run.
  std::string line_to_join(const BareMachine& files, const std::string& node) const;
  // The extension is that node, and has an engine. "--later": its worker redeems the ticket. The command, for once
  // more.
  std::string make_extension(const std::string& node = "ext", const std::string& more = "");
  // An engine that only that machine has; its result is the host name of who did it.
  static void offer(const BareMachine& files, const std::string& machine);
  // With the database on the extension: that node gets the account that purges, at the server's socket.
  void let_extension_purge();

  // A part: "database", "master" (broker and worker) or "extension" (its worker).
  void start(const std::string& part);
  void stop_all();

  // What came of a job for that machine ("master" or "extension"): the host name of who did it, else why not.
  std::string job_on(const std::string& machine) const;
  testing::AssertionResult ready(const std::string& node);
  nlohmann::json ask(const std::string& command) const;  // of the tool on the master, with --json
  // What `cadre doctor` finds wrong there, by the names of its checks: "failed ..." or "warning ...", with the cure.
  using Ills = std::map<std::string, std::string>;
  Ills ills(const std::string& machine, const BareMachine& files) const;
  Ran at(const std::string& machine, const std::string& line) const {
    return network_->at(machine, [&] { return run(line); });
  }
  std::string logs() const;

  std::optional<Network> network_;
  std::optional<DatabaseMachine> database_;  // nothing: the master has its own
  std::optional<BareMachine> master_, extension_;
  std::optional<Daemon> own_database_, broker_, master_worker_, extension_worker_;

 private:
  std::uint16_t port_ = 0;
};

}  // namespace cadre::test
