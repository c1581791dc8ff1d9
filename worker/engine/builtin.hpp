// Engines that need no process: for smoke tests, benchmarks and fault tests.
//
//   echo    the result is the payload, as the file "stdout"
//   sleep   {"seconds": 0.5}; ends after that time with an empty "stdout"
//   fail    {"exit": 3, "message": "...", "permanent": false} or {"signal": 11}: ends as a process that did so
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "worker/engine/engine.hpp"

namespace cadre::engine {

// Always in a catalog.
std::vector<DefinitionPtr> builtin_definitions();

class BuiltinEngines {
 public:
  explicit BuiltinEngines(std::vector<Event>& events) : events_(events) {}

  void start(const Clock& now, Order order);
  bool kill(const Clock& now, AttemptId attempt, Cause why);  // false: not one of mine
  void tick(const Clock& now);
  std::optional<Instant> next_deadline() const;

 private:
  struct Sleeper {
    Order order;
    WallTime started{};
  };

  void sleep(const Clock& now, Order order);
  void fail_as_told(const Clock& now, const Order& order);

  std::vector<Event>& events_;
  std::multimap<Instant, Sleeper> sleepers_;
  std::map<AttemptId, std::multimap<Instant, Sleeper>::iterator> places_;
};

}  // namespace cadre::engine
