// What happened in a soak, one event a line (JSONL), by one clock: CLOCK_MONOTONIC of the one machine. Clients, engines and
// the nemesis write their own lines; those of the database come out of its audit table at the end. A diary is opened
// O_APPEND: many processes may write into one file, a line each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/protocol/message.hpp"

namespace cadre::soak {

// Behind each: which fields it has, beside the time.
enum class What : std::uint8_t {
  // a client:       who (its name)
  invoke,            // name (submit key), digest (of the payload): it was sent, perhaps again
  accepted,          // name, digest, job
  refused,           // name, digest, note (why); `definite` as said
  unanswered,        // name: no answer within the client's patience
  told,              // job, state, number (attempt), digest (of the result, where it came along; else 0)
  told_unknown,      // job: the broker knows none
  cancel_told,       // job, state
  kept,              // job: "it is kept", the answer said
  // an engine:      who (its node), job, number
  start,
  end,               // digest (of its result); `whole`: its files were still there
  // a row of the audit: n, account, connection, job
  job_in,            // who (client), name (key), digest, number (attempts_max), note (first node), blob, epoch (of the seat then)
  job_out,           // service (time then)
  attempt_in,        // number, who (node)
  attempt_out,       // number
  end_in,            // number
  end_out,           // number
  outcome_in,        // state, number, digest, service (time of the end), blob
  outcome_out,
  key_out,           // who, name
  kept_in, kept_out,
  blob_out,          // blob
  lease,             // name, who (holder), old_epoch, epoch, held_before, held_after
  // what the database holds when all is over
  has_job,           // job
  has_key,           // who, name, job
  left_over,         // note: rows that belong to nothing
  torn,              // note: a fact whose blob is not whole
  // the nemesis
  fault_begin,       // who (target), note
  fault_end,         // who, note
  died,              // who: a daemon ended that nobody had asked to; note
  forced,            // name: a duty that was asked for, or a lease that was broken; note
  file_gone,         // name: a file outside of all spools is no more
  file_stays,        // name: a file that no node owns outlived the turns that were due
  unpurged,          // note: old records outlived the turns that were due
  stuck,             // note: what had not come to its end when the patience was over
};
inline constexpr std::size_t whats = static_cast<std::size_t>(What::stuck) + 1;
std::string_view to_string(What what);

struct Event {
  std::int64_t t = 0;            // CLOCK_MONOTONIC, ns; of the audit: when the row was written, which is before its commit
  What what = What::invoke;
  std::uint64_t n = 0;           // audit: in order of writing
  std::string who{}, name{}, note{}, account{};
  JobId job{};
  std::uint32_t number = 0;
  JobState state = JobState::ready;
  std::uint64_t digest = 0;      // digest_of; 0: none
  std::uint64_t connection = 0, epoch = 0, old_epoch = 0, blob = 0;
  std::int64_t service = 0;      // microseconds
  bool definite = true, whole = true;
  bool held_before = false, held_after = false;
  bool operator==(const Event&) const = default;
};

using History = std::vector<Event>;

std::int64_t monotonic_ns();
std::uint64_t digest_of(std::string_view bytes);  // 60 bits of SHA-256, which the audit can compute too

std::string to_line(const Event& event);          // without the line's end
Result<Event> from_line(std::string_view line);

class Diary {
 public:
  enum class Sync : std::uint8_t { no, each_line };
  explicit Diary(const std::filesystem::path& file, Sync sync = Sync::no);  // throws std::runtime_error
  ~Diary();
  Diary(const Diary&) = delete;
  Diary& operator=(const Diary&) = delete;
  void tell(Event event) const;  // stamps it with the present time where it has none

 private:
  int fd_ = -1;
  Sync sync_;
};

// Every *.jsonl in the directory. The error names file and line; a last line that a kill cut short is left out.
Result<History> read_history(const std::filesystem::path& directory);

}  // namespace cadre::soak
