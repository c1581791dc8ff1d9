// Steps of a set-up that may be run again: each says whether it changed something, as it is done.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/output.hpp"

namespace cadre::ctl {

struct Step {
  std::string what;
  bool changed = false;
};

struct Steps {
  std::vector<std::string> changed;
  std::vector<Step> all;  // in the order in which they were done
  void did(const std::string& what) {
    say("  made      " + what);
    changed.push_back(what);
    all.push_back({what, true});
  }
  void found(const std::string& what) {
    say("  unchanged " + what);
    all.push_back({what, false});
  }
  void tell(bool change, const std::string& what) { change ? did(what) : found(what); }
};

}  // namespace cadre::ctl
