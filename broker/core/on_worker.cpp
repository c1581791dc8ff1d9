// Workers come, speak and go. A beat tells everything; what is missing in it heals here.
#include <fmt/format.h>

#include "broker/core/broker.hpp"
#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

void Broker::on_hello(Step s, const Received& in, const Hello& hello) {
  if (hello.version_min > limits::protocol_version || hello.version < limits::protocol_version_min) {
    const auto reason = fmt::format("this broker speaks protocol {} to {}, you speak {} to {}; bring both to the same "
                                    "release", limits::protocol_version_min, limits::protocol_version,
                                    hello.version_min, hello.version);
    s.effects.sends.push_back({in.from, Refusal{reason, true}});
    return;
  }
  if (in.who.role == Role::worker) greet_worker(s, in, hello);
  else s.effects.sends.push_back({in.from, welcome(in.who)});
}

Welcome Broker::welcome(const Identity& who) const {
  return {limits::protocol_version, epoch_, cluster_, who.name, who.role, policy_.lease_ttl, policy_.beat_interval,
          policy_.payload_max, "cadre " CADRE_VERSION};
}

void Broker::greet_worker(Step s, const Received& in, const Hello& hello) {
  if (!loaded_ || hello.session.value == 0) return;  // it will say hello again
  if (!names_.intern(in.who.name, policy_.names_max)) return;
  const Name node = name(in.who.name);
  Worker& worker = workers_[node];
  worker.node = node;

  const auto refuse = [&](std::string reason) {
    s.effects.trace("refused worker {}: {}", in.who.name, reason);
    s.effects.sends.push_back({in.from, Refusal{std::move(reason), false}});
  };
  const bool other_session = worker.session != hello.session;
  if (!other_session && hello.number <= worker.beat_number) return;
  if (other_session && worker.instance == hello.instance && hello.session < worker.session && !mutant(49)) {
    // The last words of a dead process may arrive after the first ones of its successor, on another connection. Whoever
    // still speaks when a lease is over is no dead process: its machine was copied, with the stamp in its spool.
    if (s.now.boot - worker.session_since < policy_.lease_ttl) return;
    return refuse(fmt::format("node '{}' was taken over by a worker with a copy of this one's spool, at {}; stop one of the two, and "
                              "give its machine an empty spool and a key of its own", in.who.name, worker.address));
  }
  const bool other_machine = worker.instance != 0 && worker.instance != hello.instance;
  // Another machine with the same key. Whatever the first one holds is its own until the lease is over: only a process
  // that has the lock on the same spool proves that the old one is dead.
  const Duration silence = s.now.boot - worker.heard;
  const bool alive = silence < policy_.lease_ttl && (worker.leased() > 0 || (worker.route && silence < 5 * policy_.beat_interval));
  if (other_session && other_machine && alive)
    return refuse(fmt::format("the key of node '{}' is in use by a living worker at {}; give each machine a key of its own",
                              in.who.name, worker.address));
  if (other_session) {
    // The lock on its spool says that the old process is dead, and its engines died with it: no need to wait.
    for (auto& [engine, at] : worker.engines) {
      const auto leased = at.leased;
      if (mutant(34)) continue;  // forgets what the dead process had
      for (const JobId id : leased) lose(s, jobs_.at(id), "its worker was restarted");
      at = EngineAtWorker{};
    }
    worker.session = hello.session;
    worker.session_since = s.now.boot;
  }
  worker.beat_number = hello.number;
  worker.instance = hello.instance;
  worker.route = in.from;
  worker.removed = false;
  worker.heard = s.now.boot;
  worker.slots = hello.slots;
  worker.credit = 0;  // until its first beat says how much it takes
  worker.address = hello.address;
  worker.software = hello.software;
  take_offers(worker, hello.engines);
  s.effects.trace("worker {} {}", in.who.name, other_session ? "joined" : "is back");
  s.effects.sends.push_back({in.from, welcome(in.who)});
  std::set<AttemptId> listed(hello.held.begin(), hello.held.end());
  listed.insert(hello.retained.begin(), hello.retained.end());
  reconcile(s, worker, listed, true);
  abandon_strangers(s, worker, hello.held);
}

void Broker::take_offers(Worker& worker, const std::vector<EngineOffer>& offers) {
  for (auto& [engine, at] : worker.engines) at.offered = false;
  for (const auto& offer : offers) {
    const auto known = names_.intern(offer.name, policy_.names_max);
    if (!known) continue;
    EngineAtWorker& at = worker.engines[*known];
    if (at.offer.version != offer.version) {  // somebody mended it
      at.crashes = 0;
      at.quarantined_until = Instant{};
    }
    at.offer = offer;
    at.offered = true;
  }
}

