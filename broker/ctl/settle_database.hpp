// The cluster's schema and the keys that are let in, as they should be: made where they are missing (`db init`, `node
// setup`).
#pragma once

#include <vector>

#include "broker/ctl/settle_accounts.hpp"
#include "common/protocol/message.hpp"

namespace cadre::ctl {

struct Admission {
  std::string name;
  Role role = Role::client;
  std::filesystem::path file;  // of the public key
  std::string key;             // what is in it
};

// Stop where one cannot be read.
void read_keys(std::vector<Admission>& all);

// The schema, whole or made whole; selected afterwards.
void settle_schema(Database& database, Steps& steps);
void settle_key(Database& database, const Admission& one, Steps& steps);

// The same as text for the administrator of a server that is somebody else's; `sql` must not be there yet. Connects to
// nobody.
void settle_statements(const std::filesystem::path& sql, const std::string& schema, const AccountWishes& wishes,
                       const std::vector<Admission>& keys, Steps& steps);

}  // namespace cadre::ctl
