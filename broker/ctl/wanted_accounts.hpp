// Which accounts the cluster's database needs, and from which machines they may come. Pure.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/db_accounts.hpp"

namespace cadre::ctl {

struct AccountWishes {
  DatabaseConfig config;
  std::filesystem::path app_file;        // the broker's password; the others lie beside it. Empty: unix_socket authentication
  std::filesystem::path purge_file;      // empty: beside the broker's
  std::vector<std::string> from;         // where the database is not on this machine: the master's addresses, as people write them
  std::vector<std::string> purge_hosts;  // the address of the node that purges, where that is not the server's own machine
};

struct WantedAccounts {
  std::vector<Account> accounts;
  std::vector<std::string> notes;  // for people, before anything is changed: what each range covers, what to think of it
};

// Stop where a host cannot be meant so.
WantedAccounts wanted_accounts(const AccountWishes& wishes);

}  // namespace cadre::ctl
