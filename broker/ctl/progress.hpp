// A bar on standard error while many jobs are under way: on a terminal only, at most ten times a second.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/time.hpp"

namespace cadre::ctl {

struct ProgressState {
  std::string label;
  std::uint64_t total = 0;  // 0: not known
  std::uint64_t done = 0;   // ended in any way
  std::uint64_t failed = 0;
  Duration elapsed{};
};

// One line for a terminal of so many columns.
std::string draw(const ProgressState& state, std::size_t columns, bool utf8);

class Progress {
 public:
  Progress(std::string label, std::uint64_t total, Instant started, bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(Instant now, std::uint64_t done, std::uint64_t failed, std::uint64_t total);
  void say(std::string_view message);  // a message above the bar; also where there is none
  void make_way();                     // before output: the line is free where output goes to the same terminal
  void clear();                        // the line is free

 private:
  ProgressState state_;
  Instant started_;
  Instant drawn_{};
  bool shown_ = false;
  bool wanted_;
};

}  // namespace cadre::ctl
