// The accounts of the cluster's database as they should be: their passwords' files, and they themselves.
#pragma once

#include <vector>

#include "broker/ctl/steps.hpp"
#include "broker/ctl/wanted_accounts.hpp"

namespace cadre::ctl {

// A file for each that has a password and no file yet.
void make_passwords(const std::vector<Account>& accounts, Steps& steps);

// Makes or mends them all, and tells of others of theirs. Where the master's addresses are wanted and not given, it is the one
// that this connection comes from.
void settle_accounts(Database& database, AccountWishes wishes, Steps& steps);

}  // namespace cadre::ctl
