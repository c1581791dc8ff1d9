#include "broker/shell/store_thread.hpp"

namespace cadre {

namespace {
constexpr Duration store_retry = 200ms;
}  // namespace

StoreThread::StoreThread(std::unique_ptr<Store> store, const os::Bell& bell)
    : store_(std::move(store)), bell_(bell), thread_([this] { run(); }) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool StoreThread::post(Work work) {
  {
    const std::lock_guard guard(mutex_);
    if (waiting_.size() >= depth_max) return false;
    waiting_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

std::vector<StoreThread::Completion> StoreThread::finished() {
  const std::lock_guard guard(mutex_);
  return std::exchange(finished_, {});
}

std::size_t StoreThread::depth() const {
  const std::lock_guard guard(mutex_);
  return waiting_.size();
}

void StoreThread::breathe() { std::this_thread::sleep_for(store_retry); }

void StoreThread::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Completion completion = work(*store_);
    work = nullptr;  // what it carried is freed here, not on the loop
    lock.lock();
    finished_.push_back(std::move(completion));
    bell_.ring();
  }
}

}  // namespace cadre
