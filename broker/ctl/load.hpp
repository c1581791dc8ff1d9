// Drives a running cluster as hard as it goes and measures what comes back: the heart of `cadre bench`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/client/client.hpp"

namespace cadre::ctl {

struct Load {
  std::string engine = "echo";
  std::uint64_t jobs = 100'000;
  std::uint32_t window = 1'000;        // jobs under way at most, over all submitters
  std::uint32_t submitters = 1;        // above 1: each synchronous, with a connection and thread of its own
  std::size_t payload_bytes = 256;
};

struct Measured {
  std::uint64_t done = 0, failed = 0;
  double seconds = 0;
  // Microseconds, over all jobs.
  std::uint64_t accept_p50 = 0, accept_p99 = 0, end_p50 = 0, end_p99 = 0;
  double rate() const { return seconds > 0 ? static_cast<double>(done) / seconds : 0; }
};

// From the first submit to the last end that was told. The error says what did not come.
Result<Measured> drive(const Client::Settings& settings, const Load& load);

}  // namespace cadre::ctl
