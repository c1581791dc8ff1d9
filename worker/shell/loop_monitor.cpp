// The loop's part for who watches: what it checks of itself, and its numbers, twice a second.
#include <fmt/format.h>

#include "worker/shell/loop.hpp"

namespace cadre {

namespace {
constexpr Duration broker_silence_max = 5s;  // it answers every beat
}  // namespace

void WorkerLoop::publish() {
  if (monitor_.pages == nullptr || !monitor_.pages->due(now_.boot)) return;
  monitor_.pages->publish(
      {now_.boot, checks(), [numbers = numbers()](monitor::MetricsPage& page) { write_page(page, numbers); }});
}

std::vector<monitor::Check> WorkerLoop::checks() const {
  return {{"admitted", why_not_in()},
          {"spool", told_},
          {"engines", why_no_engines()},
          {"serving", asked_to_stop_ ? "it has been asked to stop, and takes no new work" : ""}};
}

std::string WorkerLoop::why_not_in() const {
  const Membership& membership = core_.membership();
  if (!membership.welcomed())
    return absence_.empty() ? fmt::format("no broker has let it in yet, at {}", settings_.door.address) : absence_;
  const Duration silence = now_.boot - membership.heard_at();
  return silence <= broker_silence_max
             ? ""
             : fmt::format("the broker at {} has not been heard for {}", settings_.door.address, to_string(silence));
}

// One engine that is broken is a matter of the numbers; a node where none of its own can run is good for nothing.
std::string WorkerLoop::why_no_engines() const {
  std::size_t good = 0;
  std::string first;
  for (const auto& [name, entry] : catalog_.entries()) {
    if (entry.definition->mode == EngineMode::builtin) continue;
    if (entry.broken.empty())
      ++good;
    else if (first.empty())
      first = fmt::format("{}: {}", name, entry.broken);
  }
  if (first.empty() && !catalog_.faults().empty()) first = catalog_.faults().front();
  return good > 0 || first.empty() ? "" : "none of this node's engines can be offered: " + first;
}

WorkerNumbers WorkerLoop::numbers() const {
  WorkerNumbers numbers;
  const Membership& membership = core_.membership();
  numbers.admitted = membership.welcomed();
  if (membership.heard_at() != Instant{}) numbers.heard = now_.wall - (now_.boot - membership.heard_at());
  numbers.slots = settings_.policy.slots;
  numbers.running = core_.running();
  numbers.waiting = core_.waiting();
  numbers.retained = core_.retained().size();
  for (const auto& [name, entry] : catalog_.entries())
    ++(entry.broken.empty() ? numbers.engines_offered : numbers.engines_broken);
  numbers.started = started_;
  numbers.ended = ended_;
  const auto space = spool_.space();
  numbers.spool_free = space.free;
  numbers.spool_size = space.size;
  numbers.swept = cleaner_.swept();
  if (monitor_.purged) numbers.purged = monitor_.purged->sum();
  return numbers;
}

}  // namespace cadre
