// A thread that asks for turns of clean-up without pause, breaks leases now and then, and leaves things in the spools: some that
// nobody owns, and some that lead out of them to files that must stay.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "common/client/client.hpp"
#include "tests/soak/history.hpp"
#include "tests/soak/plan.hpp"

namespace cadre::soak {

struct Spools {
  std::vector<std::filesystem::path> all;
  std::filesystem::path outside;                  // a directory of files that no clean-up may touch
};

class Steward {
 public:
  Steward(Client::Settings settings, Spools spools, const Diary& diary, std::uint64_t seed);
  ~Steward();

 private:
  void run();

  const Client::Settings settings_;
  const Spools spools_;
  const Diary& diary_;
  Dice dice_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

std::string duty_of(const std::filesystem::path& spool);           // "cleanup/files/w1"
// What goes by the rules: a directory of an attempt that nobody knows, and a file. The paths.
std::vector<std::filesystem::path> plant_orphans(const std::filesystem::path& spool, std::uint64_t number);
// Links to what lies outside, both kinds, a link to a whole directory among them.
void plant_links(const Spools& spools, const std::filesystem::path& spool, std::uint64_t number);
std::vector<std::filesystem::path> make_outside(const std::filesystem::path& directory);  // what must stay

}  // namespace cadre::soak
