// What one transaction of a store costs, alone: the yardstick for latencies (`cadre bench`), and rows for benchmarks.
#pragma once

#include "broker/store/store.hpp"

namespace cadre {

// As the broker writes them: `count` jobs that were accepted and first assigned at once, with ids from `first`; and
// their outcomes, each with a result as large as the payload.
Batch accept_batch(JobId first, std::size_t count, std::size_t payload_bytes);
Batch outcome_batch(JobId first, std::size_t count, std::size_t payload_bytes);

struct StoreTimes {
  std::vector<std::uint32_t> accept, outcome;  // microseconds, each one transaction of one row
};

// Takes the seat of a store that has never had a job (else an error: it leaves jobs behind), writes `rounds` accepts
// and outcomes one by one, each measured by `clock`, and gives the seat up.
Result<StoreTimes> measure_store(Store& store, std::size_t rounds, std::size_t payload_bytes, const std::function<Instant()>& clock);

}  // namespace cadre
