// How much waits and for how long, for those in other threads who yield to it (clean-up). The loop looks once a second.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>

#include "broker/core/broker.hpp"

namespace cadre {

struct LoadSeen {
  std::atomic<std::uint64_t> waiting = 0;    // jobs that are ready
  std::atomic<std::int64_t> oldest_age = 0;  // microseconds that the oldest of them has been known for
};

// A live job does not carry the time of its accept, but ids grow: a job is at least as old as the first look that saw its
// id, or a higher one.
class LoadWatch {
 public:
  explicit LoadWatch(std::shared_ptr<LoadSeen> seen) : seen_(std::move(seen)) {}

  void look(Instant now, const Broker& core) {
    if (now < next_look_) return;
    next_look_ = now + look_every;
    seen_->waiting = core.ready().size();
    if (!core.jobs().empty()) looks_.push_back({now, core.jobs().rbegin()->first});
    if (looks_.size() > looks_max) looks_.pop_front();
    JobId oldest{UINT64_MAX};
    for (const auto& [engine, lane] : core.ready().lanes()) oldest = std::min(oldest, lane.jobs.begin()->id);  // of the most urgent
    const auto first = std::find_if(looks_.begin(), looks_.end(), [&](const Look& look) { return look.newest >= oldest; });
    seen_->oldest_age = first == looks_.end() ? 0 : (now - first->at).count();
  }

 private:
  static constexpr Duration look_every = 1s;
  static constexpr std::size_t looks_max = 4'000;  // more than an hour: older is old enough
  struct Look {
    Instant at;
    JobId newest;
  };
  const std::shared_ptr<LoadSeen> seen_;
  std::deque<Look> looks_;
  Instant next_look_{};
};

}  // namespace cadre
