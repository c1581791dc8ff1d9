// Leases that one did not get, watched on one's own clock: a row whose count of renewals has not moved for 1.5 times its
// time to live has no living holder, whatever the database's clock says, which may have been set back (guarantees.md R7).
// Pure; one owner.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/base/time.hpp"

namespace cadre::cleanup {

class LeaseWatch {
 public:
  // Somebody else has it, and has renewed it so many times.
  void denied(Instant now, const std::string& resource, std::uint64_t renewals) {
    Seen& seen = seen_[resource];
    if (seen.since == Instant{} || seen.renewals != renewals) seen = {renewals, now};
  }

  // What may be taken although it reads valid, if its count is still this one.
  std::map<std::string, std::uint64_t> unmoved(Instant now, Duration ttl) const {
    std::map<std::string, std::uint64_t> rows;
    for (const auto& [resource, seen] : seen_)
      if (now - seen.since >= ttl * 3 / 2) rows[resource] = seen.renewals;
    return rows;
  }

 private:
  struct Seen {
    std::uint64_t renewals = 0;
    Instant since{};
  };
  std::map<std::string, Seen> seen_;
};

}  // namespace cadre::cleanup
