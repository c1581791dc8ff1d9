// A live job: what the broker keeps in memory until the job has its outcome.
//
//  submit (later)       due            assign             report: ok
//  -------------> delayed ----> ready --------> leased ----------------> done
//                    ^            ^ ^              | |
//  submit (now) -----|------------' |   release    | |  report: failed, or the lease ran out
//                    |              `--------------' |
//                    |        tries left             |   none left
//                    `-------------------------------+---------------> dead
//  delayed, ready -- expired --> dead      delayed, ready, leased -- cancel --> cancelled
#pragma once

#include <cstdint>
#include <map>

#include "broker/core/names.hpp"
#include "common/protocol/message.hpp"

namespace cadre {

struct Job {
  JobId id;
  JobState state = JobState::ready;
  bool durable = false;         // its row is committed: only then is it dispatched on its own
  bool fetching = false;        // its body has been asked for
  std::int8_t priority = 0;
  std::uint16_t attempts_max = limits::attempts_default;
  std::uint16_t tries = 0;      // attempts that may have started an engine
  std::uint16_t deaths = 0;     // attempts that ended with their node
  std::uint32_t attempt = 0;    // highest number used: the epoch of the lease on this job
  Name engine, queue, client;
  Name node;                    // leased: who holds it. Otherwise: who to avoid, if `avoid`
  bool avoid = false;
  bool said_again = false;      // leased: the assignment was repeated, so it has been said at least once
  WallTime not_before{}, not_after{};
  Duration backoff{}, time_limit{}, stall_limit{};
  std::uint64_t memory_limit = 0;
  Instant due{};                // when it is ready: delayed by a back-off, until when; ready, since when
  Instant assigned_at{};        // leased: when the assignment was last said
  std::uint64_t assign_number = 0;
  std::uint32_t body_bytes = 0; // what the body weighs, in memory or not
  BodyPtr body;                 // may be left to the store while the job waits
  Job* older = nullptr;         // in a lane: its neighbours among those of its queue that wait (tally.hpp)
  Job* younger = nullptr;
};

// May a job move so?  Every change of state goes through Broker::move, which asks this table.
bool legal_move(JobState from, JobState to);

// Before attempt n+1: the job's back-off doubled for each try, bounded; half fixed, half by who it is.
Duration retry_delay(const Job& job, Duration backoff_max);

// The submit key of the job that repeats this one.
std::string retry_key(JobId old_job);

using JobTable = std::map<JobId, Job>;

}  // namespace cadre
