// The contract between the worker and whatever runs engines for it. ENGINES.md says the same to engine authors.
//
// An engine host lives on the worker's main thread (PR_SET_PDEATHSIG follows the thread that spawned: libraries.md 5.2)
// and never blocks. It decides nothing: the worker core says what to start and what to kill, the host tells what
// happened. Each start() is answered by exactly one Ended event, also after kill().
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/protocol/message.hpp"
#include "worker/engine/version_hold.hpp"

namespace cadre::engine {

// What engine.yaml says, or what is built in.
struct Definition {
  std::string name;
  std::string version = "1";
  std::string description;
  EngineMode mode = EngineMode::exec;
  std::vector<std::string> command;      // argv; a program with a slash is relative to `directory`, else from PATH
  std::filesystem::path directory;       // where engine.yaml lies; empty for built-in engines
  std::string user;                      // whom it runs as; empty: as this node's engines do (worker.engine_user)
  bool network = true;                   // false: Unix sockets only
  std::uint32_t slots = 0;               // attempts at once; 0: as many as the worker has
  Duration time_limit = 1h;
  Duration stall_limit{};                // 0: none
  Duration stop_grace = 10s;             // between SIGTERM and SIGKILL
  std::uint64_t memory_limit = 0;        // bytes of the whole process tree; 0: none
  // serve
  Duration start_limit = 30s;            // from start to "ready"
  std::uint64_t recycle_jobs = 1000;
  std::uint64_t recycle_memory = 0;      // bytes; 0: never
  Duration recycle_idle = 5min;
  // An installed version: its directory stays as long as anybody has this definition.
  VersionHoldPtr hold;
};
using DefinitionPtr = std::shared_ptr<const Definition>;

// A job to run. The limits are final: the worker core has already chosen between the job's and the engine's.
struct Order {
  Assignment job;
  DefinitionPtr engine;
  Duration stop_grace{};
  std::uint64_t memory_limit = 0;   // 0: none
  std::uint64_t output_max = 0;     // bytes of all result files together
  WallTime deadline{};              // told to the engine; 0: none. The worker core enforces it
};

struct Ended {
  AttemptEnd end;
};

// The engine printed something or made progress: the stall limit starts anew.
struct Active {
  AttemptId attempt;
};

struct Progress {
  AttemptId attempt;
  double fraction = 0;              // 0 .. 1
  std::string message;
};

using Event = std::variant<Ended, Active, Progress>;

// One clock reading per turn, handed in by the loop.
struct Clock {
  Instant boot;
  WallTime wall;
};

class Host {
 public:
  virtual ~Host() = default;
  virtual void start(const Clock& now, Order order) = 0;
  // Stops the attempt: SIGTERM to its group, grace, then the whole tree is killed. Its Ended event carries `why`
  // (time_limit, stall, abandoned, lease_lost). Unknown attempts are ignored. `grace` zero kills at once.
  virtual void kill(const Clock& now, AttemptId attempt, Cause why, Duration grace) = 0;
  // What this node has now, offered or not. A process that stays for jobs of another definition ends, with its job
  // where it has one: nothing else will come to it, and it holds the directory of a version (version_hold.hpp).
  virtual void keep_only(const Clock& now, const std::vector<DefinitionPtr>& definitions) = 0;
  // Readable (poll) when turn() has something to do.
  virtual int fd() const = 0;
  // When turn() must be called even if nothing is readable.
  virtual std::optional<Instant> next_deadline() const = 0;
  virtual void turn(const Clock& now, std::vector<Event>& events) = 0;
};

}  // namespace cadre::engine
