// The broker's core: one door, `step`. It decides what is written and what is said; it opens no socket, reads no clock,
// starts no thread, rolls no dice. The same object runs in production behind ZeroMQ and MariaDB, and in the simulator.
// DESIGN.md tells the story; each on_*.cpp is one kind of input.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/core/effect.hpp"
#include "broker/core/input.hpp"
#include "broker/core/job.hpp"
#include "broker/core/outbox.hpp"
#include "broker/core/policy.hpp"
#include "broker/core/ready_queue.hpp"
#include "broker/core/room.hpp"
#include "broker/core/tally.hpp"
#include "broker/core/verdict.hpp"
#include "broker/core/workers.hpp"

namespace cadre {

struct Stats {
  std::uint64_t accepted = 0, repeats = 0, refused = 0, put_off = 0;
  std::uint64_t done = 0, dead = 0, cancelled = 0, retries = 0;
  std::uint64_t stale_reports = 0, adopted = 0, lost = 0, resent = 0, commits = 0;
};

class Broker {
 public:
  // `cluster` is the cluster's id, `epoch` the term that the seat was granted for. Ids begin at (epoch, 1).
  Broker(const Policy& policy, std::string cluster, Epoch epoch);

  void step(const Now& now, const Input& input, Effects& effects);

  // --- reading, for answers, status and checks; never for deciding outside ---
  const Policy& policy() const { return policy_; }
  Epoch epoch() const { return epoch_; }
  bool loaded() const { return loaded_; }
  const std::string& store_trouble() const { return store_trouble_; }
  Room room() const { return room_; }
  const std::string& room_trouble() const { return room_trouble_; }  // empty: there is enough
  const Job* find(JobId id) const;
  const JobTable& jobs() const { return jobs_; }
  const Workers& workers() const { return workers_; }
  const Names& names() const { return names_; }
  const Stats& stats() const { return stats_; }
  const Tally& tally() const { return tally_; }
  const std::string& cluster() const { return cluster_; }
  // By our books, that node has that attempt now.
  bool is_at(std::string_view node, AttemptId attempt) const;
  const WorkLimits& limits() const { return limits_; }
  // Attempts of an engine that are given out, on all nodes.
  std::size_t leased_of(std::string_view engine) const;
  // Attempts at jobs that were accepted after the backup that this store was restored from; at most missing_max.
  const std::map<AttemptId, MissingRow>& missing() const { return missing_; }
  static constexpr std::size_t missing_max = 10'000;
  const Outbox& outbox() const { return outbox_; }
  const ReadyQueue& ready() const { return ready_; }
  std::uint64_t body_memory() const { return body_memory_; }

  // Why no job can be accepted for now; empty: it can. The shell asks before it puts a large payload down.
  std::string why_busy() const;
  // The same but for what passes in a moment by itself: that is no matter for people.
  std::string why_closed() const;

  // Why is this job not running? The headline first, each with what to do next (interface: `cadre job why`).
  struct Why {
    std::string headline;
    std::vector<std::string> lines;
  };
  Why why(const Now& now, JobId id) const;

  // Must always hold; the simulator asks after each step. The first broken one, in words, or nothing.
  std::optional<std::string> broken_invariant() const;
  // 64 bits over the whole state, for replays.
  std::uint64_t digest() const;

 private:
  struct Step {  // what every handler needs
    const Now& now;
    Effects& effects;
  };
  struct Waiter {
    PeerId peer;
    Watch watch = Watch::notice;
  };

  // on_submit.cpp
  void on_submit(Step s, const Received& in, const Submit& submit);
  void submit_one(Step s, PeerId from, const Identity& who, const JobRequest& request, JobId retried, std::uint64_t ask);
  std::optional<std::string> objection(const JobRequest& request) const;
  void on_retry(Step s, const RetryJob& in);

  // on_client.cpp
  void on_wait(Step s, const Received& in, const Wait& wait);
  void on_cancel(Step s, const Received& in, const Cancel& cancel);
  void watch_job(Step s, PeerId peer, JobId job, Watch watch);
  bool may_touch(const Identity& who, const Job& job) const;

  // on_worker.cpp
  void on_hello(Step s, const Received& in, const Hello& hello);
  void on_beat(Step s, const Received& in, const Beat& beat);
  void on_goodbye(Step s, const Received& in, const Goodbye& goodbye);
  void on_peer_gone(Step s, const PeerGone& in);
  Welcome welcome(const Identity& who) const;
  Worker* session_of(const Received& in, SessionId session);
  void greet_worker(Step s, const Received& in, const Hello& hello);
  void take_offers(Worker& worker, const std::vector<EngineOffer>& offers);
  void reconcile(Step s, Worker& worker, const std::set<AttemptId>& listed, bool fresh_connection);
  void abandon_strangers(Step s, const Worker& worker, const std::vector<AttemptId>& held);

