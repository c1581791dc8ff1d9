#include "common/client/client_core.hpp"

#include <utility>

#include "common/base/mutant.hpp"
#include "common/base/overloaded.hpp"

namespace cadre {

namespace {
std::uint64_t bytes_of(const JobRequest& request) { return request.body ? request.body->size() : 0; }

bool is_final(JobState state) {
  return state == JobState::done || state == JobState::dead || state == JobState::cancelled;
}
}  // namespace

void ClientCore::step(const Now& now, const ClientInput& input, ClientEffects& effects) {
  const Step s{now, effects};
  std::visit(Overloaded{
                 [&](const SubmitJobs& in) {
                   for (const auto& job : in.jobs) queue_.push_back(job);
                   fill_window(s);
                 },
                 [&](const AwaitJobs& in) {
                   Wait wait{in.watch, {}};
                   for (const JobId job : in.jobs) {
                     waits_[job] = {in.watch, now.boot};
                     wait.jobs.push_back(job);
                     if (wait.jobs.size() == limits::held_max) effects.sends.push_back(std::exchange(wait, {in.watch, {}}));
                   }
                   if (welcomed_ && !wait.jobs.empty()) effects.sends.push_back(std::move(wait));
                 },
                 [&](const CancelJobs& in) {
                   for (const JobId job : in.jobs) cancels_[job] = now.boot;
                   if (welcomed_) effects.sends.push_back(Cancel{in.jobs});
                 },
                 [&](const AskQuestion& in) {
                   asks_[in.ask.id] = {in.ask, now.boot};
                   if (welcomed_) effects.sends.push_back(in.ask);
                 },
                 [&](const AskResult& in) {
                   asks_[in.fetch.id] = {in.fetch, now.boot};
                   if (welcomed_) effects.sends.push_back(in.fetch);
                 },
                 [&](const ToClient& in) {
                   heard_ = now.boot;
                   on_message(s, in.message);
                 },
                 [&](const ClientTick&) { on_tick(s); },
             },
             input);
}

void ClientCore::on_message(Step s, const Message& message) {
  std::visit(Overloaded{
                 [&](const Welcome& m) {
                   welcomed_ = true;
                   s.effects.welcome = m;
                   // Whatever was said on an earlier connection may be lost: everything unanswered is said again.
                   for (auto& [key, pending] : submits_) pending.next_send = s.now.boot;
                   for (auto& [job, waited] : waits_) waited.asked = Instant{};
                   for (auto& [job, at] : cancels_) at = Instant{};
                   for (auto& [id, question] : asks_) question.asked = Instant{};
                   fill_window(s);
                   send_again(s);
                 },
                 [&](const Greet&) {
                   welcomed_ = false;
                   next_hello_ = s.now.boot;
                 },
                 [&](const Submitted& m) { on_submitted(s, m); },
                 [&](const Notices& m) { on_notices(s, m); },
                 [&](const Cancelled& m) {
                   for (const auto& answer : m.answers)
                     if (cancels_.erase(answer.job) > 0) s.effects.cancels.push_back(answer);
                 },
                 [&](const Answer& m) {
                   if (asks_.erase(m.id) > 0) s.effects.answers.push_back(m);
                 },
                 [&](const ResultAnswer& m) {
                   if (asks_.erase(m.id) > 0) s.effects.results.push_back(m);
                 },
                 [&](const Refusal& m) { s.effects.refusal = m; },
                 [](const auto&) {},
             },
             message);
}

void ClientCore::on_submitted(Step s, const Submitted& m) {
  for (const SubmitAnswer& answer : m.answers) {
    const auto place = submits_.find(answer.key);
    if (place == submits_.end() || place->second.request.ticket != answer.ticket) continue;  // answered before
    Pending& pending = place->second;
    ++pending.answers;
    if (answer.standing == Standing::retry_later && !mutant(35)) {
      pending.next_send = s.now.boot + answer.retry_after;
      s.effects.put_off.push_back(answer);
      continue;
    }
    if (pending.request.watch != Watch::none && answer.job) waits_[answer.job] = {pending.request.watch, s.now.boot};
    const bool definite = answer.standing != Standing::refused || pending.answers >= pending.sends;
    submit_bytes_ -= bytes_of(pending.request);
    submits_.erase(place);
    s.effects.submissions.push_back({answer, definite});
  }
  fill_window(s);
}

void ClientCore::on_notices(Step s, const Notices& m) {
  for (const Notice& notice : m.notices) {
    const auto place = waits_.find(notice.job);
    if (place == waits_.end()) continue;
    if (notice.unknown || is_final(notice.state)) waits_.erase(place);
    s.effects.notices.push_back(notice);
  }
}

void ClientCore::on_tick(Step s) {
  if (!welcomed_) {
    if (s.now.boot >= next_hello_) {
      next_hello_ = s.now.boot + policy_.hello_interval;
      Hello hello;
      hello.software = software_;
      s.effects.sends.push_back(std::move(hello));
    }
  } else {
    send_again(s);
  }
  if (heard_ == Instant{}) heard_ = s.now.boot;
  if (s.now.boot - heard_ >= policy_.silence_max + patience_for(submit_bytes_) && (!welcomed_ || !idle())) {
    heard_ = s.now.boot;
    welcomed_ = false;
    s.effects.reconnect = true;
  }
}

void ClientCore::fill_window(Step s) {
  while (welcomed_ && !queue_.empty() && submits_.size() < policy_.window &&
         (submits_.empty() || submit_bytes_ + bytes_of(queue_.front()) <= policy_.window_bytes)) {
    JobRequest request = std::move(queue_.front());
    queue_.pop_front();
    submit_bytes_ += bytes_of(request);
    const std::string key = request.key;
    request.ticket = ++tickets_;
    const auto [place, fresh] = submits_.emplace(key, Pending{std::move(request), {}, 0, 0});
    if (!fresh) {  // the same key twice in one program: one answer serves both
      submit_bytes_ -= bytes_of(request);
      continue;
    }
    send(s, place->second);
  }
}

void ClientCore::send(Step s, Pending& pending) {
  ++pending.sends;
  pending.next_send = s.now.boot + policy_.resend_after + patience_for(submit_bytes_);
  Submit submit;
  submit.jobs.push_back(pending.request);
  s.effects.sends.push_back(std::move(submit));
}

void ClientCore::send_again(Step s) {
  for (auto& [key, pending] : submits_)
    if (s.now.boot >= pending.next_send && !mutant(36)) send(s, pending);
  Wait notices{Watch::notice, {}};
  Wait results{Watch::result, {}};
  for (auto& [job, waited] : waits_) {
    if (s.now.boot - waited.asked < policy_.rewait_after) continue;
    Wait& wait = waited.watch == Watch::result ? results : notices;
    if (wait.jobs.size() == limits::held_max) continue;  // in the next tick
    waited.asked = s.now.boot;
    wait.jobs.push_back(job);
  }
  for (Wait* wait : {&notices, &results})
    if (!wait->jobs.empty()) s.effects.sends.push_back(std::move(*wait));
  for (auto& [job, asked] : cancels_) {
    if (s.now.boot - asked < policy_.resend_after) continue;
    asked = s.now.boot;
    s.effects.sends.push_back(Cancel{{job}});
  }
  for (auto& [id, question] : asks_) {
    if (s.now.boot - question.asked < policy_.resend_after) continue;
    question.asked = s.now.boot;
    s.effects.sends.push_back(question.message);
  }
}

}  // namespace cadre
