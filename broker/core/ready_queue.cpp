#include "broker/core/ready_queue.hpp"

namespace cadre {

std::size_t ReadyQueue::ahead_of(const Job& job, std::size_t max) const {
  const auto lane = lanes_.find(job.engine);
  if (lane == lanes_.end()) return 0;
  std::size_t count = 0;
  for (auto place = lane->second.jobs.begin(); place != lane->second.jobs.end() && count < max; ++place, ++count)
    if (!(*place < rank_of(job))) break;
  return count;
}

}  // namespace cadre
