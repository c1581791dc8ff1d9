#include "worker/core/membership.hpp"

namespace cadre {

namespace {
constexpr std::size_t beats_kept_max = 256;
}

void Membership::welcome(Instant now, Epoch epoch, Duration lease_ttl, Duration beat_interval) {
  if (epoch != epoch_) beats_.clear();
  welcomed_ = true;
  epoch_ = epoch;
  lease_ttl_ = lease_ttl;
  beat_interval_ = beat_interval;
  lease_from_ = hello_at_;  // the hello counts as a beat
  next_beat_ = now;
  heard_at_ = now;
}

std::uint64_t Membership::said_beat(Instant now) {
  next_beat_ = now + beat_interval_;
  beats_[++beat_number_] = now;
  if (beats_.size() > beats_kept_max) beats_.erase(beats_.begin());
  return beat_number_;
}

bool Membership::beat_heard(Instant now, Epoch epoch, std::uint64_t number) {
  heard_at_ = now;
  const auto sent = beats_.find(number);
  if (epoch != epoch_ || !welcomed_ || sent == beats_.end()) return false;
  if (sent->second > lease_from_) lease_from_ = sent->second;
  beats_.erase(beats_.begin(), std::next(sent));
  return true;
}

bool Membership::silent(Instant now) {
  if (heard_at_ == Instant{}) heard_at_ = now;  // it has only just begun to listen
  if (now - heard_at_ < policy_.silence_max) return false;
  heard_at_ = now;  // asked once, then the new connection has its chance
  return true;
}

}  // namespace cadre
