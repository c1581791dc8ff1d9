// `network: none`: a filter on system calls (seccomp) that leaves an engine only Unix sockets. It needs no privileges,
// and holds for whatever the engine starts. libseccomp writes its program.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "common/base/result.hpp"

namespace cadre::engine {

// Whoever runs under it gets EACCES from socket() for every family but AF_UNIX, and no io_uring, which could open
// sockets past the filter. A program of another architecture (32 bits) is killed by SIGSYS. An error says why there is
// none.
Result<std::vector<sock_filter>> network_filter();

}  // namespace cadre::engine
