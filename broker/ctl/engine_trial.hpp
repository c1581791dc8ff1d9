// Trying an engine as a node would, by the program that nodes run it with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/os/child.hpp"

namespace cadre::ctl {

// test/input, the payload, or test/params.json, the parameters; or both.
bool has_own_test(const std::filesystem::path& directory);

struct Trial {
  bool run = false;  // false: it has no test of its own; its engine.yaml and program are good
  std::string told;  // what was printed, for people
};

// `as`: else as who runs this. Stop, with what the trial printed, where the engine fails it or there is no
// cadre-worker.
Trial try_engine(const std::filesystem::path& directory, const std::optional<os::User>& as);

}  // namespace cadre::ctl
