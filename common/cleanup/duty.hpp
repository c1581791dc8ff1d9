// When a duty of clean-up is due: from its last good turn, what people wish, and the schedule. One rule for whoever asks:
// the purge of records, the broker on behalf of its nodes, the status.
#pragma once

#include <string>

#include "common/cleanup/policy.hpp"
#include "common/cleanup/stagger.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

inline constexpr int claim_seconds = 60;  // a node's claim to the purge that was not renewed for so long is nobody's

struct DutyFacts {
  WallTime last{};     // when the last turn began that came to its end; without one, when the cluster was made
  WallTime asked{};    // a person wants a turn that begins after this
};

db::Outcome<DutyFacts> read_duty(db::Link& link, const std::string& duty);

// A wish is due at once. A last turn that lies in the future was written before a clock was set back: it counts as just
// over.
WallTime due_at(const DutyFacts& facts, WallTime now, const Schedule& schedule, const Seat& seat, Duration spread);

// The place of a node in the row of those whose files are swept; the purge of records has the first place, rank 0.
db::Outcome<Seat> seat_of(db::Link& link, const std::string& duty);

struct Rules {
  Policy policy;
  Schedule schedule;
  std::string cluster;
};
// A trouble of kind `missing` where the broker has not written the policy yet.
db::Outcome<Rules> read_rules(db::Link& link);

}  // namespace cadre::cleanup
