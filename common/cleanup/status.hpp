// The state of clean-up, as `cadre cleanup status` shows it: read from the database in a few short questions.
#pragma once

#include <nlohmann/json.hpp>

#include "common/base/time.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

// `settings`: those of the link.
db::Outcome<nlohmann::json> read_status(db::Link& link, const db::Settings& settings, WallTime now);

// What comes a day, by queue, and what becomes of it on the database's volume.
db::Outcome<nlohmann::json> read_forecast(db::Link& link, const db::Settings& settings, WallTime now);

}  // namespace cadre::cleanup
