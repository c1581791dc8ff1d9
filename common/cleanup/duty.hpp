// What the database says of a duty of clean-up and of the rules: one reading for whoever asks, the purge of records, the broker
// on behalf of its nodes, the status.
#pragma once

#include <string>

#include "common/cleanup/due.hpp"
#include "common/cleanup/policy.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

inline constexpr int claim_seconds = 60;  // a node's claim to the purge that was not renewed for so long is nobody's

db::Outcome<DutyFacts> read_duty(db::Link& link, const std::string& duty);

// The place of a node in the row of those whose files are swept; the purge of records has the first place, rank 0.
db::Outcome<Seat> seat_of(db::Link& link, const std::string& duty);

struct Rules {
  Policy policy;
  Schedule schedule;
  std::string cluster;
};
// The policy alone; the default one where the broker has written none yet.
db::Outcome<Policy> read_policy(db::Link& link);
// A trouble of kind `missing` where the broker has not written the policy yet.
db::Outcome<Rules> read_rules(db::Link& link);

}  // namespace cadre::cleanup
