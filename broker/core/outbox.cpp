#include "broker/core/outbox.hpp"

#include "common/base/assert.hpp"
#include "common/base/mutant.hpp"

namespace cadre {

Batch& Outbox::gather(std::uint64_t bytes) {
  const bool none_open = boxes_.size() == (in_flight_ ? 1u : 0u);
  const bool full = !none_open && (boxes_.back().rows >= policy_.batch_rows_max ||
                                   (boxes_.back().rows > 0 && boxes_.back().bytes + bytes > policy_.batch_bytes_max));
  if (none_open || full) boxes_.emplace_back();
  Box& box = boxes_.back();
  ++box.rows;
  ++rows_;
  box.bytes += bytes;
  bytes_ += bytes;
  return box.batch;
}

void Outbox::say(Effects& effects, Send send) {
  if (boxes_.empty())
    effects.sends.push_back(std::move(send));
  else
    boxes_.back().sends.push_back(std::move(send));
}

void Outbox::say_with_next(Send send) {
  CADRE_ASSERT(!in_flight_);
  CADRE_ASSERT(!boxes_.empty());
  boxes_.front().sends.push_back(std::move(send));
}

void Outbox::look_up(Effects& effects, Lookup lookup) {
  if (boxes_.empty())
    effects.lookups.push_back(lookup);
  else
    boxes_.back().lookups.push_back(lookup);
}

Batch* Outbox::next_to_fly() {
  if (in_flight_ || boxes_.empty()) return nullptr;
  return &boxes_.front().batch;
}

void Outbox::flush(Effects& effects) {
  if (in_flight_ || boxes_.empty()) return;
  Box& box = boxes_.front();
  CADRE_ASSERT(box.rows > 0);
  for (const auto& job : box.batch.jobs) box.jobs_in_it.push_back(job.id);
  box.keys_in_it = box.batch.keys;
  effects.commit = std::move(box.batch);
  box.batch = Batch{};
  in_flight_ = true;
}

Outbox::Box Outbox::landed() {
  CADRE_ASSERT(in_flight_);
  Box box = std::move(boxes_.front());
  boxes_.pop_front();
  in_flight_ = false;
  rows_ -= box.rows;
  bytes_ -= box.bytes;
  return box;
}

}  // namespace cadre
