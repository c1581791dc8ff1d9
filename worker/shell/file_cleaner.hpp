// Carries out what a node's turn of clean-up decides (common/cleanup/sweep_turn): questions go to the broker; looking and
// removing take long, so they run in a thread of their own. Everything else, the memory of what was seen included,
// belongs to the loop.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <optional>

#include "common/cleanup/removal_count.hpp"
#include "common/cleanup/sweep_turn.hpp"
#include "common/os/signals.hpp"

namespace cadre {

class FileCleaner {
 public:
  struct Doors {
    std::function<void(Message)> say;
    std::function<void(bool)> announce;          // cleaning begins, has ended
  };

  FileCleaner(std::filesystem::path spool, Doors doors) : spool_(std::move(spool)), doors_(std::move(doors)) {}
  ~FileCleaner();                                // the thread ends before its next batch, and is waited for
  FileCleaner(const FileCleaner&) = delete;
  FileCleaner& operator=(const FileCleaner&) = delete;

  int fd() const { return bell_.fd(); }          // readable: tick
  void tick(const cleanup::SweepPlace& place);
  void hear(const cleanup::SweepPlace& place, const Answer& answer);
  const cleanup::RemovalCount::Sum& swept() const { return swept_; }  // since the process began

 private:
  void step(const cleanup::SweepPlace& place, const cleanup::SweepInput& input);
  void look(const std::string& cluster);
  void remove(cleanup::SweepEffects::Remove order);
  void try_out(cleanup::SweepEffects::Remove order);
  cleanup::FilesDone carry_out(const cleanup::SweepEffects::Remove& order);
  bool may_remove_batch();                       // called by the thread: waits for the permit

  const std::filesystem::path spool_;
  const Doors doors_;
  cleanup::SweepTurn turn_;
  cleanup::RemovalCount::Sum swept_;
  os::Bell bell_;                                // the thread has something for the loop
  std::mutex mutex_;
  std::condition_variable wake_;
  bool batch_wanted_ = false;                    // the thread waits, and the loop has not seen it yet
  std::optional<bool> permit_;
  bool stop_ = false;
  std::future<cleanup::Looked> looking_;
  std::future<cleanup::FilesDone> removing_;
  std::future<cleanup::Tried> trying_;
};

}  // namespace cadre
