// Does the database server run on this machine? Only that machine purges records (guarantees.md G11). No single fact
// tells: host names are copied with machines, a tunnel looks like the server (libraries.md 3.45, 3.46). Unclear means no.
#pragma once

#include <string>

#include "common/database/link.hpp"

namespace cadre::cleanup {

struct HostFinding {
  bool yes = false;
  std::string why;  // a sentence, either way
};

// By the process at the other end of a unix socket (it must be a mariadbd that we can see), and by the name that the
// server gives its host. A connection by TCP proves nothing and means no.
HostFinding is_database_host(db::Link& link);

}  // namespace cadre::cleanup
