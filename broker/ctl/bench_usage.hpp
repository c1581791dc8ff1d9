// What a measurement cost: CPU of every process, commits and syncs of the database, memory of the broker. Only a cluster
// of one's own can be looked into.
#pragma once

#include <cstdint>

#include "broker/ctl/bench_cluster.hpp"

namespace cadre::ctl {

struct Usage {
  double broker = 0, workers = 0, database = 0, bench = 0;  // CPU seconds
  std::uint64_t commits = 0;                                // explicit transactions
  std::uint64_t syncs = 0;                                  // of files, by InnoDB
  std::uint64_t broker_rss_peak = 0;                        // bytes, of the process's whole life
};

Usage usage_now(BenchCluster& cluster);
Usage operator-(const Usage& after, const Usage& before);  // the peak is that of `after`

}  // namespace cadre::ctl
