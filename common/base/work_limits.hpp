// What may be at work at once in the whole cluster: `limits:` in the master's file. It is looked at when a job is given out,
// and nowhere else: what is over a new limit runs to its end.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace cadre {

struct WorkLimits {
  std::uint32_t nodes = 0;                       // that hold jobs; 0: no bound
  std::map<std::string, std::uint32_t> engines;  // attempts of an engine, from 1; not listed: no bound
  bool operator==(const WorkLimits&) const = default;
};

}  // namespace cadre
