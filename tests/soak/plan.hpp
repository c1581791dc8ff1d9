// The nemesis's schedule: a value, made from a seed. Each target has a life of its own, so faults of several overlap; one target
// has one fault at a time.
#pragma once

#include <string>
#include <vector>

#include "common/base/mix.hpp"
#include "common/base/time.hpp"

namespace cadre::soak {

// All chance of a soak comes from dice of one seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix(seed)) {}
  std::uint64_t below(std::uint64_t bound) { return mix(state_++) % bound; }
  Duration between(Duration least, Duration most) {
    return least + Duration{static_cast<std::int64_t>(below(static_cast<std::uint64_t>((most - least).count()) + 1))};
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

enum class Kind : std::uint8_t {
  kill,    // SIGKILL; started again at the end
  term,    // SIGTERM; killed at the end where that is not over; started again
  stop,    // SIGSTOP; SIGCONT at the end
  rival,   // the broker only: stopped in the middle of its turn, its leases are broken, and another purges
};
std::string_view to_string(Kind kind);

struct Fault {
  Duration begin{}, end{};       // from the beginning of the soak
  Kind kind = Kind::kill;
  std::string target{};          // "broker", "mariadb" or a worker's name
  bool operator==(const Fault&) const = default;
};

struct PlanRules {
  Duration length{};
  std::vector<std::string> workers;
  Duration lease_ttl{};          // of attempts: some pauses are longer
  Duration turn_ttl{};           // of clean-up turns: a few pauses of workers are longer
};

// In order of beginning. Every fault ends within the length.
std::vector<Fault> plan(std::uint64_t seed, const PlanRules& rules);

std::string describe(const std::vector<Fault>& faults);

}  // namespace cadre::soak
