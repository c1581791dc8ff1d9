// Time has passed: what was delayed wakes, what is too late expires, who is silent is lost. Every loop is bounded; what
// is left over is done in the next tick.
#include "broker/core/broker.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

namespace {
constexpr Duration checkpoint_interval = 60s;
}

void Broker::on_tick(Step s) {
  if (!loaded_) return;
  wake_delayed(s);
  expire(s);
  lose_silent_workers(s);
  const bool many = outcomes_since_checkpoint_ >= policy_.checkpoint_every;
  const bool old = outcomes_since_checkpoint_ > 0 && s.now.boot - last_checkpoint_ >= checkpoint_interval;
  if ((many || old) && store_trouble_.empty() && room_ != Room::scarce) gather_checkpoint(s);
}

void Broker::wake_delayed(Step s) {
  std::uint32_t left = policy_.tick_batch_max;
  const auto wake = [&](auto& queue, auto now) {
    while (left > 0 && !queue.empty() && queue.begin()->first <= now) {
      --left;
      Job& job = jobs_.at(queue.begin()->second);
      queue.erase(queue.begin());
      move(s, job, JobState::ready);
      line_up(s, job);
    }
  };
  wake(due_, s.now.boot);
  wake(due_wall_, s.now.wall);
}

void Broker::expire(Step s) {
  for (std::uint32_t left = policy_.tick_batch_max; left > 0 && !expiry_.empty(); --left) {
    const auto [at, id] = *expiry_.begin();
    if (s.now.wall < at) return;
    write_outcome(s, jobs_.at(id), JobState::dead, Reason::expired, AttemptEnd{});
  }
}

void Broker::lose_silent_workers(Step s) {
  for (auto& [node, worker] : workers_) {
    if (s.now.boot - worker.heard < (mutant(47) ? policy_.lease_ttl / 2 : policy_.lease_ttl)) continue;
    if (mutant(33)) continue;
    if (worker.route) s.effects.trace("worker {} has been silent for too long", names_.text(node));
    worker.route.reset();
    for (auto& [engine, at] : worker.engines) {
      const auto leased = at.leased;
      for (const JobId id : leased) lose(s, jobs_.at(id), "its worker has not been heard of for the whole lease");
    }
  }
}

}  // namespace cadre
