// The state of clean-up, as `cadre cleanup status` shows it: read from the database in a few short questions.
#pragma once

#include <nlohmann/json.hpp>

#include "common/base/time.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

db::Outcome<nlohmann::json> read_status(db::Link& link, WallTime now);

}  // namespace cadre::cleanup
