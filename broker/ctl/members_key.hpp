// The key of the members: with it who belongs to the group of the daemons' user asks the master without any setting of
// his own. It is admitted as a client, the least of the roles that may ask; root's, 0640, beside the administrator's
// key.
#pragma once

#include <filesystem>

#include "common/config/node.hpp"

namespace cadre::ctl {

constexpr const char* members_name = "members";

inline std::filesystem::path members_key_file(const NodeConfig& config) {
  return config.tool.key_file.parent_path() / "members.key";
}

}  // namespace cadre::ctl