Worker* Broker::session_of(const Received& in, SessionId session) {
  const auto node = names_.find(in.who.name);
  if (in.who.role != Role::worker || !node) return nullptr;
  const auto place = workers_.find(*node);
  if (place == workers_.end()) return nullptr;
  if (place->second.session != session || place->second.route != in.from) return nullptr;
  return &place->second;
}

void Broker::on_beat(Step s, const Received& in, const Beat& beat) {
  Worker* worker = session_of(in, beat.session);
  if (worker == nullptr || beat.epoch != epoch_) {
    s.effects.sends.push_back({in.from, Greet{epoch_}});
    return;
  }
  if (beat.number <= worker->beat_number) return;  // late: a newer one has told more
  worker->beat_number = beat.number;
  worker->heard = s.now.boot;
  worker->slots = beat.slots;
  worker->credit = beat.credit;
  worker->draining = beat.draining;
  worker->cleaning = beat.cleaning;
  worker->trouble = beat.trouble;
  take_offers(*worker, beat.engines);
  s.effects.sends.push_back({in.from, BeatHeard{epoch_, beat.number}});
  std::set<AttemptId> listed(beat.held.begin(), beat.held.end());
  listed.insert(beat.retained.begin(), beat.retained.end());
  reconcile(s, *worker, listed, false);
  abandon_strangers(s, *worker, beat.held);
}

// Compares what we think the worker holds with what it says. On a fresh connection everything that it does not list
// was lost on the way or belongs to an earlier broker; otherwise an assignment may still be under way.
void Broker::reconcile(Step s, Worker& worker, const std::set<AttemptId>& listed, bool fresh_connection) {
  std::vector<JobId> missing;
  for (const auto& [engine, at] : worker.engines)
    for (const JobId id : at.leased)
      if (!listed.contains({id, jobs_.at(id).attempt})) missing.push_back(id);
  for (const JobId id : missing) {
    Job& job = jobs_.at(id);
    const bool ours = job.assign_number != 0;  // assigned in this epoch; else by an earlier broker, and never arrived
    if ((!ours || mutant(41)) && fresh_connection) {
      AttemptEnd end;
      end.attempt = {id, job.attempt};
      end.kind = EndKind::not_started;
      settle(s, job, end);
    } else if (ours && job.body && job.durable && job.assigned_at != Instant{} &&
               (fresh_connection || s.now.boot - job.assigned_at >= policy_.resend_after) && !mutant(18)) {
      ++stats_.resent;
      say_assignment(s, job, worker);
      job.said_again = true;
      job.assigned_at = s.now.boot;
    }
  }
  if (fresh_connection)
    for (const AttemptId attempt : listed) {
      const Job* job = find(attempt.job);
      if (job != nullptr && job->state == JobState::leased && job->node == worker.node && job->attempt == attempt.number &&
          job->assign_number == 0) {
        ++stats_.adopted;
        s.effects.trace("adopted {}", to_string(attempt));
      }
    }
}

bool Broker::is_at(std::string_view node, AttemptId attempt) const {
  const Job* job = find(attempt.job);
  return job != nullptr && job->state == JobState::leased && job->attempt == attempt.number && names_.text(job->node) == node;
}

// What it holds and should not: cancelled, or given up on and tried elsewhere.
void Broker::abandon_strangers(Step s, const Worker& worker, const std::vector<AttemptId>& held) {
  Abandon abandon{epoch_, worker.session, {}};
  for (const AttemptId attempt : held) {
    if (is_at(names_.text(worker.node), attempt)) continue;
    note_missing(s, names_.text(worker.node), attempt, std::nullopt);
    abandon.attempts.push_back(attempt);
  }
  if (abandon.attempts.empty()) return;
  outbox_.say(s.effects, {*worker.route, std::move(abandon)});
}

void Broker::on_goodbye(Step s, const Received& in, const Goodbye& goodbye) {
  Worker* worker = session_of(in, goodbye.session);
  if (worker == nullptr) return;
  s.effects.trace("worker {} said goodbye", in.who.name);
  worker->route.reset();
  for (auto& [engine, at] : worker->engines) {
    at.offered = false;
    const auto leased = at.leased;
    for (const JobId id : leased) lose(s, jobs_.at(id), "its worker has ended");
  }
}

// Only the connection: its session may come back on another one and is not lost before its lease is.
void Broker::on_peer_gone(Step s, const PeerGone& in) {
  for (auto& [node, worker] : workers_)
    if (worker.route == in.peer) {
      s.effects.trace("connection of worker {} is gone", names_.text(node));
      worker.route.reset();
    }
  waits_.erase(in.peer);
  for (auto place = waiters_.begin(); place != waiters_.end();) {
    std::erase_if(place->second, [&](const Waiter& waiter) { return waiter.peer == in.peer; });
    place = place->second.empty() ? waiters_.erase(place) : std::next(place);
  }
}

}  // namespace cadre
