// What the broker tells of attempts and jobs, as people and scripts read it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/protocol/message.hpp"

namespace cadre::ctl {

inline bool is_final(const Notice& notice) { return notice.unknown || notice.state >= JobState::done; }
inline bool is_done(const Notice& notice) { return !notice.unknown && notice.state == JobState::done; }

// A failed attempt, or an end that is not `done`, in a few lines: cause, message, end of standard error, next try.
// `engine` may be empty.
std::string tell(const Notice& notice, const std::string& engine);

// One failed attempt out of the answer to job.show, in the same words.
std::string tell_attempt(const nlohmann::json& attempt);

nlohmann::json to_json(const Notice& notice);

}  // namespace cadre::ctl
