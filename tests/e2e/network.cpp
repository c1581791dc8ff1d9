#include "tests/e2e/network.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include <fmt/format.h>

#include "common/base/assert.hpp"
#include "common/os/clock.hpp"

namespace cadre::test {

namespace {

constexpr int frames_per_turn = 64;         // of one node, before the next one has its turn
constexpr std::size_t late_max = 20'000;    // frames on their way; a real switch has less room
constexpr std::size_t header_bytes = 14;    // of Ethernet: to, from, type

}  // namespace

Network::Network(const std::vector<std::string>& nodes, std::uint64_t seed) : dice_(seed) {
  islands_.reserve(nodes.size());
  for (const auto& node : nodes) {
    const auto number = static_cast<std::uint8_t>(islands_.size() + 1);
    numbers_[node] = number;
    islands_.emplace_back(node, number);
  }
  thread_ = std::thread([this] { run(); });
}

Network::~Network() {
  {
    const std::lock_guard guard(mutex_);
    over_ = true;
  }
  bell_.ring();
  thread_.join();
}

std::optional<std::string> Network::impossible() {
  if (geteuid() != 0) return "nodes with networks of their own are made by root only; run this test as root";
  try {
    const Island island("probe", 1);
    return std::nullopt;
  } catch (const std::runtime_error& error) {
    return fmt::format("nodes with networks of their own cannot be made here ({}); they need the right to make network namespaces, and /dev/net/tun", error.what());
  }
}

void Network::cut(const std::string& node) {
  const std::lock_guard guard(mutex_);
  cut_.insert(number_of(node));
}

void Network::heal(const std::string& node) {
  const std::lock_guard guard(mutex_);
  cut_.erase(number_of(node));
}

void Network::weather(Weather weather) {
  CADRE_ASSERT(weather.jitter <= weather.delay);
  const std::lock_guard guard(mutex_);
  weather_ = weather;
}

Network::Traffic Network::traffic() const {
  const std::lock_guard guard(mutex_);
  return traffic_;
}

void Network::run() {
  std::vector<pollfd> wanted{{bell_.fd(), POLLIN, 0}};
  for (const auto& island : islands_) wanted.push_back({island.frames(), POLLIN, 0});
  int wait = -1;
  while (true) {
    CADRE_ASSERT(poll(wanted.data(), wanted.size(), wait) >= 0 || errno == EINTR);
    const std::lock_guard guard(mutex_);
    if (over_) return;
    for (std::uint8_t number = 1; number <= islands_.size(); ++number)
      if (wanted[number].revents != 0) take_from(number);
    wait = deliver_due();
  }
}

// A frame goes to the node whose address it bears, else to all others.
void Network::take_from(std::uint8_t number) {
  Frame frame(Island::frame_bytes_max);
  for (int left = frames_per_turn; left > 0; --left) {
    const ssize_t size = read(islands_[number - 1u].frames(), frame.data(), frame.size());
    if (size < static_cast<ssize_t>(header_bytes)) return;
    const Frame whole(frame.begin(), frame.begin() + size);
    const std::uint8_t to = Island::number_of(whole.data());
    if (to != 0 && to <= islands_.size()) {
      forward(number, to, whole);
      continue;
    }
    for (std::uint8_t other = 1; other <= islands_.size(); ++other)
      if (other != number) forward(number, other, whole);
  }
}

void Network::forward(std::uint8_t from, std::uint8_t to, const Frame& frame) {
  if (std::uniform_int_distribution<unsigned>(0, 999)(dice_) < weather_.lost_per_mille) {
    ++traffic_.lost;
    return;
  }
  if (weather_.delay == Duration{}) return hand_over(from, to, frame);
  if (late_.size() >= late_max) {
    ++traffic_.crowded;
    return;
  }
  const auto jitter = Duration{std::uniform_int_distribution<Duration::rep>(-weather_.jitter.count(), weather_.jitter.count())(dice_)};
  late_.push({os::boot_now() + weather_.delay + jitter, ++frames_, from, to, frame});
}

void Network::hand_over(std::uint8_t from, std::uint8_t to, const Frame& frame) {
  if (cut_.contains(from) || cut_.contains(to)) {
    ++traffic_.cut;
    return;
  }
  const ssize_t written = write(islands_[to - 1u].frames(), frame.data(), frame.size());
  if (written == static_cast<ssize_t>(frame.size())) ++traffic_.carried;
}

int Network::deliver_due() {
  const Instant now = os::boot_now();
  while (!late_.empty() && late_.top().due <= now) {
    hand_over(late_.top().from, late_.top().to, late_.top().frame);
    late_.pop();
  }
  if (late_.empty()) return -1;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(late_.top().due - now).count());
}

}  // namespace cadre::test
