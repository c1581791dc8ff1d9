// Small pure parts of the worker: the order of waiting work, what was seen, and how long engines take.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>

#include "common/base/time.hpp"

namespace cadre {

// The order in which waiting work gets a slot.
struct Turn {
  int urgency = 0;  // minus the priority
  std::uint64_t arrival = 0;
  auto operator<=>(const Turn&) const = default;
};

// Which assign numbers of this session and epoch have been seen: an assignment is started at most once, however often
// it is delivered. Kept as runs: numbers come nearly in order, and those that went to another session of this node never come.
class SeenNumbers {
 public:
  bool insert(std::uint64_t number) {
    const auto behind = runs_.upper_bound(number);
    const auto before = behind == runs_.begin() ? runs_.end() : std::prev(behind);
    if (before != runs_.end() && number <= before->second) return false;
    const bool goes_on = before != runs_.end() && before->second + 1 == number;
    const auto run = goes_on ? before : runs_.emplace_hint(behind, number, number);
    run->second = number;
    if (behind == runs_.end() || behind->first != number + 1) return true;
    run->second = behind->second;
    runs_.erase(behind);
    return true;
  }
  std::uint64_t highest() const { return runs_.empty() ? 0 : runs_.rbegin()->second; }
  std::size_t runs() const { return runs_.size(); }
  void clear() { runs_.clear(); }

 private:
  std::map<std::uint64_t, std::uint64_t> runs_;  // first to last
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
