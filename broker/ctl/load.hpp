// Drives a running cluster as hard as it goes, or at a pace, and measures what comes back: the heart of `cadre bench`.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "common/client/client.hpp"

namespace cadre::ctl {

struct Load {
  std::string engine = "echo";
  std::uint64_t jobs = 100'000;
  std::uint32_t window = 1'000;        // jobs under way at most, of each submitter
  std::uint32_t submitters = 1;        // each with a connection of its own; one thread drives them all
  std::size_t payload_bytes = 256;
  std::string queue;                   // empty: the default
  bool until_ended = true;             // else a job is over when it is accepted
  double per_second = 0;               // so many, evenly; a job counts from when it was due. 0: as fast as it goes
  const std::atomic<bool>* stop = nullptr;  // no more new jobs when it is true
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

std::uint64_t percentile(std::vector<std::uint32_t>& values, double p);

}  // namespace cadre::ctl
