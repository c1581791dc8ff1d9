// A thread that owns a store and does what it is told, in order; what came of it is handed back to the loop. The broker
// has two: the writer (seat and batches) and the reader (history and bodies), each with a connection of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/store/store.hpp"
#include "common/os/signals.hpp"

namespace cadre {

class StoreThread {
 public:
  using Completion = std::function<void()>;            // runs on the loop
  using Work = std::function<Completion(Store&)>;      // runs on this thread; may take long

  // `bell` rings when a completion is ready.
  StoreThread(std::unique_ptr<Store> store, const os::Bell& bell);
  ~StoreThread();  // finishes what it is doing, forgets the rest

  // False where `depth_max` pieces of work are waiting already: refuse, do not wait.
  [[nodiscard]] bool post(Work work);
  std::vector<Completion> finished();
  std::size_t depth() const;

  // For work: a wait on this thread between two tries at a store that is away.
  static void breathe();

 private:
  static constexpr std::size_t depth_max = 4096;
  void run();

  std::unique_ptr<Store> store_;
  const os::Bell& bell_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> waiting_;
  std::vector<Completion> finished_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace cadre
