#include "broker/ctl/doctor_clock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cadre::ctl {

namespace {

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

std::string words(const std::string& whose, const ClockReading& reading) {
  const Duration offset = reading.offset();
  return fmt::format("{} clock is {:.3f} s {} this machine's (right to {:.3f} s)", whose,
                     seconds(std::chrono::abs(offset)), offset < Duration{} ? "behind" : "ahead of",
                     seconds(reading.doubt()));
}

}  // namespace

CheckState judge_clock(const ClockReading& reading) {
  const Duration certain = std::max(Duration{}, Duration{std::chrono::abs(reading.offset())} - reading.doubt());
  if (certain > clock_off_fail) return CheckState::failed;
  return certain > clock_off_warn ? CheckState::warning : CheckState::ok;
}

void check_clock(Chain& chain, const std::string& whose, const ClockReading& reading) {
  const std::string found = words(whose, reading);
  switch (judge_clock(reading)) {
    case CheckState::ok:
    case CheckState::skipped:
      return chain.ok("clock", found);
    case CheckState::warning:
      return chain.warn(
          "clock", found,
          "let both follow the same time server (chrony, systemd-timesyncd); no job is lost, but times in "
          "reports differ");
    case CheckState::failed:
      return chain.fail("clock", found,
                        "set the one that is wrong (timedatectl), and let both follow the same time server (chrony, "
                        "systemd-timesyncd); until then what is due by one is not due by the other");
  }
}

}  // namespace cadre::ctl
