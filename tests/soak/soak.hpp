// The soak itself: brings the cluster up, sets load, steward and nemesis upon it, heals it, waits until it has drained, tries
// its clean-up once more in peace, stops it, and leaves a history. To be used from the main thread.
#pragma once

#include <memory>

#include "tests/soak/audit.hpp"
#include "tests/soak/checker.hpp"
#include "tests/soak/load.hpp"
#include "tests/soak/nemesis.hpp"
#include "tests/soak/steward.hpp"

namespace cadre::soak {

struct SoakSettings {
  std::uint64_t seed = 1;
  Duration length = 2min;               // all in all
  std::uint32_t nodes = 3, clients = 3;
  std::filesystem::path directory{};    // kept where it is given
};

Rules rules();                          // what the clusters of a soak promise

class Soak {
 public:
  // `interrupts`: readable when we are to stop.
  Soak(SoakSettings settings, int interrupts);

  bool run();                           // false: interrupted
  std::filesystem::path history() const { return history_; }
  std::filesystem::path directory() const { return cluster_.directory(); }
  void keep() { cluster_.keep(); }

 private:
  bool storm();
  bool drain();
  bool clean_in_peace();
  void stop_daemons();
  void look_outside();
  bool interrupted(Duration patience);  // waits so long
  bool wait_for(Duration patience, const std::function<bool()>& holds, const std::string& otherwise);
  std::vector<std::string> workers() const;
  std::filesystem::path spool(const std::string& worker) const { return cluster_.directory() / (worker + "-spool"); }

  const SoakSettings settings_;
  const int interrupts_;
  test::Cluster cluster_;
  const std::filesystem::path history_;
  std::unique_ptr<Diary> diary_;
  std::vector<std::filesystem::path> outside_;
  Spools spools_;
};

}  // namespace cadre::soak
