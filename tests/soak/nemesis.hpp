// Carries out a plan of faults on a cluster. It starts daemons, and these die with the thread that started them; so it is called
// from the main thread alone, a step at a time.
#pragma once

#include <optional>

#include "tests/e2e/cluster.hpp"
#include "tests/soak/history.hpp"
#include "tests/soak/plan.hpp"

namespace cadre::soak {

class Nemesis {
 public:
  Nemesis(test::Cluster& cluster, std::vector<std::string> workers, const Diary& diary, std::vector<Fault> faults);

  std::optional<Duration> next() const;   // when the next fault begins or ends; nothing: all are over
  void step(Duration now);                // begins and ends what is due
  void heal();                            // whatever is on is over
  // Of those that should be running: who has ended by itself is written down, and started again as a service manager would.
  void look();

 private:
  struct Act {
    Duration at{};
    std::size_t fault = 0;
    bool begins = false;
  };

  void begin(const Fault& fault);
  void end(const Fault& fault);
  void begin_rival();
  void signal(const std::string& target, int number);
  void kill(const std::string& target);
  void start(const std::string& target);
  test::Daemon& daemon(const std::string& target) { return target == "broker" ? cluster_.broker() : cluster_.worker(target); }
  void say(const Fault& fault, What what);

  test::Cluster& cluster_;
  const std::vector<std::string> workers_;
  const Diary& diary_;
  const std::vector<Fault> faults_;
  std::vector<Act> acts_;                 // in order
  std::size_t done_ = 0;
  std::map<std::string, Fault> on_;       // by target
  std::optional<test::Daemon> rival_;     // the other one who purges; stopped in its turn too, and wakes later
  std::optional<Duration> rival_wakes_;
  Duration now_{};
};

}  // namespace cadre::soak
