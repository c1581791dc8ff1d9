// Whether the broker can work with its database: tried as it comes itself, with its account and its password.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/settle_database.hpp"
#include "common/config/node.hpp"

namespace cadre::ctl {

// Empty: schema, settings and rights are as they must be, and these keys are admitted. Else what is wrong, for people.
std::string trouble_on_the_way(const NodeConfig& config, const std::vector<Admission>& keys, Duration patience);

}  // namespace cadre::ctl
