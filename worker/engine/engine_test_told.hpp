// What a trial of an engine came to, as text for its author and as JSON for programs. Internal to engine_test.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>

#include "worker/engine/engine.hpp"

namespace cadre::engine {

void tell(const AttemptEnd& end, std::ostream& out);

// Which engine it is, with all that a trial may add as it is without one: "run" is false, times (in seconds) and sizes
// (in bytes) are 0, texts are empty.
nlohmann::json engine_in_json(const Definition& engine);
void add_end(nlohmann::json& answer, const AttemptEnd& end);

}  // namespace cadre::engine
