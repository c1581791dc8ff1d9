// Asks a server where it keeps what grows, and looks where that is on this machine.
#pragma once

#include <sys/types.h>

#include "common/database/link.hpp"
#include "common/database/volumes.hpp"

namespace cadre::db {

// The server's process at the other end of a unix socket; else a sentence that says why it is not known.
Result<pid_t> server_process(const Link& link);

// Data, undo and binary log. The redo log has its size from the start, and a full tmpdir costs a statement, not the server.
// A server that is reached by TCP at a loopback address counts where its own socket file leads to the very same server.
Outcome<Volumes> find_volumes(Link& link, const Settings& settings);

}  // namespace cadre::db
