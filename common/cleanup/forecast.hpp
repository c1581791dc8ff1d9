// How fast the database grows, when its disk is full at this rate, and how long what is done could be kept for ever. Pure:
// whoever asks hands in a sample of the jobs (sample.hpp) and what the tables take.
//
// The model. Jobs come as they came lately, and go as `Retention` says, a little later (`lag`: the purge's schedule). What is
// there now goes by its own age. So the bytes in use are a sum of straight lines that bend when a class of jobs reaches its
// age, with a step down for each job of the sample, and one for its large bodies where they go sooner; the disk is full where that line first crosses the room there is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/cleanup/retention.hpp"

namespace cadre::cleanup {

// A job, and how many it stands for.
struct SampledJob {
  double stands_for = 1;
  std::string queue, engine;
  std::optional<JobState> ended_as;  // absent: it is open
  Duration age{};                    // service time since it was accepted,
  Duration ended_ago{};              // and since it ended
  bool kept = false;                 // a person said: for ever
  std::uint64_t bytes = 0;           // of all its rows, as estimated from what is in them,
  std::uint64_t large = 0;           // and of its large payload and result, as they were when it ended
};

struct Growth {
  Duration window{};                  // `recent` is what was accepted within this
  std::vector<SampledJob> all;        // stands for all jobs that there are
  std::vector<SampledJob> recent;
  std::uint64_t job_bytes = 0;        // of the tables whose rows go with their job
  std::uint64_t key_bytes = 0, keys = 0;  // of the submit keys, and their number
  std::uint64_t other_bytes = 0;      // of tables that do not grow with the jobs
  std::optional<std::uint64_t> room;  // for all of it together; absent: the volume is not visible
};

struct Flow {
  double jobs = 0, bytes = 0;         // that come in a day
};

struct Forecast {
  Flow day;
  std::map<std::string, Flow> queues;
  double steady_bytes = 0;            // in use when as much goes as comes
  std::optional<Duration> full_in;    // absent: never, or the room is not known
  std::optional<Duration> keep_done;  // the longest with which it would never be full, in whole hours, at most keep_done_max; absent: none would do
};

inline constexpr Duration keep_done_max = std::chrono::hours(10 * 365 * 24);
inline constexpr Duration window_min = std::chrono::hours(1);  // less says nothing about a day

Forecast forecast(const Growth& growth, const Retention& retention, Duration lag);

}  // namespace cadre::cleanup
