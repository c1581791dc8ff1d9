// Belonging to the cluster: hello until welcomed, then a beat at the worker's own pace; and the lease that the beats
// renew. Pure.
#pragma once

#include <map>
#include <string>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace cadre {

class Membership {
 public:
  struct Policy {
    Duration hello_interval = 1s;
    Duration silence_max = 5s;       // nothing heard for so long: the connection is rebuilt
  };
  struct Who {
    SessionId session;
    std::uint64_t instance = 0;
    std::string address;
    std::string software;
  };

  Membership(const Policy& policy, Who who) : policy_(policy), who_(std::move(who)) {}

  const Who& who() const { return who_; }
  bool welcomed() const { return welcomed_; }
  Epoch epoch() const { return epoch_; }
  Duration lease_ttl() const { return lease_ttl_; }

  bool hello_due(Instant now) const { return !welcomed_ && now >= next_hello_; }
  std::uint64_t said_hello(Instant now) {
    next_hello_ = now + policy_.hello_interval;
    hello_at_ = now;
    return ++beat_number_;
  }
  void welcome(Instant now, Epoch epoch, Duration lease_ttl, Duration beat_interval);
  // The broker does not know us (any more).
  void unwelcome(Instant now) {
    welcomed_ = false;
    if (next_hello_ < now) next_hello_ = now;
  }

  bool beat_due(Instant now) const { return welcomed_ && now >= next_beat_; }
  std::uint64_t said_beat(Instant now);
  // True where the answer renews the lease.
  bool beat_heard(Instant now, Epoch epoch, std::uint64_t number);
  void heard_anything(Instant now) { heard_at_ = now; }
  Instant heard_at() const { return heard_at_; }  // 0: never

  // The broker may count us out at the time of our last heard beat + ttl; we are done by 0.8 of it, counted from
  // before the beat was sent (guarantees.md R6). Pauses and slow clocks eat the rest.
  bool lease_lost(Instant now) const { return lease_from_ != Instant{} && now >= lease_from_ + lease_ttl_ * 4 / 5; }
  void forget_lease() { lease_from_ = Instant{}; }

  // True once in each stretch of silence: the connection may be half-open.
  bool silent(Instant now);

 private:
  Policy policy_;
  Who who_;
  bool welcomed_ = false;
  Epoch epoch_;
  Duration lease_ttl_{};
  Duration beat_interval_ = 1s;
  Instant next_hello_{};
  Instant hello_at_{};
  Instant next_beat_{};
  Instant heard_at_{};
  Instant lease_from_{};
  std::uint64_t beat_number_ = 0;
  std::map<std::uint64_t, Instant> beats_;  // sent, not yet heard; bounded
};

}  // namespace cadre
