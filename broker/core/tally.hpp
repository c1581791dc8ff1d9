// What the broker has counted since it got its seat, for who watches: by queue and by engine, never by job. And who has
// waited longest in each queue. Nothing is decided by it.
//
// How many are open is counted along, at the one place where states change; broken_invariant() counts anew and
// compares.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "broker/core/job.hpp"
#include "common/base/histogram.hpp"

namespace cadre {

// The ready jobs of a queue in the order in which they became ready, through the jobs themselves: 16 bytes a job, and
// no search, however long the line is.
class WaitLine {
 public:
  void append(Job& job);
  void remove(Job& job);
  const Job* oldest() const { return first_; }

 private:
  Job* first_ = nullptr;
  Job* last_ = nullptr;
};

// How an attempt ended. by_cause is the first of the causes of failures.
inline constexpr std::size_t cause_count = 13;
enum class AttemptEnded : std::uint8_t { succeeded, not_started, cancelled, by_cause };
inline constexpr std::size_t attempt_ends = static_cast<std::size_t>(AttemptEnded::by_cause) + cause_count;
std::string_view word_of_attempt_end(std::size_t index);

struct QueueTally {
  std::uint64_t delayed = 0, ready = 0, leased = 0;  // open jobs, durable or about to be
  std::uint64_t submitted = 0;                       // accepted, durable
  Histogram wait{job_bounds};                        // from ready to given out
  WaitLine line;
};

struct EngineTally {
  std::array<std::uint64_t, attempt_ends> attempts{};
  Histogram run{job_bounds};  // as the worker measured it
};

struct FinishedTally {
  std::uint64_t done = 0, dead = 0, cancelled = 0;
};

class Tally {
 public:
  // Names are for clients to choose: who makes up a new one for each job must not make the pages grow without end. The
  // first so many have numbers of their own, in order of appearance; the others are counted together.
  static constexpr std::size_t shown_max = 200;  // queues; engines
  static constexpr std::size_t pairs_max = 500;  // of a queue and an engine

  // A job has come into memory, has changed its state, leaves memory.
  void appeared(const Job& job) { ++*place_of(job, job.state); }
  void moved(const Job& job, JobState from);
  void vanished(const Job& job) { vanished(job, job.state); }

  void lines_up(Job& job) { queues_[job.queue].line.append(job); }
  void leaves_line(Job& job) { queues_[job.queue].line.remove(job); }

  void accepted(const Job& job) { ++queues_[job.queue].submitted; }
  void given_out(const Job& job, Duration waited) { queues_[job.queue].wait.add(waited); }
  void attempt_ended(const Job& job, const AttemptEnd& end);
  void attempt_cancelled(const Job& job) {
    ++engines_[job.engine].attempts[static_cast<std::size_t>(AttemptEnded::cancelled)];
  }
  void finished(const Job& job, JobState as);

  const std::map<Name, QueueTally>& queues() const { return queues_; }
  const std::map<Name, EngineTally>& engines() const { return engines_; }
  const std::map<std::pair<Name, Name>, FinishedTally>& finished() const { return finished_; }  // by queue and engine
  const FinishedTally& finished_otherwise() const { return otherwise_; }                        // beyond pairs_max

 private:
  void vanished(const Job& job, JobState from);
  std::uint64_t* place_of(const Job& job, JobState state);  // null for a final state

  std::map<Name, QueueTally> queues_;
  std::map<Name, EngineTally> engines_;
  std::map<std::pair<Name, Name>, FinishedTally> finished_;
  FinishedTally otherwise_;
};

}  // namespace cadre
