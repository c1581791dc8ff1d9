// Lists of jobs as tables.
#pragma once

#include "broker/ctl/context.hpp"

namespace cadre::ctl {

// The "jobs" of an answer to job.list.
void print_jobs(const Json& jobs);

}  // namespace cadre::ctl
