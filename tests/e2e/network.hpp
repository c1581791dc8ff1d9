// A network for tests, of nodes that are apart (island.hpp), and the switch between them, which is this object: every frame
// passes through its hands. So a link can be cut without either end being told, and frames can be lost and late, in any kernel
// (tc's netem is missing from many); which ones, a seed decides. Needs root and /dev/net/tun.
//
//   Network network({"master", "w1"});
//   network.at("w1", [&] { cluster.start_worker("w1"); });
//   network.cut("w1");                       // behind this nothing of it is heard, and it hears nothing
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "common/base/time.hpp"
#include "common/os/signals.hpp"
#include "tests/e2e/island.hpp"

namespace cadre::test {

// What becomes of each frame on its way.
struct Weather {
  Duration delay{};           // each is so late,
  Duration jitter{};          // up to so much more or less, and may overtake others
  unsigned lost_per_mille = 0;
};

class Network {
 public:
  explicit Network(const std::vector<std::string>& nodes, std::uint64_t seed = 1);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Why there can be none here, as a sentence; nothing where there can.
  static std::optional<std::string> impossible();

  std::string address(const std::string& node) const { return Island::address(number_of(node)); }
  const Island& island(const std::string& node) const { return islands_.at(number_of(node) - 1u); }
  template <class Work>
  auto at(const std::string& node, Work&& work) const {
    const Island::Visit there(island(node));
    return work();
  }

  void cut(const std::string& node);   // when it returns, nothing passes any more, also what was on its way
  void heal(const std::string& node);
  void weather(Weather weather);       // of all links, from now on

  struct Traffic {
    std::uint64_t carried = 0, lost = 0, cut = 0, crowded = 0;  // frames; crowded: no room for more that are late
  };
  Traffic traffic() const;

 private:
  using Frame = std::vector<unsigned char>;
  struct Late {
    Instant due{};
    std::uint64_t number = 0;          // of those due at once, the first comes first
    std::uint8_t from = 0, to = 0;
    Frame frame;
    bool operator>(const Late& other) const { return std::tie(due, number) > std::tie(other.due, other.number); }
  };

  std::uint8_t number_of(const std::string& node) const { return numbers_.at(node); }
  void run();
  void take_from(std::uint8_t number);
  void forward(std::uint8_t from, std::uint8_t to, const Frame& frame);
  void hand_over(std::uint8_t from, std::uint8_t to, const Frame& frame);
  int deliver_due();                   // milliseconds until the next is due; -1: none is on its way

  std::vector<Island> islands_;        // number 1 first
  std::map<std::string, std::uint8_t> numbers_;
  mutable std::mutex mutex_;           // held while frames move
  std::set<std::uint8_t> cut_;
  Weather weather_;
  std::mt19937_64 dice_;
  std::priority_queue<Late, std::vector<Late>, std::greater<>> late_;
  std::uint64_t frames_ = 0;
  Traffic traffic_;
  bool over_ = false;
  os::Bell bell_;
  std::thread thread_;
};

}  // namespace cadre::test
