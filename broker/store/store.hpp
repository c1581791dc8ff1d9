// What the broker asks of its store. SCHEMA.md says how MariaDB keeps these promises; memory_store keeps them in
// memory, for the simulator and for measuring. One contract suite tests both (tests/contract/store).
//
// Calls block; an object is used by one thread at a time, each thread has its own. Nothing throws.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "broker/core/facts.hpp"
#include "broker/core/input.hpp"
#include "common/base/result.hpp"
#include "common/database/objections.hpp"
#include "common/database/volumes.hpp"

namespace cadre {

// The store cannot be reached or does not answer in time. Whether the call happened is not known: repeat it.
struct Away {
  std::string reason;
};

// The seat belongs to another: the call did nothing and never will.
struct FencedOut {
  std::string holder;
};

template <class T>
using Stored = std::variant<T, Away, FencedOut>;

struct Seat {
  Epoch epoch;
  std::string holder;
  std::uint64_t renewals = 0;  // grows at every grant and renewal: an observer times its change on its own clock
  bool expired = false;        // by the store's clock
};

struct Granted {
  Epoch epoch;
};

// --- what people ask ------------------------------------------------------------------------------------------------

struct AttemptFact {
  AttemptRow row;
  std::optional<AttemptEndRow> end;  // absent for the attempt that is running or that the outcome tells of
};

struct JobFacts {
  JobRow row;                        // body only where asked for
  std::vector<AttemptFact> attempts; // by number
  std::optional<OutcomeRow> outcome; // output only where asked for
  JobId retried_as;                  // the job that repeats it, or none
  std::uint64_t payload_bytes = 0;
  bool payload_gone = false;         // asked for, but clean-up has removed it (cleanup.keep_results)
  bool result_gone = false;          // the same of the output
};

enum class With : std::uint8_t { facts, body, output };

struct ListFilter {
  std::optional<JobState> state;     // done, dead or cancelled; open states are the broker's to tell
  std::string queue, engine, batch, client;  // empty: any
  static constexpr std::size_t ids_max = 500;
  std::vector<JobId> ids;            // only these (at most ids_max, and without a state); empty: all
  JobId before;                      // only ids below; 0: from the newest
  std::uint32_t limit = 50;
  bool not_retried = false;          // leave out jobs that were retried
  std::uint64_t window = 100'000;    // ids looked at, where no index serves
};

struct ListPage {
  std::vector<JobFacts> jobs;        // newest first; without attempts, body, stderr and output
  JobId looked_down_to;              // continue with `before` = this; 0: the end was reached
};

// A large payload or result, put down ahead of the job or the outcome that names it (JobRequest::blob, AttemptEnd::blob),
// so that no small fact waits behind it. The views must outlive the call.
struct Blob {
  BlobId id;
  std::string client, key;              // of a payload: whose submit, under which key
  AttemptId attempt;                    // of a result
  std::vector<std::string_view> parts;  // one behind the other
};

// How many bytes may be written next, at least 1; returns when they may.
using BlobPace = std::function<std::uint64_t()>;

class Store {
 public:
  virtual ~Store() = default;

  // A blob is cut into chunks of at most so many bytes: four of InnoDB's overflow pages, which are 16 KiB less 38 bytes
  // of page header, 8 of trailer and 8 of the chain's own.
  static constexpr std::uint64_t blob_chunk_bytes = 4 * (16384 - 54);

  // Why this store could lose what it accepted, or is not ours: one sentence each, with what mends it; empty: fine.
  // Settings can change while the broker runs, so it asks again now and then (guarantees.md G23).
  using Demands = db::Demands;
  virtual Stored<std::vector<std::string>> objections(const Demands& demands) = 0;

  // Where its files grow on this machine, if they do, and how many bytes could be stored without that.
  struct Growth {
    db::Volumes volumes;
    std::uint64_t reusable = 0;
  };
  virtual Stored<Growth> growth() = 0;

  // The cluster's id, made when the schema was.
  virtual Stored<std::string> cluster() = 0;

  // --- the seat (law 2) ---
  virtual Stored<Seat> look_at_seat() = 0;
  // Grants the next epoch where the seat is free, has expired by the store's clock, or is still at `stale_renewals`
  // (the caller has seen no renewal for 1.5 TTL on its own clock: guarantees.md R7). FencedOut names who has it.
  virtual Stored<Granted> take_seat(const std::string& holder, Duration ttl, std::optional<std::uint64_t> stale_renewals) = 0;
  virtual Stored<Done> renew_seat(Epoch epoch, Duration ttl) = 0;
  virtual Stored<Done> give_up_seat(Epoch epoch) = 0;
  // Advances the service clock by at most `elapsed`, the caller's own monotonic time since its last call, bounded by
  // the store's clock and two seconds (guarantees.md R13).
  virtual Stored<ServiceTime> tick_clock(Epoch epoch, Duration elapsed) = 0;

  // --- large payloads and results ---
  // Writes all of them, in a transaction of its own that needs no seat: nothing refers to them yet. Left out is a payload
  // whose submit key is known already, because such a submit is a repeat and makes no job. Answers which were written.
  virtual Stored<std::set<BlobId>> put_blobs(const std::vector<Blob>& blobs, const BlobPace& pace) = 0;

  // --- facts ---
  // One transaction, guarded by the epoch. Idempotent: the same batch again answers the same.
  virtual Stored<Committed> apply(Epoch epoch, const Batch& batch) = 0;
  // Open jobs with ids above `after`, ascending, at most `limit`; fewer only at the end.
  virtual Stored<std::vector<OpenJob>> load_open(JobId after, std::uint32_t limit) = 0;
  virtual Stored<std::vector<NodeRow>> load_nodes() = 0;
  virtual Stored<Restored> load_restored() = 0;
  virtual Stored<std::vector<KeyRow>> load_keys() = 0;  // the newest row of each key

  // --- history ---
  virtual Stored<std::vector<std::pair<JobId, BodyPtr>>> bodies(const std::vector<JobId>& jobs) = 0;
  virtual Stored<std::optional<JobFacts>> facts(JobId job, With with) = 0;
  // The job that was submitted under this key; `client` empty: by anybody (the newest).
  virtual Stored<JobId> find_key(const std::string& client, const std::string& key) = 0;
  virtual Stored<ListPage> list(const ListFilter& filter) = 0;
  // Where the jobs of a batch are, below `before` (0: anywhere), newest first, at most `limit` runs of ids. Jobs of
  // other batches may lie in between.
  virtual Stored<std::vector<std::pair<JobId, JobId>>> batch_runs(const std::string& batch, JobId before, std::uint32_t limit) = 0;
};

}  // namespace cadre
