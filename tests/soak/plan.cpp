#include "tests/soak/plan.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cadre::soak {

namespace {

struct Life {
  Duration gap_min, gap_max;     // between two faults
};

constexpr Life broker_life{3s, 7s}, mariadb_life{6s, 12s}, worker_life{4s, 9s};
constexpr Duration settle = 5s;          // the cluster works undisturbed at first
constexpr Duration apart = 4s;           // between a rival's scene and faults of the database, which it needs

Fault fault_of(Dice& dice, const std::string& target, const PlanRules& rules, bool long_pause) {
  Fault fault{.target = target};
  const bool broker = target == "broker", mariadb = target == "mariadb";
  const auto what = dice.below(broker ? 10 : 8);
  fault.kind = what < 3 ? Kind::kill : what < 4 ? Kind::term : what < 8 ? Kind::stop : Kind::rival;
  if (long_pause) fault.kind = Kind::stop;
  switch (fault.kind) {
    case Kind::kill: fault.end = dice.between(10ms, 1500ms); break;
    case Kind::term: fault.end = dice.between(500ms, 3s); break;
    case Kind::rival: fault.end = dice.between(3s, 5s); break;
    case Kind::stop:
      if (long_pause) fault.end = rules.turn_ttl + dice.between(1s, 3s);
      else if (!mariadb && dice.one_in(3)) fault.end = rules.lease_ttl + dice.between(500ms, 2500ms);
      else fault.end = dice.between(100ms, 1800ms);
      break;
  }
  return fault;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kill: return "kill -9";
    case Kind::term: return "terminate";
    case Kind::stop: return "stop";
    case Kind::rival: return "stop in its turn, lease broken, another purges";
  }
  return "";
}

std::vector<Fault> plan(std::uint64_t seed, const PlanRules& rules) {
  std::vector<Fault> faults;
  const auto live = [&](const std::string& target, const Life& life, std::uint64_t number) {
    Dice dice(mix(seed, number));
    Duration at = settle + dice.between(Duration{}, life.gap_max);
    // The last worker is away for longer than a turn of clean-up lives: once in the first minute, and now and then later.
    const bool sleeper = number == rules.workers.size() + 1;
    Duration next_long = sleeper ? at : Duration::max();
    while (true) {
      const bool long_pause = at >= next_long;
      Fault fault = fault_of(dice, target, rules, long_pause);
      fault.begin = at;
      fault.end += at;
      if (fault.end >= rules.length) break;
      if (long_pause) next_long = fault.end + 4min;
      at = fault.end + dice.between(life.gap_min, life.gap_max);
      faults.push_back(std::move(fault));
    }
  };
  live("broker", broker_life, 0);
  live("mariadb", mariadb_life, 1);
  for (std::size_t i = 0; i < rules.workers.size(); ++i) live(rules.workers[i], worker_life, 2 + i);
  std::vector<Fault> rivals;
  for (const Fault& fault : faults)
    if (fault.kind == Kind::rival) rivals.push_back(fault);
  std::erase_if(faults, [&](const Fault& fault) {
    return fault.target == "mariadb" && std::any_of(rivals.begin(), rivals.end(), [&](const Fault& rival) { return fault.begin < rival.end + apart && rival.begin < fault.end + apart; });
  });
  std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) { return a.begin < b.begin; });
  return faults;
}

std::string describe(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults)
    text += fmt::format("  {:>8.2f} s  {:<8} {} for {}\n", static_cast<double>(fault.begin.count()) / 1e6, fault.target, to_string(fault.kind), cadre::to_string(fault.end - fault.begin));
  return text;
}

}  // namespace cadre::soak
