// Steps of a set-up that may be run again: each says whether it changed something, as it is done.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/output.hpp"

namespace cadre::ctl {

struct Steps {
  std::vector<std::string> changed;
  void did(const std::string& what) {
    say("  made      " + what);
    changed.push_back(what);
  }
  void found(const std::string& what) { say("  unchanged " + what); }
  void tell(bool change, const std::string& what) { change ? did(what) : found(what); }
};

}  // namespace cadre::ctl
