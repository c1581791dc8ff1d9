#include "broker/ctl/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration draw_every = 100ms;
constexpr std::size_t bar_cells_max = 30;
constexpr std::size_t bar_cells_min = 8;

std::size_t columns_of_terminal() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string clock_time(Duration duration) {
  const auto seconds = duration.count() / 1'000'000;
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

std::string draw(const ProgressState& state, std::size_t columns, bool utf8) {
  const double seconds = static_cast<double>(state.elapsed.count()) / 1e6;
  const double rate = seconds > 0 ? static_cast<double>(state.done) / seconds : 0;
  std::string right = fmt::format(" {}", state.done);
  if (state.total > 0) right += fmt::format("/{} {:3} %", state.total, state.done * 100 / state.total);
  if (rate > 0) right += fmt::format("  {:.1f} jobs/s", rate);
  if (rate > 0 && state.total > state.done)
    right +=
        "  ETA " +
        clock_time(Duration{static_cast<std::int64_t>(static_cast<double>(state.total - state.done) / rate * 1e6)});
  if (state.failed > 0) right += fmt::format("  {} failed", state.failed);
  const std::size_t taken = state.label.size() + 3 + right.size();
  if (state.total == 0 || columns < taken + bar_cells_min) return (state.label + right).substr(0, columns);
  const std::size_t cells = std::min(bar_cells_max, columns - taken);
  const auto full = static_cast<std::size_t>(std::min(state.done, state.total) * cells / state.total);
  std::string bar;
  for (std::size_t i = 0; i < cells; ++i) bar += i < full ? (utf8 ? "█" : "#") : (utf8 ? "░" : ".");
  return utf8 ? fmt::format("{} ▕{}▏{}", state.label, bar, right) : fmt::format("{} [{}]{}", state.label, bar, right);
}

Progress::Progress(std::string label, std::uint64_t total, Instant started, bool wanted)
    : state_{std::move(label), total, 0, 0, {}}, started_(started), wanted_(wanted && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() { clear(); }

void Progress::update(Instant now, std::uint64_t done, std::uint64_t failed, std::uint64_t total) {
  state_.done = done;
  state_.failed = failed;
  state_.total = total;
  state_.elapsed = now - started_;
  if (!wanted_ || now - drawn_ < draw_every) return;
  drawn_ = now;
  shown_ = true;
  std::fputs(("\r\x1b[K" + draw(state_, columns_of_terminal() - 1, speaks_utf8())).c_str(), stderr);
}

void Progress::clear() {
  if (!std::exchange(shown_, false)) return;
  std::fputs("\r\x1b[K", stderr);
}

void Progress::make_way() {
  if (isatty(STDOUT_FILENO) != 0) clear();
}

void Progress::say(std::string_view message) {
  clear();
  ctl::say(message);
}

}  // namespace cadre::ctl
