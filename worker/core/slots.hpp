// Small pure parts of the worker: the order of waiting work, what was seen, and how long engines take.
#pragma once

#include <cstdint>
#include <set>

#include "common/base/time.hpp"

namespace cadre {

// The order in which waiting work gets a slot.
struct Turn {
  int urgency = 0;  // minus the priority
  std::uint64_t arrival = 0;
  auto operator<=>(const Turn&) const = default;
};

// Which assign numbers of this session and epoch have been seen: an assignment is started at most once, however often
// it is delivered. Numbers come nearly in order, so this stays small.
class SeenNumbers {
 public:
  bool insert(std::uint64_t number) {
    if (number <= upto_ || !beyond_.insert(number).second) return false;
    while (!beyond_.empty() && *beyond_.begin() == upto_ + 1) {
      ++upto_;
      beyond_.erase(beyond_.begin());
    }
    return true;
  }
  std::uint64_t highest() const { return beyond_.empty() ? upto_ : *beyond_.rbegin(); }
  void clear() {
    upto_ = 0;
    beyond_.clear();
  }

 private:
  std::uint64_t upto_ = 0;  // all up to here
  std::set<std::uint64_t> beyond_;
};

// How long an engine's attempts take: a moving mean, the newest an eighth. From it follows how much work may wait for
// a slot: none behind long jobs, hundreds of tiny ones.
class RunTime {
 public:
  void add(Duration one) {
    known_ = true;
    mean_ += (one - mean_) / 8;
    if (mean_ < Duration{1}) mean_ = Duration{1};
  }
  // `oldest`: for how long the longest-running attempt has been at it already.
  std::uint64_t ahead(std::uint32_t slots, Duration work_ahead, Duration oldest) const {
    if (!known_) return 0;
    const Duration mean = oldest / 2 > mean_ ? oldest / 2 : mean_;
    return static_cast<std::uint64_t>(work_ahead / mean) * slots;
  }

 private:
  bool known_ = false;
  Duration mean_ = Duration{100'000};
};

}  // namespace cadre
