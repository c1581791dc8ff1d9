// A client that submits without pause, over all outages, and remembers what was accepted.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "tests/e2e/cluster.hpp"

namespace cadre::test {

class LoadGenerator {
 public:
  struct Shape {
    int together = 5;                // jobs of one submit
    std::size_t large = 200'000;     // bytes of the first one's payload, and of the result that repeats it: such are written ahead
    std::string queue = "default";
    bool wait_for_ends = false;      // the next follow when the last have ended: as much as is worked off
  };
  LoadGenerator(const Client::Settings& settings, Shape shape) : shape_(std::move(shape)), thread_([this, settings] { run(settings); }) {}
  explicit LoadGenerator(const Client::Settings& settings) : LoadGenerator(settings, Shape{}) {}
  ~LoadGenerator();

  // Ends when every submit is answered (and, where it waits for them, every job has ended). What was accepted, by key.
  std::map<std::string, JobId> finish();
  std::string trouble() const { return troubled_ ? trouble_ : ""; }
  std::size_t accepted() const { return count_; }

 private:
  void run(const Client::Settings& settings);
  bool submit_some(Client& client, std::uint64_t& number);
  bool hear_of(Client& client, std::set<JobId> open);
  bool give_up(const std::string& why);

  const Shape shape_;
  std::atomic<bool> stop_ = false, troubled_ = false;
  std::atomic<std::size_t> count_ = 0;
  std::map<std::string, JobId> accepted_;
  std::string trouble_;
  std::thread thread_;
};

// The engine "witness" (witness.cpp), which writes into this file.
void add_witness(Cluster& cluster, const std::filesystem::path& file);

}  // namespace cadre::test
