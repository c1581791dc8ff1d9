// The queue that one writes at home, in the same server: a table of jobs, INSERT, and workers that each do
// SELECT ... FOR UPDATE SKIP LOCKED, UPDATE and COMMIT for one job at a time.
#pragma once

#include "broker/ctl/bench_cluster.hpp"

namespace cadre::ctl {

struct Baseline {
  std::uint64_t jobs = 0;
  double seconds = 0;
  double rate() const { return seconds > 0 ? static_cast<double>(jobs) / seconds : 0; }
};

// One submitting connection, at most `window` jobs ahead of the workers; two working connections.
Baseline run_baseline(BenchCluster& cluster, std::uint64_t jobs, std::uint32_t window, std::size_t payload_bytes);

}  // namespace cadre::ctl
