// A worker's turns of clean-up in the simulated world: the real machine (common/cleanup/sweep_turn) over a spool of the
// world's, with a thread's delays: looking and removing take a while, and what came of it is seen in a later tick.
#pragma once

#include <deque>

#include "common/cleanup/sweep_turn.hpp"
#include "tests/sim/spool.hpp"
#include "tests/sim/world.hpp"

namespace cadre::sim {

class Sweeper {
 public:
  Sweeper(World& world, Process& worker) : world_(world), worker_(worker) {}

  void started();                        // a new life: the engine host empties what it can of `attempts`
  void engine_started(AttemptId attempt);
  void engine_ended(AttemptId attempt);  // its directory goes, most often
  void tick(const cleanup::SweepPlace& place);
  void hear(const cleanup::SweepPlace& place, const Answer& answer);
  std::vector<Message> take_sends() { return std::exchange(sends_, {}); }
  std::optional<bool> take_announcement() { return std::exchange(announcement_, std::nullopt); }
  std::size_t orphans(const cleanup::Owned& owned) const;

 private:
  void step(const cleanup::SweepPlace& place, const cleanup::SweepInput& input);
  void weather();
  void later(std::function<void()> what);  // in this life of the worker
  void want_batch();
  void remove_batch();

  World& world_;
  Process& worker_;
  Spool spool_;
  std::optional<cleanup::SweepTurn> turn_;
  LeaseTable::Turn held_;                  // as the broker has told
  std::function<cleanup::Owned()> owned_;
  std::set<AttemptId> running_;
  std::map<std::uint64_t, std::vector<AttemptId>> asked_;  // questions about attempts, by id
  std::deque<cleanup::SweepInput> inbox_;  // from the thread
  std::vector<Message> sends_;
  std::optional<bool> announcement_;
  bool announced_ = false;
  bool only_looks_ = false;                // the look under way is a dry run's
  std::deque<cleanup::Entry> to_remove_;
  std::uint64_t removed_ = 0, strays_ = 0;
  Instant permit_asked_{};                 // when the broker was asked for the permit of this batch, by the world's clock
};

}  // namespace cadre::sim
