// The numbers of a worker, for who watches: gathered by the loop as plain values, written as a page by the pages'
// thread. No job is named in them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/base/time.hpp"
#include "common/cleanup/removal_count.hpp"
#include "common/monitor/metrics_page.hpp"

namespace cadre {

struct WorkerNumbers {
  bool admitted = false;
  std::optional<WallTime> heard;  // when the broker was last heard
  std::uint64_t slots = 0, running = 0, waiting = 0, retained = 0;
  std::uint64_t engines_offered = 0, engines_broken = 0;
  std::map<std::string, std::uint64_t> started;      // attempts, by engine
  std::map<std::string, std::uint64_t> ended;        // by how
  std::uint64_t spool_free = 0, spool_size = 0;      // bytes of its volume
  cleanup::RemovalCount::Sum swept;                  // from the spool
  std::optional<cleanup::RemovalCount::Sum> purged;  // records, where this process purges them
};

void write_page(monitor::MetricsPage& page, const WorkerNumbers& numbers);

}  // namespace cadre
