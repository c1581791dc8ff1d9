// The worker's core: one door, `step`. It decides what is started, killed, reported and said; the shell does it.
// DESIGN.md tells the story.
//
// What it promises: each (job, attempt number) starts at most one engine in this session; a finished report is kept and
// repeated until the broker has noted it; without renewal everything is killed at 0.8 of the lease.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/trace.hpp"
#include "common/protocol/message.hpp"
#include "worker/core/membership.hpp"
#include "worker/core/retained.hpp"
#include "worker/core/slots.hpp"

namespace cadre {

struct WorkerPolicy {
  std::uint32_t slots = 1;               // attempts at once, over all engines
  std::uint32_t credit_max = 512;        // attempts held at most: running and waiting
  Duration work_ahead = 20ms;            // so much work waits for a slot, so that no slot waits for the broker
  Duration resend_after = 2s;            // a report not yet noted is sent again; large ones take their time (patience_for),
  Duration resend_patience_max = 30s;    // but at most so much more
  Duration give_back_after = 1s;         // work that waits longer than that behind slow jobs goes elsewhere
  std::uint32_t retained_max = 4096;     // reports not yet noted; beyond it no new work
  std::uint64_t retained_bytes_max = 256u << 20;
  Membership::Policy membership;
};

// An engine as the worker offers it, with the limits that hold where the job names none.
struct EngineTerms {
  EngineOffer offer;                     // credit is filled by the core
  Duration time_limit{};                 // 0: none
  Duration stall_limit{};
  Duration stop_grace = 10s;
};

// --- inputs ---
struct FromBroker { Message message; };
struct WorkerTick {};
struct EngineEnded { AttemptEnd end; };
struct EngineActive { AttemptId attempt; };
struct Offers { std::vector<EngineTerms> engines; };
struct Trouble { std::string reason; };                // empty: none. While there is one, no new work is taken
struct Cleaning { bool on = false; };                  // the spool is being swept: half the work meanwhile
struct Stop { Duration patience{}; };                  // running attempts may go on for so long
using WorkerInput = std::variant<FromBroker, WorkerTick, EngineEnded, EngineActive, Offers, Trouble, Cleaning, Stop>;

// --- effects ---
struct StartEngine { Assignment job; WallTime deadline{}; };
struct KillEngine { AttemptId attempt; Cause why = Cause::none; Duration grace{}; };
struct WorkerEffects {
  explicit WorkerEffects(Trace trace_to = {}) : trace(trace_to) {}
  std::vector<Message> sends;
  std::vector<StartEngine> starts;
  std::vector<KillEngine> kills;
  bool reconnect = false;                // the connection is dead: build a new one
  bool finished = false;                 // stopped in good order
  std::optional<std::string> refused;    // the broker does not want us: why
  Trace trace;
};

class WorkerCore {
 public:
  WorkerCore(const WorkerPolicy& policy, Membership::Who who);

  void step(const Now& now, const WorkerInput& input, WorkerEffects& effects);

  std::size_t running() const { return running_.size(); }
  std::size_t waiting() const { return waiting_.size(); }
  const Retained& retained() const { return retained_; }
  const Membership& membership() const { return membership_; }
  std::vector<AttemptId> held() const;   // running and waiting
  std::optional<std::string> broken_invariant() const;
  std::uint64_t digest() const;

 private:
  struct Step {
    const Now& now;
    WorkerEffects& effects;
  };
  struct Running {
    Assignment job;
    Instant started{};
    Instant active{};
    Duration time_limit{};
    Duration stall_limit{};
    Duration stop_grace{};
    bool dying = false;     // kill has been ordered
    bool unwanted = false;  // abandoned: nobody wants its report
  };
  struct Waiting {
    Assignment job;
    Instant since{};
  };
  struct Engine {
    EngineTerms terms;
    bool offered = true;
    RunTime run_time;
  };

  void on_message(Step s, const Message& message);
  void on_assign(Step s, const Assign& assign);
  void take(Step s, const Assignment& job);
  void on_noted(Step s, const Noted& noted);
  void on_abandon(Step s, const Abandon& abandon);
  void on_ended(Step s, const AttemptEnd& end);
  void on_tick(Step s);
  void on_offers(Step s, const Offers& offers);
  void on_stop(Step s, const Stop& stop);

  void start_what_fits(Step s);
  void enforce_limits(Step s);
  void give_back_surplus(Step s);
  void give_back(Step s, const Assignment& job);
  void lose_lease(Step s);
  void report(Step s, AttemptEnd end);
  void resend_reports(Step s);
  void say_beat(Step s);
  void say_hello(Step s);
  void finish_if_done(Step s);
  std::size_t running_of(const std::string& engine) const;
  std::vector<EngineOffer> offers(const Now& now) const;
  std::uint32_t credit(const Now& now) const;
  std::uint32_t ahead(const Now& now, const std::string& name, const Engine& engine) const;
  std::string trouble() const;

  const WorkerPolicy policy_;
  Membership membership_;
  Retained retained_;
  SeenNumbers seen_;
  std::map<std::string, Engine> engines_;
  std::map<AttemptId, Running> running_;
  std::map<Turn, Waiting> waiting_;      // most urgent first, then in order of arrival
  std::uint64_t arrivals_ = 0;
  std::string trouble_;
  bool cleaning_ = false;
  bool stopping_ = false;
  Instant stop_deadline_{};
  std::uint32_t credit_said_ = 0;
};

}  // namespace cadre
