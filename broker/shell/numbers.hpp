// The numbers of a broker, for who watches: gathered by the loop as plain values, written as a page by the pages'
// thread. No job is named in them, and there are so many of each kind at most (core/tally.hpp).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/broker.hpp"
#include "broker/shell/loop_counts.hpp"
#include "common/base/result.hpp"
#include "common/cleanup/removal_count.hpp"
#include "common/monitor/metrics_page.hpp"

namespace cadre {

struct QueueNumbers {
  std::string queue;
  std::uint64_t delayed = 0, ready = 0, leased = 0, submitted = 0;
  std::optional<Duration> oldest;  // how long the job that has waited longest has been ready; none waits: nothing
  Histogram wait{job_bounds};
};

struct EngineNumbers {
  std::string engine;
  EngineTally tally;
};

struct FinishedNumbers {
  std::string queue, engine;
  FinishedTally tally;
};

struct NodeNumbers {
  std::string node;
  bool up = false, cordoned = false;
  std::uint64_t slots = 0, held = 0;
  std::optional<WallTime> heard;
  std::vector<std::pair<std::string, bool>> engines;  // offered; in quarantine
};

// As the database tells.
struct CleanupNumbers {
  Instant at{};
  std::vector<std::pair<std::string, WallTime>>
      last_good;  // "records", "files/NODE": when the last turn began that came to its end
  std::uint64_t warnings = 0;
  std::uint64_t bytes = 0, reclaimable = 0;  // of the schema's tables
};

struct VolumeNumbers {
  std::uint64_t free = 0, total = 0;  // bytes
};

struct BrokerNumbers {
  bool lease_held = false;
  bool database_up = false;
  std::optional<Stats> stats;  // none before the lease
  std::vector<QueueNumbers> queues;
  std::vector<EngineNumbers> engines;
  std::vector<FinishedNumbers> finished;
  std::vector<NodeNumbers> nodes;
  LoopCounts counts;
  MessageCounts said{};
  std::uint64_t refused_keys = 0, protocol_errors = 0;
  std::optional<VolumeNumbers> volume;
  std::optional<CleanupNumbers> cleanup;
  std::optional<cleanup::RemovalCount::Sum> removed;  // where this process purges records
};

// The first Tally::shown_max queues, and one that stands for all others.
std::vector<QueueNumbers> queue_numbers(const Broker& core, Instant now);
void add_core(BrokerNumbers& numbers, const Broker& core, const Now& now);
// From the answer to `cleanup.status`.
Result<CleanupNumbers> cleanup_numbers(const std::string& json, Instant now);

void write_page(monitor::MetricsPage& page, const BrokerNumbers& numbers);

}  // namespace cadre
