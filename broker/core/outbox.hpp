// Persist, then speak (law 1). Rows gather in a box together with everything that may be said only once they are
// durable. One box is with the writer; the others wait behind it, in order. There is no timer: whatever has gathered
// while the last transaction ran is the next one.
#pragma once

#include <deque>
#include <optional>

#include "broker/core/effect.hpp"
#include "broker/core/policy.hpp"

namespace cadre {

class Outbox {
 public:
  explicit Outbox(const Policy& policy) : policy_(policy) {}

  // The batch that a fact is to be added to; `bytes` is what the fact weighs.
  Batch& gather(std::uint64_t bytes);

  // Leaves when everything gathered so far is durable; at once where nothing is waiting.
  void say(Effects& effects, Send send);
  void look_up(Effects& effects, Lookup lookup);
  // Leaves with the batch that is next to fly: what rests on a row in it and on nothing later.
  void say_with_next(Send send);
  // What waits to be said, wherever: for putting right what turned out otherwise.
  template <class Visit>
  void each_waiting(Visit visit) {
    for (auto& box : boxes_) visit(box.sends);
  }
  // And what waits to be written, but for the batch in flight.
  template <class Visit>
  void each_waiting_batch(Visit visit) {
    for (auto& box : boxes_) visit(box.batch);  // the one in flight is with the writer: here it is empty
  }

  // The newest batch that the writer does not have yet and the next one to go to it, or null. First assignments of its
  // own new jobs may still be added to it.
  Batch* next_to_fly();
  // Hands that batch to the writer, if it is idle and there is anything to write.
  void flush(Effects& effects);

  // The batch in flight is durable. The box comes back: what it held may be said now (release).
  struct Box {
    Batch batch;  // in flight: moved away, but for `jobs_in_it`
    std::vector<JobId> jobs_in_it;
    std::vector<KeyRow> keys_in_it;
    std::vector<Send> sends;
    std::vector<Lookup> lookups;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };
  Box landed();

  bool in_flight() const { return in_flight_; }
  bool crowded() const { return rows_ >= policy_.gather_rows_max || bytes_ >= policy_.gather_bytes_max; }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  const Policy& policy_;
  std::deque<Box> boxes_;  // front: with the writer, if in_flight_
  bool in_flight_ = false;
  std::uint64_t rows_ = 0;   // of all boxes
  std::uint64_t bytes_ = 0;
};

}  // namespace cadre
