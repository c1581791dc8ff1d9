// The worker's loop: poll, decode, step, do. One thread: it owns the core, the DEALER and the engines (whose processes
// die with the thread that started them).
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "common/log/log.hpp"
#include "common/monitor/monitor.hpp"
#include "common/net/dealer.hpp"
#include "common/os/service.hpp"
#include "common/os/signals.hpp"
#include "common/protocol/coalesce.hpp"
#include "worker/config.hpp"
#include "worker/core/worker.hpp"
#include "worker/engine/catalog.hpp"
#include "worker/engine/engine.hpp"
#include "worker/shell/file_cleaner.hpp"
#include "worker/shell/numbers.hpp"
#include "worker/shell/spool.hpp"

namespace cadre {

// For who watches; either may be null.
struct WorkerMonitor {
  monitor::Monitor* pages = nullptr;                    // outlives the loop
  std::shared_ptr<const cleanup::RemovalCount> purged;  // where this process purges records
};

class WorkerLoop {
 public:
  WorkerLoop(WorkerSettings settings, Membership::Who who, Spool spool, net::Dealer dealer, std::unique_ptr<engine::Host> host,
             engine::Catalog catalog, os::Signals& signals, WorkerMonitor monitor);

  // Until it has been stopped in good order. An exit code.
  int run();

 private:
  void heed_signals();
  void take_in();
  bool turn_engines();
  void tick();
  void offer_engines();
  void look_at_spool();
  void explain_absence();
  void publish();
  std::vector<monitor::Check> checks() const;
  std::string why_not_in() const;
  std::string why_no_engines() const;
  WorkerNumbers numbers() const;
  cleanup::Owned owned() const;
  cleanup::SweepPlace place() const;
  void step(const WorkerInput& input);
  void perform(WorkerEffects effects);
  void speak();
  void start(const StartEngine& start);
  void read_clock();
  engine::Clock clock() const { return {now_.boot, now_.wall}; }

  const WorkerSettings settings_;
  Spool spool_;
  net::Dealer dealer_;
  std::unique_ptr<engine::Host> host_;
  engine::Catalog catalog_;
  os::Signals& signals_;
  os::Watchdog watchdog_;
  const WorkerMonitor monitor_;
  std::map<std::string, std::uint64_t> started_;  // attempts, by engine
  std::map<std::string, std::uint64_t> ended_;    // by how
  std::string absence_;                           // why it was not in, as it was told last
  log::Decisions decisions_;
  WorkerCore core_;
  std::vector<Send> outgoing_;
  FileCleaner cleaner_;
  Now now_{};
  Instant next_tick_{};
  Instant next_look_{};
  Instant next_explanation_{};
  bool was_welcomed_ = false;
  bool asked_to_stop_ = false;
  std::string told_;
  std::optional<int> exit_code_;
};

}  // namespace cadre
