// The loop's part for who watches: what it checks of itself, and its numbers, twice a second; from the database what
// only that knows, now and then.
#include <fmt/format.h>

#include "broker/shell/loop.hpp"

namespace cadre {

namespace {
constexpr Duration cleanup_look_every = 30s;
constexpr Duration cleanup_stale_after = 3 * cleanup_look_every;  // then nothing is said of it: nobody knows
}  // namespace

void Loop::publish() {
  if (settings_.monitor == nullptr || !settings_.monitor->due(now_.boot)) return;
  look_at_cleanup();
  settings_.monitor->publish(
      {now_.boot, checks(), [numbers = numbers()](monitor::MetricsPage& page) { write_page(page, numbers); }});
}

std::vector<monitor::Check> Loop::checks() const {
  const bool of_schema = unsafe_.starts_with("the schema ");
  const bool serves = core_ && ready_;
  std::string lease =
      seat_holder_told_.empty() ? "it has not been granted yet" : "another broker has it: " + seat_holder_told_;
  return {{"database", database_.trouble(now_.boot)},
          {"schema", of_schema ? unsafe_ : ""},
          {"settings", of_schema ? "" : unsafe_},
          {"lease", core_ ? "" : std::move(lease)},
          {"loaded", serves  ? ""
                     : core_ ? "the open jobs are being read"
                             : "without the lease there is nothing to read"},
          {"zap", gate_.alive() || settings_.open_door
                      ? ""
                      : "nobody can be let in any more; the broker ends and is to be restarted"},
          {"submits", serves ? core_->why_closed() : "no job is accepted before the open ones are read"}};
}

BrokerNumbers Loop::numbers() const {
  BrokerNumbers numbers;
  numbers.lease_held = core_ != nullptr;
  numbers.database_up = database_.trouble(now_.boot).empty();
  if (core_ && ready_) add_core(numbers, *core_, now_);
  numbers.counts = counts_;
  numbers.said = mail_.said();
  numbers.refused_keys = gate_.refused() - refused_before_;
  numbers.protocol_errors = protocol_errors_;
  numbers.volume = volume_;
  if (cleanup_ && now_.boot - cleanup_->at <= cleanup_stale_after) numbers.cleanup = cleanup_;
  if (settings_.removed) numbers.removed = settings_.removed->sum();
  return numbers;
}

void Loop::look_at_cleanup() {
  if (!office_ || !core_ || !ready_ || looking_at_cleanup_ || now_.boot < next_cleanup_look_) return;
  next_cleanup_look_ = now_.boot + cleanup_look_every;
  looking_at_cleanup_ =
      office_->post([this, now = now_](cleanup::Office& office) -> WorkThread<cleanup::Office>::Completion {
        auto told = office.status(now.wall);
        auto found = std::make_shared<Result<CleanupNumbers>>(told ? cleanup_numbers(*told, now.boot)
                                                                   : Result<CleanupNumbers>(Error{told.error()}));
        return [this, found] {
          looking_at_cleanup_ = false;
          if (*found) cleanup_ = **found;
        };
      });
}

}  // namespace cadre
