// What an ended attempt means. Pure: the verdict is a value; only then do things change, get written, get said.
#pragma once

#include <variant>

#include "broker/core/job.hpp"

namespace cadre {

struct Succeeded {};

struct TryAgain {
  bool costs_a_try = true;       // false: the engine never ran
  bool at_once = false;          // without back-off
  bool elsewhere = false;        // another node is preferred
};

struct Bury {
  Reason reason = Reason::attempts_exhausted;
};

// What it says about the engine on that node.
enum class EngineHealth : std::uint8_t { fine, crashed, broken };

struct Verdict {
  std::variant<Succeeded, TryAgain, Bury> what;
  EngineHealth health = EngineHealth::fine;
};

// `job` as it was while leased: its tries include this attempt.
Verdict judge(const Job& job, const AttemptEnd& end);

}  // namespace cadre
