// How long what has ended is kept, and which jobs of a stretch of ids may go. Pure: the purge reads facts, asks here, and
// deletes what it is told.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"
#include "common/protocol/message.hpp"

namespace cadre::cleanup {

// Each counts in service time (guarantees.md R13) from the end of the job, so that no clock that is set can shorten it.
struct Keep {
  Duration done = std::chrono::hours(7 * 24);
  Duration cancelled = std::chrono::hours(7 * 24);
  Duration dead = std::chrono::hours(30 * 24);
  // The large bodies (SCHEMA.md: blobs) of jobs that are done, payload and result; absent: as long as the job itself.
  std::optional<Duration> results{};
};

// What a queue or an engine says otherwise; a word that is absent is the general one.
struct KeepOtherwise {
  std::optional<Duration> done, cancelled, dead, results{};
};

struct Retention {
  Keep keep;
  std::map<std::string, KeepOtherwise> queues, engines;
  Duration keys = std::chrono::hours(7 * 24);   // from the accept; never less than the job itself
  Duration runs = std::chrono::hours(30 * 24);  // what the turns of clean-up did

  static constexpr Duration keys_min = std::chrono::hours(7 * 24);  // guarantees.md G4; a configuration may not say less

  // The queue's word, else the engine's, else the general one.
  enum class By : std::uint8_t { queue, engine, all };
  struct Word {
    Duration keep{};
    By by = By::all;
  };
  Word word_for(JobState state, const std::string& queue, const std::string& engine) const;
  Duration of(JobState state, const std::string& queue, const std::string& engine) const { return word_for(state, queue, engine).keep; }
  Duration shortest() const;
  std::optional<Duration> results_of(const std::string& queue, const std::string& engine) const;
  std::optional<Duration> shortest_results() const;  // absent: nobody says anything of them
};

// One job as the purge reads it.
struct JobSeen {
  JobId id;
  ServiceTime accepted{};
  std::string queue, engine;
  std::optional<JobState> ended_as;  // absent: it is open
  ServiceTime ended{};
  bool kept = false;                 // a person said: for ever
  bool reached = false;              // a job that is open repeats it
  std::uint64_t bytes = 0;           // of payload and result
  std::vector<BlobId> blobs;         // its payload's and its result's, where they are not in its rows
};

// The sizes in outcome.files, "NAME SIZE" a line: to know them the results need not be read.
std::uint64_t result_bytes(const std::string& files);

enum class Fate : std::uint8_t { goes, open, kept, reached, young };
Fate fate_of(const JobSeen& job, const Retention& retention, ServiceTime now);
// Whether the job's large bodies go while the job itself stays. Those of a dead or cancelled job stay with it: who runs it
// again needs its payload.
bool sheds_bodies(const JobSeen& job, const Retention& retention, ServiceTime now);
std::string_view to_string(Fate fate);

// Ids from first to last, all of whose jobs go: no job that stays lies in between.
struct Run {
  JobId first, last;
  auto operator<=>(const Run&) const = default;
};

struct Plan {
  std::vector<Run> runs;
  std::vector<BlobId> blobs;
  std::map<JobState, std::uint64_t> jobs;  // that go, by how they ended
  std::uint64_t bytes = 0;
  std::map<Fate, std::uint64_t> stay;      // why, and how many
  JobId next_after;                        // go on behind this one; none: nothing was looked at
  bool over = false;                       // all later ones are too young to have ended long enough ago
  std::uint64_t count() const;
};

// `jobs` in ascending order of id. Takes at most `jobs_max` that go, and ends behind the one with which `bytes_max` is
// reached (deleting costs undo and redo: a purge must fit on a disk that is nearly full, guarantees.md R20).
Plan plan(const std::vector<JobSeen>& jobs, const Retention& retention, ServiceTime now, std::uint64_t jobs_max, std::uint64_t bytes_max);

}  // namespace cadre::cleanup
