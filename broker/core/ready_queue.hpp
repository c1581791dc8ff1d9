// Ready jobs, a lane for each engine: most urgent first, then oldest. A ready job is passed over by no younger job of
// its own priority (guarantees.md G17), whatever its queue.
#pragma once

#include <map>
#include <set>

#include "broker/core/job.hpp"

namespace cadre {

// Orders by urgency, then age.
struct Rank {
  int urgency = 0;  // minus the priority
  JobId id;
  auto operator<=>(const Rank&) const = default;
};

inline Rank rank_of(const Job& job) { return {-job.priority, job.id}; }

struct Lane {
  std::set<Rank> jobs;
  std::uint32_t until_fetch = 0;  // so many may leave before the next look for missing bodies
};

class ReadyQueue {
 public:
  void insert(const Job& job) {
    const bool fresh = lanes_[job.engine].jobs.insert(rank_of(job)).second;
    CADRE_ASSERT(fresh);
    ++size_;
  }
  void erase(const Job& job) {
    const auto lane = lanes_.find(job.engine);
    CADRE_ASSERT(lane != lanes_.end());
    const auto erased = lane->second.jobs.erase(rank_of(job));
    CADRE_ASSERT(erased == 1);
    --size_;
    if (lane->second.jobs.empty()) lanes_.erase(lane);
  }
  std::map<Name, Lane>& lanes() { return lanes_; }
  const std::map<Name, Lane>& lanes() const { return lanes_; }
  std::size_t size() const { return size_; }

  // How many jobs of the same engine stand before this one, counted up to `max`.
  std::size_t ahead_of(const Job& job, std::size_t max) const;

 private:
  std::map<Name, Lane> lanes_;
  std::size_t size_ = 0;
};

}  // namespace cadre
