// Time has passed at the worker: limits, leases, surplus work, and what it says at its own pace.
#include <algorithm>

#include "common/base/mutant.hpp"
#include "worker/core/worker.hpp"

namespace cadre {

void WorkerCore::on_tick(Step s) {
  enforce_limits(s);
  give_back_surplus(s);
  start_what_fits(s);
  if (membership_.silent(s.now.boot)) {
    s.effects.trace("silence: a new connection");
    s.effects.reconnect = true;
    membership_.unwelcome(s.now.boot);
  }
  if (membership_.hello_due(s.now.boot)) say_hello(s);
  const std::uint32_t credit_now = credit(s.now);
  const bool credit_changed = credit_now > credit_said_ + credit_said_ / 4 || credit_now + credit_now / 4 < credit_said_;
  if (membership_.beat_due(s.now.boot) || (membership_.welcomed() && credit_changed)) say_beat(s);
  resend_reports(s);
  if (stopping_ && s.now.boot >= stop_deadline_) {
    for (auto& [attempt, running] : running_) {
      if (running.dying) continue;
      running.dying = true;
      s.effects.kills.push_back({attempt, Cause::node_lost, running.stop_grace});
    }
  }
  finish_if_done(s);
}

// Nothing of ours has been heard for too long: the broker is about to give our attempts to others.
void WorkerCore::lose_lease(Step s) {
  if (mutant(24)) return;
  membership_.forget_lease();
  membership_.unwelcome(s.now.boot);
  if (!running_.empty() || !waiting_.empty()) s.effects.trace("the lease is lost");
  for (const auto& [turn, waiting] : waiting_) give_back(s, waiting.job);
  waiting_.clear();
  for (auto& [attempt, running] : running_) {
    if (running.dying) continue;
    running.dying = true;
    s.effects.kills.push_back({attempt, Cause::lease_lost, Duration{}});
  }
}

void WorkerCore::enforce_limits(Step s) {
  for (auto& [attempt, running] : running_) {
    if (running.dying) continue;
    Cause why = Cause::none;
    if (running.time_limit > Duration{} && s.now.boot - running.started >= running.time_limit) why = Cause::time_limit;
    else if (running.stall_limit > Duration{} && s.now.boot - running.active >= running.stall_limit) why = Cause::stall;
    if (why == Cause::none) continue;
    running.dying = true;
    s.effects.trace("kill {}: {}", to_string(attempt), to_string(why));
    s.effects.kills.push_back({attempt, why, running.stop_grace});
  }
}

// Work that waits behind jobs which have become slow is of more use elsewhere. The last in line goes first.
void WorkerCore::give_back_surplus(Step s) {
  while (!waiting_.empty()) {
    const auto last = std::prev(waiting_.end());
    if (s.now.boot - last->second.since < policy_.give_back_after) return;
    if (running_.size() + waiting_.size() <= credit(s.now)) return;
    give_back(s, last->second.job);
    waiting_.erase(last);
  }
}

void WorkerCore::start_what_fits(Step s) {
  for (auto place = waiting_.begin(); place != waiting_.end() && running_.size() < policy_.slots;) {
    const Assignment& job = place->second.job;
    const Engine& engine = engines_.at(job.engine);
    if (running_of(job.engine) >= engine.terms.offer.slots) {
      ++place;
      continue;
    }
    if (job.start_within > Duration{} && s.now.boot - place->second.since >= job.start_within) {
      give_back(s, job);
      place = waiting_.erase(place);
      continue;
    }
    Running running{job, s.now.boot, s.now.boot, {}, {}, engine.terms.stop_grace, false, false};
    running.time_limit = job.time_limit > Duration{} ? job.time_limit : engine.terms.time_limit;
    running.stall_limit = job.stall_limit > Duration{} ? job.stall_limit : engine.terms.stall_limit;
    const WallTime deadline = running.time_limit > Duration{} ? s.now.wall + running.time_limit : WallTime{};
    s.effects.trace("start {}", to_string(job.attempt));
    s.effects.starts.push_back({job, deadline});
    running.job.body.reset();  // the engine has it now
    running_.emplace(job.attempt, std::move(running));
    place = waiting_.erase(place);
  }
}

std::size_t WorkerCore::running_of(const std::string& engine) const {
  return static_cast<std::size_t>(std::count_if(running_.begin(), running_.end(), [&](const auto& entry) {
    return entry.second.job.engine == engine;
  }));
}

// --- what it says of itself -----------------------------------------------------------------------------------------

std::uint32_t WorkerCore::ahead(const Now& now, const std::string& name, const Engine& engine) const {
  Duration oldest{};
  for (const auto& [attempt, running] : running_)
    if (running.job.engine == name) oldest = std::max(oldest, now.boot - running.started);
  const std::uint32_t slots = std::min(engine.terms.offer.slots, policy_.slots);
  const std::uint64_t wanted = engine.run_time.ahead(slots, policy_.work_ahead, oldest);
  const std::uint32_t room = policy_.credit_max > slots ? policy_.credit_max - slots : 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, room));
}

std::vector<EngineOffer> WorkerCore::offers(const Now& now) const {
  std::vector<EngineOffer> list;
  for (const auto& [name, engine] : engines_) {
    if (!engine.offered) continue;
    EngineOffer offer = engine.terms.offer;
    offer.credit = std::min(offer.slots, policy_.slots) + ahead(now, name, engine);
    list.push_back(std::move(offer));
  }
  return list;
}

std::uint32_t WorkerCore::credit(const Now& now) const {
  std::uint32_t most = 0;
  for (const auto& [name, engine] : engines_)
    if (engine.offered) most = std::max(most, ahead(now, name, engine));
  const std::uint32_t whole = std::min(policy_.credit_max, policy_.slots + most);
  return cleaning_ ? std::max(1u, whole / 2) : whole;  // what runs goes on; less comes
}

std::vector<AttemptId> WorkerCore::held() const {
  std::vector<AttemptId> list;
  for (const auto& [attempt, running] : running_) list.push_back(attempt);
  for (const auto& [turn, waiting] : waiting_) list.push_back(waiting.job.attempt);
  return list;
}

std::string WorkerCore::trouble() const {
  if (!trouble_.empty()) return trouble_;
  if (retained_.size() >= policy_.retained_max / 2 || retained_.bytes() >= policy_.retained_bytes_max)
    return "too many results wait to be noted";
  return "";
}

void WorkerCore::say_beat(Step s) {
  credit_said_ = credit(s.now);
  Beat beat;
  beat.session = membership_.who().session;
  beat.epoch = membership_.epoch();
  beat.number = membership_.said_beat(s.now.boot);
  beat.assigns_seen = seen_.highest();
  beat.slots = policy_.slots;
  beat.credit = credit_said_;
  beat.draining = stopping_;
  beat.cleaning = cleaning_;
  beat.trouble = trouble();
  beat.engines = offers(s.now);
  beat.held = held();
  beat.retained = retained_.list();
  s.effects.sends.push_back(std::move(beat));
}

void WorkerCore::say_hello(Step s) {
  Hello hello;
  hello.number = membership_.said_hello(s.now.boot);
  hello.software = membership_.who().software;
  hello.instance = membership_.who().instance;
  hello.session = membership_.who().session;
  hello.slots = policy_.slots;
  hello.address = membership_.who().address;
  hello.engines = offers(s.now);
  hello.held = held();
  hello.retained = retained_.list();
  s.effects.trace("hello");
  s.effects.sends.push_back(std::move(hello));
}

}  // namespace cadre
