// Who uses an account of the database from another machine: the password file there is not the one that we see.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/db.hpp"

namespace cadre::ctl {

// Sessions as the server names them: "localhost" by its socket file, else "10.1.0.5:41234" or "name:41234". Whether
// `session` is of another machine than this one, whose session is `own`.
bool is_elsewhere(const std::string& session, const std::string& own, bool server_is_here);

// "cadre_purge from 10.1.0.9", each once, of these accounts; as far as this administrator may see sessions (PROCESS).
std::vector<std::string> sessions_elsewhere(Database& database, const std::vector<std::string>& users);

}  // namespace cadre::ctl
