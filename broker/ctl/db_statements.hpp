// What `db init` does, as text for the administrator of a server that is not ours to change.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/db_accounts.hpp"
#include "common/protocol/message.hpp"

namespace cadre::ctl {

struct KeyAdmission {
  std::string public_key;
  std::string name;
  Role role = Role::client;
};

// For the command-line client of MariaDB, which is told to stop at the first error. The tables must not be there yet. The
// passwords stand in it as they are.
std::string administrators_statements(const std::string& schema, const std::vector<Account>& accounts, const std::vector<KeyAdmission>& keys);

}  // namespace cadre::ctl
