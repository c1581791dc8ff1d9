// What makes a server unsafe to work with (guarantees.md G23), each with what to do about it.
#pragma once

#include <string>
#include <vector>

#include "common/database/link.hpp"

namespace cadre::db {

struct Demands {
  std::uint64_t payload_max = 0;
  bool accounts_apart = true;  // this account may not delete jobs (database.accounts)
};

// Over a link with the schema selected. Sentences; empty: nothing is wrong.
Outcome<std::vector<std::string>> objections(Link& link, const Settings& settings, const Demands& demands);

// Whether this account may: asked of the server itself, because rights come from the table, the schema (whose name may be a
// pattern), everything, and roles.
Outcome<bool> may_delete_jobs(Link& link);

}  // namespace cadre::db
