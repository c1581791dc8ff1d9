// The state of clean-up, as `cadre cleanup status` shows it: read from the database in a few short questions.
#pragma once

#include <nlohmann/json.hpp>

#include "common/base/time.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

// `settings`: those of the link.
db::Outcome<nlohmann::json> read_status(db::Link& link, const db::Settings& settings, WallTime now);

}  // namespace cadre::cleanup
