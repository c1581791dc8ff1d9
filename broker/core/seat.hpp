// The broker seat (law 2): one active broker per schema. Pure: it says what to do next and learns what came of it; the
// shell asks the store.
#pragma once

#include <optional>
#include <string>

#include "broker/core/facts.hpp"
#include "common/base/time.hpp"

namespace cadre {

class SeatKeeper {
 public:
  struct Policy {
    Duration ttl = 5s;
    Duration renew_every = 1500ms;
    Duration look_every = 500ms;
  };
  enum class Wish : std::uint8_t { nothing, look, take, renew };

  explicit SeatKeeper(const Policy& policy) : policy_(policy) {}

  Wish wish(Instant now) const {
    if (busy_ || now < next_) return Wish::nothing;
    if (epoch_) return Wish::renew;
    return ready_to_take_ ? Wish::take : Wish::look;
  }
  void asked(Instant now) {
    busy_ = true;
    asked_at_ = now;
  }
  // What the seat looks like. It may be taken where the store's clock says that it expired, or where its renewal
  // counter has not moved for 1.5 TTL on our own clock: a clock that stepped back must not keep a dead holder alive.
  void looked(Instant now, std::uint64_t renewals, bool expired) {
    busy_ = false;
    next_ = now + policy_.look_every;
    if (!seen_renewals_ || *seen_renewals_ != renewals) {
      seen_renewals_ = renewals;
      unchanged_since_ = now;
    }
    const bool stale = now - unchanged_since_ >= policy_.ttl * 3 / 2;
    stale_renewals_ = stale ? seen_renewals_ : std::nullopt;
    ready_to_take_ = expired || stale;
    if (ready_to_take_) next_ = now;
  }
  void granted(Epoch epoch) {
    busy_ = false;
    epoch_ = epoch;
    next_ = asked_at_ + policy_.renew_every;
  }
  void denied(Instant now) {
    busy_ = false;
    ready_to_take_ = false;
    next_ = now + policy_.look_every;
  }
  void renewed() {
    busy_ = false;
    next_ = asked_at_ + policy_.renew_every;
  }
  void away(Instant now) {
    busy_ = false;
    next_ = now + policy_.look_every;
  }

  std::optional<Epoch> epoch() const { return epoch_; }
  std::optional<std::uint64_t> stale_renewals() const { return stale_renewals_; }

 private:
  const Policy policy_;
  bool busy_ = false;
  bool ready_to_take_ = false;
  Instant next_{};
  Instant asked_at_{};
  Instant unchanged_since_{};
  std::optional<std::uint64_t> seen_renewals_;
  std::optional<std::uint64_t> stale_renewals_;
  std::optional<Epoch> epoch_;
};

}  // namespace cadre
