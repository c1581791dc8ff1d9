// Doing ended jobs again: used by `job retry` and `dead retry`.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/context.hpp"

namespace cadre::ctl {

// Prints the new jobs' ids. A job that cannot be retried is told about, and the others go on.
Exit retry_all(Context& context, const std::vector<std::string>& jobs);

}  // namespace cadre::ctl
