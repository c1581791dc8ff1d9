#include "common/cleanup/sweep_turn.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/mutant.hpp"

namespace cadre::cleanup {

namespace {

constexpr Duration ask_every = 5s;           // whether it is our turn
constexpr Duration answer_patience = 10s;
constexpr Duration permit_patience = 2s;     // then it is asked for again
constexpr Duration pause_where_full = 1min;  // a full volume asks for a turn at once, but not again and again
constexpr Duration pause_after_trouble = 1min;
constexpr std::size_t asked_max = 2'000;     // attempts in one question; the others wait for another turn

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

// "attempts/EPOCH-SEQUENCE.NUMBER" as an attempt; nothing for other names.
std::optional<AttemptId> attempt_of(const std::string& path) {
  const auto slash = path.find('/'), dot = path.rfind('.');
  if (slash == std::string::npos || dot == std::string::npos || dot < slash) return std::nullopt;
  const auto job = parse_job_id(path.substr(slash + 1, dot - slash - 1));
  if (!job) return std::nullopt;
  const AttemptId attempt{*job, static_cast<std::uint32_t>(std::strtoul(path.c_str() + dot + 1, nullptr, 10))};
  return attempt_path(attempt) == path ? std::optional(attempt) : std::nullopt;
}

}  // namespace

void SweepTurn::step(const SweepPlace& place, const SweepInput& input, SweepEffects& effects) {
  const Step s{place, effects};
  std::visit(Overloaded{[&](const SweepTick&) { on_tick(s); }, [&](const Answer& in) { on_answer(s, in); }, [&](const Looked& in) { on_looked(s, in); },
                        [&](const BatchWanted&) {
                          batch_wanted_ = true;
                          renew(s);
                        },
                        [&](const Swept& in) { on_swept(s, in.done); }, [&](const Tried& in) { on_tried(s, in); }},
             input);
}

void SweepTurn::on_tick(Step s) {
  switch (state_) {
    case State::idle:
      if (!s.place.welcomed || s.place.now < next_) return;
      state_ = State::asking;
      return ask(s, "turn.take", to_json(TurnWanted{std::to_string(s.place.session.value), s.place.urgent}));
    case State::looking:
    case State::removing:
    case State::trying: break;
    case State::asking:
    case State::checking:
    case State::telling:
      if (s.place.now - asked_at_ >= answer_patience) return give_up(s, "the broker does not answer");
      break;
  }
  if (!has_turn()) return;
  if (batch_wanted_ && s.place.now >= deadline_) return permit(s, false);
  if (s.place.now - renewal_asked_at_ >= (batch_wanted_ ? permit_patience : turn_.ttl * 3 / 10)) renew(s);
}

// Ids are ours and grow: an answer to a question that we gave up on is nobody's.
void SweepTurn::on_answer(Step s, const Answer& answer) {
  if (renewal_ != 0 && answer.id == renewal_) return on_renewed(s, answer);
  if (waiting_for_ == 0 || answer.id != waiting_for_) return;
  waiting_for_ = 0;
  if (!answer.ok && !(mutant(60) && state_ == State::checking)) return give_up(s, answer.error);
  const std::string_view json = answer.json ? std::string_view(*answer.json) : std::string_view();
  switch (state_) {
    case State::asking: return on_turn(s, json);
    case State::checking: return on_owned(s, json);
    case State::telling: return rest(s, s.place.urgent ? pause_where_full : ask_every);
    case State::idle:
    case State::looking:
    case State::removing:
    case State::trying: return;
  }
}

void SweepTurn::on_turn(Step s, std::string_view json) {
  auto answer = read_turn_answer(json);
  if (!answer) return give_up(s, "the broker's answer makes no sense");
  const bool only_look = !answer->granted && answer->look != 0;
  if (!answer->granted && !only_look) return rest(s, ask_every);
  turn_ = *std::move(answer);
  if (only_look) return begin_look(s);
  extend(asked_at_);
  renewal_asked_at_ = asked_at_;
  renewal_ = 0;
  batch_wanted_ = false;
  s.effects.cleaning = true;
  state_ = State::looking;
  s.effects.look = turn_.cluster;
}

// The broker is asked about all attempts that we do not answer for ourselves. What is ours now has an owner in this reading,
// although it may have none by the time of the answer: the broker is not asked about it.
void SweepTurn::on_looked(Step s, const Looked& looked) {
  if (state_ != State::looking) return;
  if (!looked.error.empty()) return give_up(s, looked.error);
  seen_ = looked.entries;
  const Owned ours = s.place.owned();
  std::vector<AttemptId> attempts;
  std::size_t put_off = 0;
  seen_told_.owned = 0;
  seen_told_.left.clear();
  std::erase_if(seen_, [&](const Entry& entry) {
    if (ours.has(entry.path)) return ++seen_told_.owned, !mutant(72);
    const auto attempt = attempt_of(entry.path);
    if (!attempt) return false;
    if (attempts.size() >= asked_max) return ++put_off, true;
    attempts.push_back(*attempt);
    return false;
  });
  if (put_off > 0) seen_told_.left.push_back(fmt::format("{} more directories of attempts are looked at in later turns", put_off));
  state_ = State::checking;
  ask(s, "turn.owned", to_json(attempts));
}

// A reading is an answer of the broker that has welcomed us, about our cluster; anything else ripens nothing.
void SweepTurn::on_owned(Step s, std::string_view json) {
  auto answer = read_owned_answer(json);
  if (mutant(60) && !answer) answer.emplace(OwnedAnswer{turn_.cluster, s.place.epoch, {}});  // nothing said is nothing owned
  const bool ours = answer && (answer->cluster == turn_.cluster || mutant(61)) && answer->epoch == s.place.epoch && s.place.welcomed;
  if (!ours) return give_up(s, "the broker's answer about attempts is not of our cluster, or not of the broker that welcomed us");
  Owned owned = s.place.owned();
  for (const AttemptId attempt : answer->owned) owned.attempt(attempt);
  auto ripe = orphans_.ripe(s.place.now, seen_, owned, mutant(63) ? Duration{} : turn_.grace);
  if (only_looks() && !mutant(74)) return try_out(s, owned, std::move(ripe));
  if (ripe.empty()) return tell(s, FilesDone{});
  state_ = State::removing;
  s.effects.remove = SweepEffects::Remove{turn_.cluster, std::move(ripe)};
}

void SweepTurn::renew(Step s) {
  if (mutant(64) && batch_wanted_) return permit(s, true);  // it was ours a while ago
  renewal_asked_at_ = s.place.now;
  renewal_permits_ = batch_wanted_;
  renewal_ = next_id_++;
  s.effects.sends.push_back(Ask{renewal_, "turn.renew", to_json(turn_.turn)});
}

void SweepTurn::on_renewed(Step s, const Answer& answer) {
  renewal_ = 0;
  if (!answer.ok) return;  // away for a moment: the deadline stands, and it is asked for again
  const Renewed renewed = answer.json ? read_renewed(*answer.json) : Renewed{};
  const bool ours = renewed.ours;
  if (renewed.ttl > Duration{}) turn_.ttl = renewed.ttl;
  if (ours) extend(renewal_asked_at_);
  else deadline_ = Instant{};  // somebody else has it: at once
  if (batch_wanted_ && (renewal_permits_ || !ours)) permit(s, ours && s.place.now < deadline_);
}

void SweepTurn::permit(Step s, bool yes) {
  batch_wanted_ = false;
  s.effects.permit = yes;
}

void SweepTurn::on_swept(Step s, const FilesDone& done) {
  if (state_ != State::removing) return;
  batch_wanted_ = false;
  tell(s, done);
}

void SweepTurn::tell(Step s, const FilesDone& done) {
  if (done.files > 0 || !done.left.empty() || !done.error.empty()) s.effects.swept = done;
  s.effects.cleaning = false;
  state_ = State::telling;
  ask(s, "turn.end", to_json(turn_.turn, done));
}

// A dry run. Its reading is one like any other: what it saw without an owner begins to wait, or goes on waiting.
void SweepTurn::begin_look(Step s) {
  seen_told_ = {};
  seen_told_.look = turn_.look;
  seen_told_.grace = turn_.grace;
  state_ = State::looking;
  s.effects.look = turn_.cluster;
}

void SweepTurn::try_out(Step s, const Owned& owned, std::vector<Entry> ripe) {
  const auto one = [&](const Entry& entry) {
    return FilesSeen::One{entry.path, entry.files, entry.bytes, orphans_.ownerless_for(entry.path, s.place.now).value_or(Duration{})};
  };
  auto next = ripe.begin();  // in the order of what was seen
  for (const Entry& entry : seen_) {
    if (owned.has(entry.path)) ++seen_told_.owned;
    else if (next != ripe.end() && next->path == entry.path) ++next, seen_told_.goes.add(one(entry));
    else seen_told_.waits.add(one(entry));
  }
  if (ripe.empty()) return tell_seen(s);
  state_ = State::trying;
  s.effects.try_out = SweepEffects::Remove{turn_.cluster, std::move(ripe)};
}

void SweepTurn::on_tried(Step s, const Tried& tried) {
  if (state_ != State::trying) return;
  seen_told_.left.insert(seen_told_.left.end(), tried.left.begin(), tried.left.end());
  tell_seen(s);
}

void SweepTurn::tell_seen(Step s) {
  state_ = State::telling;
  ask(s, "turn.seen", to_json(seen_told_));
  seen_told_ = {};
}

// Nothing was removed. A turn that we hold is given back with the reason, so that people see it.
void SweepTurn::give_up(Step s, const std::string& why) {
  if (std::exchange(told_, why) != why) s.effects.trouble = why;
  if (only_looks()) {
    seen_told_.error = why;
    if (s.place.welcomed && state_ != State::telling) return tell_seen(s);
    seen_told_ = {};
  }
  if (has_turn()) {
    s.effects.cleaning = false;
    if (s.place.welcomed) {
      FilesDone nothing;
      nothing.error = why;
      tell(s, nothing);
      next_ = s.place.now + pause_after_trouble;
      return;
    }
  }
  rest(s, pause_after_trouble);
}

void SweepTurn::ask(Step s, const char* question, std::string arguments) {
  asked_at_ = s.place.now;
  waiting_for_ = next_id_++;
  s.effects.sends.push_back(Ask{waiting_for_, question, std::move(arguments)});
}

void SweepTurn::rest(Step s, Duration how_long) {
  state_ = State::idle;
  waiting_for_ = 0;
  next_ = std::max(next_, s.place.now + how_long);
}

}  // namespace cadre::cleanup
