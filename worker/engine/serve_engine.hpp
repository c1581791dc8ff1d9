// Engines of mode serve: processes that stay, one for each slot that has been in use, one job at a time in each.
//
//   starting -- "ready" --> idle <--> busy        idle -- recycled, or of an older definition --> leaving
//      any state -- the process ends, then its whole tree --> forgotten, and a job that was in it has ended
//
// A job that is to be stopped is cancelled by a line first; the process is killed when the grace is over.
#pragma once

#include <map>
#include <unordered_map>

#include "worker/engine/serve_process.hpp"

namespace cadre::engine {

class ServeEngine {
 public:
  explicit ServeEngine(Parts& parts) : parts_(parts) {}

  void start(const Clock& now, Order order);
  bool kill(const Clock& now, AttemptId attempt, Cause why, Duration grace);  // false: not one of mine
  void keep_only(const Clock& now, const std::vector<DefinitionPtr>& definitions);
  void on_event(const Clock& now, Source source, std::uint64_t serial);
  void tick(const Clock& now);
  std::optional<Instant> next_deadline() const;

 private:
  ServeProcess* find_idle(const Clock& now, const DefinitionPtr& engine);
  std::optional<StartFailure> launch(const Clock& now, const Order& order, ServeProcess& process);
  void hand_over(const Clock& now, ServeProcess& process);

  void on_output(const Clock& now, ServeProcess& process);
  bool understand(const Clock& now, ServeProcess& process);
  void on_line(const Clock& now, ServeProcess& process, EngineLine line);
  void on_ready(const Clock& now, ServeProcess& process);
  void on_done(const Clock& now, ServeProcess& process, EngineLine line);
  void on_fail(const Clock& now, ServeProcess& process, const EngineLine& line);
  void on_log(const Clock& now, ServeProcess& process);
  void on_active(const Clock& now, ServeProcess& process);
  void send_progress(const Clock& now, ServeProcess& process);

  AttemptEnd end_of(const Clock& now, ServeProcess& process);
  void end_job(const Clock& now, ServeProcess& process, AttemptEnd end);  // and then idle or leaving
  void release_job(ServeProcess& process, AttemptEnd end);
  void break_off(const Clock& now, ServeProcess& process, Cause why, std::string message);
  void kill_process(ServeProcess& process);
  void retire(const Clock& now, ServeProcess& process);
  bool used_up(const ServeProcess& process) const;

  void check(const Clock& now, ServeProcess& process);
  void check_idle(const Clock& now, ServeProcess& process);
  void on_process_end(const Clock& now, ServeProcess& process);
  void bury(const Clock& now, ServeProcess& process);
  void judge(ServeProcess& process, AttemptEnd& end);

  Parts& parts_;
  std::unordered_map<std::uint64_t, ServeProcess> processes_;  // by serial
  std::map<AttemptId, std::uint64_t> serials_;
};

}  // namespace cadre::engine
