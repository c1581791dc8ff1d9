// Finished reports that the broker has not noted yet. Kept in memory and repeated: an outage of broker, database or
// network loses no finished result of a living worker (guarantees.md G8), within the budget.
#pragma once

#include <map>
#include <vector>

#include "common/protocol/message.hpp"

namespace cadre {

class Retained {
 public:
  void keep(Instant now, AttemptEnd end);
  // True where there was one.
  bool noted(AttemptId attempt);
  bool contains(AttemptId attempt) const { return kept_.contains(attempt); }
  std::vector<AttemptId> list() const;
  // Those last sent before `before`, at most `count`; they count as sent at `now`.
  std::vector<AttemptEnd> due(Instant now, Instant before, std::size_t count);
  // Send this one again in the next round, whatever was sent when.
  void hurry(AttemptId attempt);
  void hurry_all();
  std::size_t size() const { return kept_.size(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Kept {
    AttemptEnd end;
    Instant sent{};
    std::uint64_t bytes = 0;
  };
  std::map<AttemptId, Kept> kept_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cadre
