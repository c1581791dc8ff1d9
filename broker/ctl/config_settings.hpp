// What holds on a node: each key of its file with its value, or the default.
#pragma once

#include <string>
#include <vector>

#include "common/config/node.hpp"

namespace cadre::ctl {

struct Setting {
  std::string key, value, by_default;
  int line = 0;  // of the file; 0: the default holds
};

// In the order of the default file; what that has not (queues and engines of the person's own) behind it. Stop where `text` is no YAML.
std::vector<Setting> settings_of(const std::string& text, NodeRole role);

}  // namespace cadre::ctl
