// The workers that the broker knows: one for each admitted worker key, that is for each node.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "broker/core/job.hpp"

namespace cadre {

// An engine on a node, and what of ours is there. Free room is the difference, never a counter (guarantees.md R12).
struct EngineAtWorker {
  EngineOffer offer;
  bool offered = false;             // listed in the newest beat
  std::set<JobId> leased;
  std::uint32_t crashes = 0;        // in a row
  Instant quarantined_until{};
  std::string quarantine_reason;
};

struct Worker {
  Name node;
  SessionId session;
  Instant session_since{};          // its first hello here
  std::uint64_t instance = 0;       // stamped into its spool: two machines with one key differ here
  std::optional<PeerId> route;      // none: known from the store only, or its connection is gone
  Instant heard{};                  // last beat or hello; the lease of all it holds counts from here
  std::uint64_t beat_number = 0;    // newest beat seen: older ones are late and say nothing
  std::uint64_t assigns_sent = 0;   // assign numbers given out in this epoch: a session that comes back must see none twice
  std::uint32_t slots = 0;
  std::uint32_t credit = 0;
  bool draining = false;            // the worker's own wish
  bool cleaning = false;            // it has its turn of clean-up, and offers less
  bool cordoned = false;            // an administrator's
  bool removed = false;             // by an administrator, for good: not listed until it says hello
  bool beyond_limit = false;        // other nodes have the places that limits.nodes allows; as of the last turn
  std::string trouble;
  std::string address;
  std::string software;
  std::map<Name, EngineAtWorker> engines;

  std::size_t leased() const {
    std::size_t sum = 0;
    for (const auto& [name, engine] : engines) sum += engine.leased.size();
    return sum;
  }
};

// Why a worker does not take a job of an engine; `fits` where it does.
enum class Fit : std::uint8_t { fits, away, cordoned, draining, beyond_limit, trouble, not_offered, quarantined, full };

Fit fit(const Worker& worker, Name engine, Instant now);
// The same without regard to how full it is: could it ever?
bool suits(const Worker& worker, Name engine, Instant now);
std::string_view to_string(Fit fit);

using Workers = std::map<Name, Worker>;

// The freest worker that would take a job of this engine: least loaded in relation to its slots, then by name.
// `avoid` is chosen only where nobody else suits.
Worker* freest(Workers& workers, Name engine, std::optional<Name> avoid, Instant now);

}  // namespace cadre