  // missing.cpp
  void note_missing(Step s, const std::string& node, AttemptId attempt, std::optional<EndKind> end);
  bool is_missing(JobId id) const;

  // on_report.cpp
  void on_report(Step s, const Received& in, const Report& report);
  void settle(Step s, Job& job, const AttemptEnd& end);
  void judge_engine(Step s, const Job& job, EngineHealth health, const AttemptEnd& end);
  void lose(Step s, Job& job, std::string why);
  bool take_back_assignment(AttemptId attempt);
  void write_outcome(Step s, Job& job, JobState state, Reason reason, const AttemptEnd& end);
  void tell_waiters(Step s, const Job& job, Notice notice);

  // on_admin.cpp
  void on_cordon(Step s, const Cordon& in);
  void on_remove_node(Step s, const RemoveNode& in);
  void know_node(const KeyRow& row);
  Worker* worker_named(const std::string& node);  // none: unknown, or removed
  void on_set_limits(Step s, const SetLimits& in);
  void on_change_key(Step s, const ChangeKey& in);
  void on_replace_key(Step s, const ReplaceKey& in);

  // on_store.cpp
  void on_store_room(Step s, const StoreRoom& in);
  void on_committed(Step s, const Committed& in);
  void withdraw(Step s, Outbox::Box& box, const Repeat& repeat);
  void put_right(std::vector<Send>& sends, const Repeat& repeat) const;
  void redirect_waiters(Step s, const Repeat& repeat);
  void on_loaded(Step s, const Loaded& in);
  void on_load_done(Step s, const LoadDone& in);
  void on_fetched(Step s, const Fetched& in);
  void gather_checkpoint(Step s);

  // on_tick.cpp
  void on_tick(Step s);
  void wake_delayed(Step s);
  void expire(Step s);
  void lose_silent_workers(Step s);

  // limits.cpp
  void heed_node_limit();
  std::size_t leased_of(Name engine) const;
  bool at_limit(Name engine) const;
  std::string words_of_limit(const Job& job) const;

  // dispatch.cpp
  void dispatch(Step s);
  void dispatch_lanes(Step s);
  void dispatch_newborn(Step s);
  void assign(Step s, Job& job, Worker& worker, JobRow* newborn);
  Message assignment_of(Step s, const Job& job, const Worker& worker) const;
  void say_assignment(Step s, const Job& job, const Worker& worker);
  void fetch_ahead(Step s, Lane& lane);

  // shared
  void move(Step s, Job& job, JobState to);
  void enrol(Step s, Job& job);          // a durable job takes its place: waiting, or in its lane
  void line_up(Step s, Job& job);        // in its lane
  void leave(Job& job);                  // and gives it up
  void forget(JobId id);                 // final: out of memory
  void hold(Job& job, Worker& worker);
  void unhold(Job& job);
  void keep_body(Job& job, BodyPtr body);
  void drop_body(Job& job);
  Worker* holder_of(const Job& job);
  Name name(std::string_view text);      // asserts room; objection() has checked
  JobId last_id() const { return JobId::make(epoch_, sequence_); }

  const Policy policy_;
  const std::string cluster_;
  const Epoch epoch_;
  std::uint64_t sequence_ = 0;           // of the newest job id given out
  bool loaded_ = false;
  std::string store_trouble_;            // empty: the store answers
  Room room_ = Room::enough;             // on its volume
  std::string room_trouble_;
  WorkLimits limits_;
  std::vector<RestoredRow> restored_;
  std::map<AttemptId, MissingRow> missing_;
  Names names_;
  JobTable jobs_;
  ReadyQueue ready_;
  Workers workers_;
  Outbox outbox_;
  std::map<std::string, std::string> replaced_keys_;  // by this broker: a public key, and what took its place
  std::set<std::pair<Instant, JobId>> due_;        // delayed by a back-off
  std::set<std::pair<WallTime, JobId>> due_wall_;  // delayed until a time of day
  std::set<std::pair<WallTime, JobId>> expiry_;    // not_after of jobs that have not started
  std::map<JobId, std::vector<Waiter>> waiters_;
  std::map<PeerId, std::uint32_t> waits_;          // how many jobs each client waits for
  std::uint64_t body_memory_ = 0;                  // bytes of bodies of waiting jobs in memory
  std::uint64_t outcomes_since_checkpoint_ = 0;
  Instant last_checkpoint_{};
  Stats stats_;
  Tally tally_;
};

}  // namespace cadre
