// What the broker wants done. The shell does it, in the order: commit, sends, lookups.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/core/facts.hpp"
#include "common/base/trace.hpp"
#include "common/protocol/coalesce.hpp"

namespace cadre {

// A client waits for a job, or has cancelled one, that is not open (any more): the answer is in the history.
struct Lookup {
  PeerId to;
  Identity who;
  JobId job;
  Watch watch = Watch::notice;
  bool cancel = false;
};

struct Effects {
  explicit Effects(Trace trace_to = {}) : trace(trace_to) {}

  std::vector<Send> sends;
  std::optional<Batch> commit;      // at most one is in flight
  std::vector<Lookup> lookups;
  std::vector<JobId> fetch;         // bodies wanted
  std::vector<KeyRow> keys_changed; // durable: the gate follows at once
  std::optional<std::string> exit;  // the broker cannot go on: why
  Trace trace;
};

}  // namespace cadre
