#include "broker/core/job.hpp"

#include <algorithm>

#include "common/base/mix.hpp"

namespace cadre {

bool legal_move(JobState from, JobState to) {
  using enum JobState;
  switch (from) {
    case delayed: return to == ready || to == dead || to == cancelled;
    case ready: return to == leased || to == dead || to == cancelled;
    case leased: return to == ready || to == delayed || to == done || to == dead || to == cancelled;
    case done:
    case dead:
    case cancelled: return false;
  }
  return false;
}

Duration retry_delay(const Job& job, Duration backoff_max) {
  const int doublings = std::clamp<int>(job.tries - 1, 0, 20);
  const Duration whole = std::min(backoff_max, job.backoff * (std::int64_t{1} << doublings));
  return spread(whole, mix(job.id.value, job.attempt));
}

std::string retry_key(JobId old_job) { return "retry:" + to_string(old_job); }

}  // namespace cadre
