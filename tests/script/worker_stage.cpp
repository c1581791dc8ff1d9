// The worker's core on a stage. Clock, broker and engines are the script's.
//
//   policy [slots=N] [credit_max=N]  (first of all)      offers e [slots=N] [time_limit=5m] [stall_limit=1m] (none: no engines)
//   welcome [epoch=2] [ttl=60s]     greet     heard (the newest beat)    refusal WHY
//   assign job1/1 number=N [engine=e] [priority=N] [start_within=5s] [epoch=2] [session=other]
//   noted job1/1 [stale] [epoch=2]     abandon job1/1
//   ended job1/1 ok | exit N | CAUSE      active job1/1     trouble WHY | trouble none      cleaning on | cleaning off      stop [patience=30s]
//   tick     advance 31s [answered] (every beat is answered at once)
#include <stdexcept>

#include <fmt/format.h>

#include "common/base/overloaded.hpp"
#include "tests/script/broker_words.hpp"
#include "tests/script/script.hpp"
#include "worker/core/worker.hpp"

namespace cadre::script {

namespace {

constexpr Duration tick_every = 100ms;
constexpr SessionId own_session{7};

std::string list(const std::string& name, const std::vector<AttemptId>& attempts) {
  std::string text;
  for (const auto attempt : attempts) text += (text.empty() ? " " + name + "=" : ",") + name_of(attempt);
  return text;
}

class WorkerStage final : public Stage {
 public:
  WorkerStage() {
    now_.boot = Instant{2s};
    now_.wall = WallTime{std::chrono::seconds(1'767'225'600)};
  }

  std::vector<std::string> play(const std::string& input) override {
    done_.clear();
    for (const auto& one : split(input, " ; ")) {
      Words words(one);
      say(words.next("what happens"), words);
      words.all_used();
    }
    return done_;
  }

 private:
  void say(const std::string& verb, Words& words) {
    if (verb == "policy") {
      policy_.slots = static_cast<std::uint32_t>(words.number("slots", policy_.slots));
      policy_.credit_max = static_cast<std::uint32_t>(words.number("credit_max", policy_.credit_max));
      policy_.work_ahead = words.duration("work_ahead", policy_.work_ahead);
      return;
    }
    if (verb == "tick") return pass(tick_every, false);
    if (verb == "advance") {
      const Duration duration = parse_duration(words.next("how long"));
      return pass(duration, words.take("answered"));
    }
    if (verb == "pause") {  // the process stands still: no tick, then it reads on
      now_.boot += parse_duration(words.next("how long"));
      return;
    }
    if (verb == "offers") return offers(words);
    if (verb == "welcome") {
      Welcome welcome;
      welcome.epoch = Epoch{words.number("epoch", epoch_now.value)};
      welcome.lease_ttl = words.duration("ttl", 60s);
      welcome.beat_interval = 1s;
      return hear(welcome);
    }
    if (verb == "greet") return hear(Greet{Epoch{words.number("epoch", epoch_now.value)}});
    if (verb == "heard") return hear(BeatHeard{epoch_now, last_beat_});
    if (verb == "refusal") return hear(Refusal{words.next("why"), false});
    if (verb == "assign") return assign(words);
    if (verb == "noted") {
      const AttemptId attempt = parse_attempt(words.next("an attempt"));
      const auto standing = words.take("stale") ? NoteStanding::stale : NoteStanding::counted;
      return hear(Noted{Epoch{words.number("epoch", epoch_now.value)}, {{attempt, standing}}});
    }
    if (verb == "abandon") return hear(Abandon{Epoch{words.number("epoch", epoch_now.value)}, own_session, {parse_attempt(words.next("an attempt"))}});
    if (verb == "ended") return ended(words);
    if (verb == "active") return step(EngineActive{parse_attempt(words.next("an attempt"))});
    if (verb == "trouble") {
      const std::string why = words.next("why");
      return step(Trouble{why == "none" ? "" : why});
    }
    if (verb == "cleaning") return step(Cleaning{words.next("on or off") == "on"});
    if (verb == "stop") return step(Stop{words.duration("patience", 30s)});
    throw std::runtime_error(fmt::format("'{}' does not happen to a worker", verb));
  }

  void offers(Words& words) {
    Offers input;
    while (const auto name = words.maybe()) {
      EngineTerms terms;
      terms.offer.name = *name;
      terms.offer.version = "1";
      terms.offer.slots = policy_.slots;
      input.engines.push_back(terms);
    }
    const auto slots = words.number("slots", policy_.slots);
    const auto time_limit = words.duration("time_limit", Duration{}), stall_limit = words.duration("stall_limit", Duration{});
    for (auto& terms : input.engines) {
      terms.offer.slots = static_cast<std::uint32_t>(slots);
      terms.time_limit = time_limit;
      terms.stall_limit = stall_limit;
    }
    step(input);
  }

  void assign(Words& words) {
    Assignment job;
    job.attempt = parse_attempt(words.next("an attempt"));
    job.number = words.number("number", 1);
    job.engine = words.named("engine", "e");
    job.priority = static_cast<int>(words.number("priority", 0));
    job.start_within = words.duration("start_within", Duration{});
    job.time_limit = words.duration("time_limit", Duration{});
    job.body = std::make_shared<Body>(Body{"{}", "x"});
    const bool other = words.named("session").has_value();
    hear(Assign{Epoch{words.number("epoch", epoch_now.value)}, other ? SessionId{8} : own_session, {job}});
  }

  void ended(Words& words) {
    AttemptEnd end;
    end.attempt = parse_attempt(words.next("an attempt"));
    const std::string how = words.next("how");
    if (how != "ok") {
      end.kind = EndKind::failed;
      for (int i = 1; i <= static_cast<int>(Cause::scratch); ++i)
        if (to_string(static_cast<Cause>(i)) == how) end.cause = static_cast<Cause>(i);
      if (how == "exit") {
        end.cause = Cause::exit_code;
        end.code = static_cast<std::int32_t>(parse_count(words.next("a code")));
      }
      if (end.cause == Cause::none) throw std::runtime_error(fmt::format("'{}' is no way to end", how));
    }
    step(EngineEnded{end});
  }

  void pass(Duration duration, bool answered) {
    for (; duration > Duration{}; duration -= tick_every) {
      now_.boot += tick_every;
      now_.wall += tick_every;
      const auto before = last_beat_;
      step(WorkerTick{});
      if (answered && last_beat_ != before) hear(BeatHeard{epoch_now, last_beat_});
    }
  }

  void hear(Message message) { step(FromBroker{std::move(message)}); }

  void step(const WorkerInput& input) {
    if (!worker_) worker_ = std::make_unique<WorkerCore>(policy_, Membership::Who{own_session, 1, "host", "cadre"});
    WorkerEffects effects;
    worker_->step(now_, input, effects);
    for (const auto& start : effects.starts)
      done_.push_back(fmt::format("start {}{}", name_of(start.job.attempt), start.deadline == WallTime{} ? "" : " until " + to_string(Duration(start.deadline - now_.wall))));
    for (const auto& kill : effects.kills)
      done_.push_back(fmt::format("kill {} {} grace {}", name_of(kill.attempt), to_string(kill.why), kill.grace == Duration{} ? "0" : to_string(kill.grace)));
    for (const auto& message : effects.sends) said(message);
    if (effects.reconnect) done_.push_back("reconnect");
    if (effects.refused) done_.push_back("refused: " + *effects.refused);
    if (effects.finished) done_.push_back("finished");
    if (const auto broken = worker_->broken_invariant()) done_.push_back(fmt::format("BROKEN INVARIANT: {}", *broken));
  }

  void said(const Message& message) {
    std::visit(Overloaded{
                   [&](const Hello& m) { done_.push_back("hello" + list("held", m.held) + list("retained", m.retained)); },
                   [&](const Beat& m) {
                     last_beat_ = m.number;
                     std::string text = fmt::format("beat credit={}", m.credit);
                     text += list("held", m.held) + list("retained", m.retained);
                     if (m.draining) text += " draining";
                     if (m.cleaning) text += " cleaning";
                     if (!m.trouble.empty()) text += fmt::format(" \"{}\"", m.trouble);
                     done_.push_back(std::move(text));
                   },
                   [&](const Report& m) {
                     for (const auto& end : m.ends)
                       done_.push_back(fmt::format("report {} {}{}", name_of(end.attempt), to_string(end.kind), cause_words(end.cause, end.code)));
                   },
                   [&](const auto&) { done_.push_back(std::string(name_of(message))); },
               },
               message);
  }

  WorkerPolicy policy_;
  std::unique_ptr<WorkerCore> worker_;
  Now now_{};
  std::uint64_t last_beat_ = 0;
  std::vector<std::string> done_;
};

}  // namespace

std::unique_ptr<Stage> worker_stage() { return std::make_unique<WorkerStage>(); }

}  // namespace cadre::script
