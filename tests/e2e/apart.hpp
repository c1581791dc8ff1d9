// A cluster whose machines are apart: the master, a database, four workers and a client, each with a network and a host name
// of its own (network.hpp), real processes on real TCP, the database with TLS. The test itself sits at the client.
// They share one file system, so what is in spools and behind the database's socket is seen also where a link is cut.
#pragma once

#include <optional>

#include "tests/e2e/history.hpp"
#include "tests/e2e/load_generator.hpp"
#include "tests/e2e/network.hpp"
#include "tests/e2e/watcher.hpp"
#include "tests/support/certificates.hpp"

namespace cadre::test {

class Apart : public testing::Test {
 protected:
  void SetUp() override;

  // The server runs on the node `database`. Nothing is started yet.
  void build(const std::string& database, Cluster::Options options);
  void start_master() { network_->at("master", [this] { cluster().start_broker(); }); }
  void start_worker(const std::string& node) { network_->at(node, [&] { cluster().start_worker(node); }); }
  void start_all(const std::vector<std::string>& workers);
  // With so many files in its spool that nobody owns, and a first turn at once, in which it sees them: in the next one they
  // go. So nodes that are started one after the other ask at different times, each five seconds behind its last turn.
  void start_with_strays(const std::string& node, int planted);

  Cluster& cluster() { return *cluster_; }
  Network& network() { return *network_; }
  std::filesystem::path file(const std::string& name) { return cluster().desk() / name; }

  // The engines: "witness", and "gate", which waits until the gate is opened; both write into the file "witness".
  void add_engines();
  void open_gate();
  std::size_t lines(const std::string& kind, const std::string& attempt = "");  // "start" or "end"; of attempts with this number
  // What was accepted and what happened, when nothing is open any more; `once`: no job may have started twice.
  void expect_kept(LoadGenerator& load, bool once);
  static LoadGenerator::Shape steady(int together = 5) { return {.together = together, .large = 0, .queue = "kept", .wait_for_ends = true}; }

  void wish(const std::string& node);                 // a turn of its own, not waited for; "": the purge of records
  std::size_t orphans(const std::string& node) { return files_in(orphan(cluster(), node, as_a_stray)); }
  // Its second turn, met in its middle: how many files are left.
  std::size_t in_the_middle_of_its_sweep(const std::string& node);
  std::uint64_t epoch_of(const std::string& lease);
  std::uint64_t turns_of(const std::vector<std::string>& nodes);  // that came to their end
  std::string books();                                // all leases and turns, as the database has them now

 private:
  std::optional<Network> network_;
  std::optional<Certificates> certificates_;
  std::optional<Island::Visit> here_;
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace cadre::test
