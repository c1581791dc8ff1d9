// Engines of mode exec: a process per attempt. ENGINES.md is the contract that its authors read.
//
//   start -> running -- leader ends --> burying -- tree gone, or burial_limit --> Ended, directory emptied or removed
//               |  kill(): SIGTERM, grace, SIGKILL          ^
//               `-------------------------------------------'
#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "worker/engine/attempt_directory.hpp"
#include "worker/engine/parts.hpp"
#include "worker/engine/stderr_log.hpp"

namespace cadre::engine {

class ExecEngine {
 public:
  explicit ExecEngine(Parts& parts) : parts_(parts), directories_(parts.scratch) {}

  void start(const Clock& now, Order order);
  bool kill(const Clock& now, AttemptId attempt, Cause why, Duration grace);  // false: not one of mine
  void on_event(const Clock& now, Source source, std::uint64_t serial);
  void tick(const Clock& now);
  std::optional<Instant> next_deadline() const;

 private:
  struct Attempt {
    Order order;
    WallTime started{};
    AttemptDirectory directory;
    Fd stderr_pipe;
    StderrLog log;
    TreeKeeper::Started process;
    std::optional<Exit> exit;  // the leader has ended
    Stop stop;
    Duration grace{};  // as asked for, for the message
    Instant next_check{};
    Instant bury_until{};
    Instant active_at{};  // last event of its kind
    Instant progress_at{};
    std::optional<ProgressLine> progress_waiting;
    std::uint64_t stdout_size = 0;
    std::uint64_t peak = 0;  // sampled
  };

  std::optional<StartFailure> launch(Attempt& attempt, std::uint64_t serial);
  void stop(const Clock& now, Attempt& attempt, Cause why, std::string message, Duration grace);
  void check(const Clock& now, Attempt& attempt);
  void check_stdout(const Clock& now, Attempt& attempt);
  void check_memory(const Clock& now, Attempt& attempt);
  bool read_stderr(const Clock& now, Attempt& attempt);
  void on_active(const Clock& now, Attempt& attempt);
  void send_progress(const Clock& now, Attempt& attempt);
  void on_leader_end(const Clock& now, std::uint64_t serial, Attempt& attempt);
  void bury(const Clock& now, std::uint64_t serial, Attempt& attempt);
  void finish(const Clock& now, std::uint64_t serial, Attempt& attempt);
  void judge(Attempt& attempt, AttemptEnd& end);
  void collect_output(Attempt& attempt, AttemptEnd& end);

  Parts& parts_;
  AttemptDirectories directories_;
  std::unordered_map<std::uint64_t, Attempt> attempts_;  // by serial
  std::map<AttemptId, std::uint64_t> serials_;
};

}  // namespace cadre::engine
