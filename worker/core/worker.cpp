#include "worker/core/worker.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/assert.hpp"
#include "common/base/mix.hpp"
#include "common/base/mutant.hpp"
#include "common/base/overloaded.hpp"

namespace cadre {

WorkerCore::WorkerCore(const WorkerPolicy& policy, Membership::Who who)
    : policy_(policy), membership_(policy_.membership, std::move(who)) {
  CADRE_ASSERT(membership_.who().session.value != 0);
  CADRE_ASSERT(policy_.slots > 0);
  CADRE_ASSERT(policy_.credit_max <= limits::held_max);
}

void WorkerCore::step(const Now& now, const WorkerInput& input, WorkerEffects& effects) {
  const Step s{now, effects};
  // First of all: whoever was paused may hold what has been given to others, and must not act on what it reads now.
  if (membership_.lease_lost(now.boot)) lose_lease(s);
  std::visit(Overloaded{
                 [&](const FromBroker& in) { on_message(s, in.message); },
                 [&](const WorkerTick&) { on_tick(s); },
                 [&](const EngineEnded& in) { on_ended(s, in.end); },
                 [&](const EngineActive& in) {
                   if (const auto place = running_.find(in.attempt); place != running_.end())
                     place->second.active = now.boot;
                 },
                 [&](const Offers& in) { on_offers(s, in); },
                 [&](const Trouble& in) { trouble_ = in.reason; },
                 [&](const Cleaning& in) { cleaning_ = in.on; },
                 [&](const Stop& in) { on_stop(s, in); },
             },
             input);
}

void WorkerCore::on_message(Step s, const Message& message) {
  membership_.heard_anything(s.now.boot);
  std::visit(Overloaded{
                 [&](const Welcome& m) {
                   if (m.epoch < membership_.epoch()) return;  // a broker that has lost its seat
                   if (m.epoch != membership_.epoch() && !mutant(44)) seen_.clear();
                   membership_.welcome(s.now.boot, m.epoch, m.lease_ttl, m.beat_interval);
                   retained_.hurry_all();  // whatever was said on an earlier connection may be lost
                   s.effects.trace("welcome in epoch {}", m.epoch.value);
                   say_beat(s);
                 },
                 [&](const Greet& m) {
                   if (m.epoch >= membership_.epoch()) membership_.unwelcome(s.now.boot);
                 },
                 [&](const BeatHeard& m) { membership_.beat_heard(s.now.boot, m.epoch, m.number); },
                 [&](const Assign& m) { on_assign(s, m); },
                 [&](const Noted& m) { on_noted(s, m); },
                 [&](const Abandon& m) { on_abandon(s, m); },
                 [&](const Refusal& m) { s.effects.refused = m.reason; },
                 [](const auto&) {},  // not for a worker
             },
             message);
}

// Only the broker that has welcomed us may give us work: an assignment of an earlier one may already have been given
// to somebody else.
void WorkerCore::on_assign(Step s, const Assign& assign) {
  if ((!membership_.welcomed() || assign.epoch != membership_.epoch()) && !mutant(26)) return;
  if (assign.session != membership_.who().session) return;
  for (const auto& job : assign.jobs) take(s, job);
  start_what_fits(s);
}

void WorkerCore::take(Step s, const Assignment& job) {
  const AttemptId attempt = job.attempt;
  if (!seen_.insert(job.number) && !mutant(21)) {
    if (retained_.contains(attempt)) return retained_.hurry(attempt);
    const auto waits = [&](const auto& entry) { return entry.second.job.attempt == attempt; };
    const bool held = running_.contains(attempt) || std::any_of(waiting_.begin(), waiting_.end(), waits);
    if (held) return;
    // Seen, and neither held nor retained: it has ended and been noted. It never starts a second time.
    AttemptEnd end;
    end.attempt = attempt;
    end.kind = EndKind::failed;
    end.cause = Cause::node_lost;
    end.message = "the worker has no memory of how it ended";
    return report(s, std::move(end));
  }
  if (stopping_) return give_back(s, job);
  const auto engine = engines_.find(job.engine);
  if (engine == engines_.end()) {
    AttemptEnd end;
    end.attempt = attempt;
    end.kind = EndKind::failed;
    end.cause = Cause::engine_broken;
    end.message = fmt::format("this node does not have the engine '{}'", job.engine);
    return report(s, std::move(end));
  }
  if (!engine->second.offered) return give_back(s, job);  // it was, when the broker gave us this
  waiting_.emplace(Turn{-job.priority, ++arrivals_}, Waiting{job, s.now.boot});
  s.effects.trace("took {}", to_string(attempt));
}

void WorkerCore::on_noted(Step s, const Noted& noted) {
  if (noted.epoch != membership_.epoch()) return;
  for (const Note& note : noted.notes)
    if (retained_.noted(note.attempt)) s.effects.trace("noted {}", to_string(note.attempt));
  finish_if_done(s);
}

void WorkerCore::on_abandon(Step s, const Abandon& abandon) {
  if (abandon.epoch != membership_.epoch() || abandon.session != membership_.who().session) return;
  for (const AttemptId attempt : abandon.attempts) {
    std::erase_if(waiting_, [&](const auto& entry) { return entry.second.job.attempt == attempt; });
    const auto place = running_.find(attempt);
    if (place == running_.end()) continue;
    place->second.unwanted = true;
    if (std::exchange(place->second.dying, true)) continue;
    s.effects.trace("abandon {}", to_string(attempt));
    s.effects.kills.push_back({attempt, Cause::abandoned, place->second.stop_grace});
  }
}

void WorkerCore::on_ended(Step s, const AttemptEnd& end) {
  const auto place = running_.find(end.attempt);
  CADRE_ASSERT(place != running_.end());
  const auto engine = engines_.find(place->second.job.engine);
  if (engine != engines_.end()) engine->second.run_time.add(s.now.boot - place->second.started);
  const bool unwanted = place->second.unwanted;
  running_.erase(place);
  if (!unwanted) report(s, end);
  start_what_fits(s);
  finish_if_done(s);
}

void WorkerCore::report(Step s, AttemptEnd end) {
  s.effects.trace("report {} {}", to_string(end.attempt), to_string(end.kind));
  if (!mutant(14)) retained_.keep(s.now.boot, end);
  if (!membership_.welcomed()) return;
  Report message{membership_.who().session, membership_.epoch(), {}};
  message.ends.push_back(std::move(end));
  s.effects.sends.push_back(std::move(message));
}

void WorkerCore::resend_reports(Step s) {
  if (!membership_.welcomed()) return;
  const std::size_t bytes_hint = retained_.size() == 0 ? 1 : std::max<std::size_t>(1, retained_.bytes() / retained_.size());
  const std::size_t count = std::clamp<std::size_t>(limits::message_payload_bytes / bytes_hint, 1, limits::batch_items_max);
  const Duration patience = policy_.resend_after + std::min(patience_for(retained_.bytes()), policy_.resend_patience_max);
  for (auto& end : retained_.due(s.now.boot, s.now.boot - patience, count)) {
    Report message{membership_.who().session, membership_.epoch(), {}};
    message.ends.push_back(std::move(end));
    s.effects.sends.push_back(std::move(message));
  }
}

void WorkerCore::give_back(Step s, const Assignment& job) {
  AttemptEnd end;
  end.attempt = job.attempt;
  end.kind = EndKind::not_started;
  report(s, std::move(end));
}

void WorkerCore::on_offers(Step s, const Offers& in) {
  for (auto& [name, engine] : engines_) engine.offered = false;
  for (const auto& terms : in.engines) {
    Engine& engine = engines_[terms.offer.name];
    engine.terms = terms;
    engine.offered = true;
  }
  // Before what goes back, so that the broker does not give it to us again.
  if (membership_.welcomed()) say_beat(s);
  for (auto place = waiting_.begin(); place != waiting_.end();) {
    const bool stays = engines_.at(place->second.job.engine).offered;
    if (!stays) give_back(s, place->second.job);
    place = stays ? std::next(place) : waiting_.erase(place);
  }
}

void WorkerCore::on_stop(Step s, const Stop& stop) {
  if (!stopping_) {
    for (const auto& [turn, waiting] : waiting_) give_back(s, waiting.job);
    waiting_.clear();
  }
  stopping_ = true;
  stop_deadline_ = s.now.boot + stop.patience;
  s.effects.trace("stopping");
  if (membership_.welcomed()) say_beat(s);
  finish_if_done(s);
}

void WorkerCore::finish_if_done(Step s) {
  if (!stopping_ || !running_.empty()) return;
  // What the broker has not noted is worth waiting for, as long as the patience lasts.
  if (retained_.size() > 0 && s.now.boot < stop_deadline_) return;
  s.effects.sends.push_back(Goodbye{membership_.who().session});
  s.effects.finished = true;
}

std::optional<std::string> WorkerCore::broken_invariant() const {
  if (running_.size() > policy_.slots) return "more engines run than there are slots";
  for (const auto& [attempt, running] : running_)
    if (retained_.contains(attempt)) return to_string(attempt) + " runs and has ended";
  return std::nullopt;
}

std::uint64_t WorkerCore::digest() const {
  std::uint64_t sum = mix(running_.size(), waiting_.size());
  for (const auto& [attempt, running] : running_) sum = mix(sum, mix(attempt.job.value, attempt.number));
  for (const AttemptId attempt : retained_.list()) sum = mix(sum, mix(attempt.job.value, attempt.number));
  return mix(sum, membership_.epoch().value);
}

}  // namespace cadre
