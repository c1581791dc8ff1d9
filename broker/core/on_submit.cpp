// A submit: within limits? a repeat? Then a job, a row, and an answer that waits for the row.
#include <fmt/format.h>

#include "broker/core/broker.hpp"
#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

namespace {

std::uint64_t weight(const JobRequest& request) {
  return 300 + request.key.size() + request.body->params.size() + (request.blob ? 0 : request.body->payload.size());
}

Send answer(PeerId to, SubmitAnswer one) {
  Submitted message;
  message.answers.push_back(std::move(one));
  return {to, std::move(message)};
}

}  // namespace

void Broker::on_submit(Step s, const Received& in, const Submit& submit) {
  for (const auto& request : submit.jobs) submit_one(s, in.from, in.who, request, JobId{}, 0);
}

// For the sender's sake only: what may never be stored. Told once, final.
std::optional<std::string> Broker::objection(const JobRequest& request) const {
  if (request.key.empty()) return "a submit key is required: any text of up to 200 bytes that you use once per job";
  if (request.body == nullptr) return "the job has no body";
  if (request.body->payload.size() > policy_.payload_max)
    return fmt::format("the payload has {} bytes, the limit is {}; put the file on a share that all nodes see and send "
                       "its path (--by-path)",
                       request.body->payload.size(), policy_.payload_max);
  for (const std::string* text : {&request.engine, &request.queue})
    if (!is_name(*text)) return fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", *text);
  if (policy_.strict_engines) {
    const auto engine = names_.find(request.engine);
    bool offered = false;
    for (const auto& [node, worker] : workers_)
      offered = offered || (engine && worker.engines.contains(*engine) && worker.engines.at(*engine).offered);
    if (!offered) return fmt::format("no worker offers the engine '{}' (the broker is strict about that)", request.engine);
  }
  return std::nullopt;
}

std::string Broker::why_busy() const {
  std::string why = why_closed();
  return why.empty() && outbox_.crowded() ? "too much is waiting to be stored" : why;
}

std::string Broker::why_closed() const {
  if (!loaded_) return "the broker is starting";
  if (!store_trouble_.empty()) return "nothing can be stored now: " + store_trouble_;
  if (room_ != Room::enough) return "no job is accepted now: " + room_trouble_;
  if (jobs_.size() >= policy_.waiting_max) return fmt::format("{} jobs are waiting, the limit is reached", jobs_.size());
  return "";
}

void Broker::submit_one(Step s, PeerId from, const Identity& who, const JobRequest& request, JobId retried,
                        std::uint64_t ask) {
  const auto say_now = [&](SubmitAnswer one) {
    // `refused` and `retry_later` rest on nothing that must be durable.
    s.effects.trace("{} {}: {}", one.standing == Standing::refused ? "refused" : "put off", one.key, one.reason);
    if (ask != 0)
      s.effects.sends.push_back({from, Answer{ask, false, one.reason, nullptr}});
    else
      s.effects.sends.push_back(answer(from, std::move(one)));
  };
  if (auto why = objection(request)) {
    ++stats_.refused;
    return say_now({request.ticket, request.key, Standing::refused, JobId{}, std::move(*why), Duration{}});
  }
  std::string busy = why_busy();
  const auto engine = names_.intern(request.engine, policy_.names_max);
  const auto queue = names_.intern(request.queue, policy_.names_max);
  const auto client = names_.intern(who.name, policy_.names_max);
  if (!engine || !queue || !client) busy = "too many different engine, queue and client names are in use";
  if (!busy.empty()) {
    ++stats_.put_off;
    return say_now({request.ticket, request.key, Standing::retry_later, JobId{}, busy, policy_.retry_after});
  }

  CADRE_ASSERT(sequence_ < JobId::sequence_max);
  const JobId id = JobId::make(epoch_, ++sequence_);
  Job& job = jobs_[id];
  job.id = id;
  job.engine = *engine;
  job.queue = *queue;
  job.client = *client;
  job.state = request.not_before > s.now.wall ? JobState::delayed : JobState::ready;
  job.priority = static_cast<std::int8_t>(request.priority);
  job.attempts_max = static_cast<std::uint16_t>(request.attempts_max);
  job.not_before = request.not_before;
  job.not_after = request.not_after;
  job.backoff = request.backoff;
  job.time_limit = request.time_limit;
  job.stall_limit = request.stall_limit;
  job.memory_limit = request.memory_limit;
  job.due = s.now.boot;
  tally_.appeared(job);
  keep_body(job, request.body);

  Batch& batch = outbox_.gather(weight(request));
  batch.jobs.push_back({id, who.name, request, s.now.service, s.now.wall, {}});
  if (retried) batch.retried.push_back({retried, id});
  s.effects.trace("write {} {}", to_string(id), to_string(job.state));
  if (request.watch != Watch::none) watch_job(s, from, id, request.watch);
  if (ask != 0) {
    auto json = std::make_shared<Bytes>(fmt::format("{{\"job\":\"{}\"}}", to_string(id)));
    return outbox_.say(s.effects, {from, Answer{ask, true, "", std::move(json)}});
  }
  Send accepted = answer(from, {request.ticket, request.key, Standing::accepted, id, "", Duration{}});
  if (mutant(1)) return s.effects.sends.push_back(std::move(accepted));  // speaks before it persists
  outbox_.say(s.effects, std::move(accepted));
}

// The new job belongs to the client of the old one, under a key that only it can have: whoever asks a second time gets
// the first one's job.
void Broker::on_retry(Step s, const RetryJob& in) {
  JobRequest request = in.old_job.request;
  request.key = retry_key(in.old_job.id);
  request.retry_of = in.old_job.id;
  request.not_before = WallTime{};
  request.not_after = WallTime{};
  request.watch = Watch::none;
  request.digest = digest_of(request);
  submit_one(s, in.from, Identity{in.old_job.client, in.who.role}, request, in.old_job.id, in.ask);
}

}  // namespace cadre
