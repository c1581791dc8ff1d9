// What a broker answers its nodes about their turns of clean-up: questions_cleanup.cpp and the office, on the world's tables.
#pragma once

#include "broker/core/broker.hpp"
#include "common/cleanup/lease_watch.hpp"
#include "tests/sim/world.hpp"

namespace cadre::sim {

class Office {
 public:
  explicit Office(World& world) : world_(&world) {}
  // `say`: an answer to `node`; may come later, or never.
  void answer(Process& broker, const Broker& core, const std::string& node, const Ask& ask, std::function<void(Answer)> say);

 private:
  void take(Process& broker, const std::string& node, const Ask& ask, std::function<void(Answer)> say);
  void owned(const Broker& core, const std::string& node, const Ask& ask, const std::function<void(Answer)>& say);

  void seen(const Ask& ask, const std::function<void(Answer)>& say);

  World* world_;  // never null: an office belongs to one life of its broker, and is made anew
  cleanup::LeaseWatch watch_;
  std::uint64_t looks_ = 0;
  std::map<std::string, CleanupTables::TurnRun> runs_;  // by duty: the turn that was granted last
};

}  // namespace cadre::sim
