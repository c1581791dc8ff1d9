// A thread that owns a tool and does what it is told with it, in order; what came of it is handed back to the loop. The
// tool is a store (the writer, the reader, the blobs, each with a connection of its own) or the office of clean-up.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/time.hpp"
#include "common/os/signals.hpp"

namespace cadre {

template <class Tool>
class WorkThread {
 public:
  using Completion = std::function<void()>;        // runs on the loop
  using Work = std::function<Completion(Tool&)>;   // runs on this thread; may take long

  // `bell` rings when a completion is ready.
  WorkThread(std::unique_ptr<Tool> tool, const os::Bell& bell) : tool_(std::move(tool)), bell_(bell), thread_([this] { run(); }) {}
  // Finishes what it is doing, forgets the rest.
  ~WorkThread() {
    {
      const std::lock_guard guard(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  // False where `depth_max` pieces of work are waiting already: refuse, do not wait.
  [[nodiscard]] bool post(Work work) {
    {
      const std::lock_guard guard(mutex_);
      if (waiting_.size() >= depth_max) return false;
      waiting_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
  }
  std::vector<Completion> finished() {
    const std::lock_guard guard(mutex_);
    return std::exchange(finished_, {});
  }
  std::size_t depth() const {
    const std::lock_guard guard(mutex_);
    return waiting_.size();
  }

  // For work: a wait on this thread between two tries at a store that is away.
  static void breathe() { std::this_thread::sleep_for(retry_after); }

 private:
  static constexpr std::size_t depth_max = 4096;
  static constexpr Duration retry_after = 200ms;

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (stop_) return;
      Work work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      Completion completion = work(*tool_);
      work = nullptr;  // what it carried is freed here, not on the loop
      lock.lock();
      finished_.push_back(std::move(completion));
      bell_.ring();
    }
  }

  std::unique_ptr<Tool> tool_;
  const os::Bell& bell_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> waiting_;
  std::vector<Completion> finished_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace cadre
