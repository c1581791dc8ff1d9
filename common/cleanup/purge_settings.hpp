// From the node's file to how this machine purges records: where the database is, and the password of the account that
// may delete.
#pragma once

#include "common/base/result.hpp"
#include "common/cleanup/records_service.hpp"
#include "common/config/node.hpp"

namespace cadre::cleanup {

// Without `holder`, which is the process's own. The error says why nothing is purged from here: no fault of the file, on
// most machines it is as it should be.
Result<RecordsService::Settings> purge_settings(const NodeConfig& config);

// "NODE cadre-broker pid 4711 life 1a2b3c4d": unlike that of any other process, living or dead.
std::string holder_name(const std::string& node, const std::string& program);

}  // namespace cadre::cleanup
