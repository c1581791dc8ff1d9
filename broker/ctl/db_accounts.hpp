// The accounts that the cluster uses: what they may do is in common/database/schema.
#pragma once

#include "broker/ctl/db.hpp"

namespace cadre::ctl {

struct Account {
  std::string kind;  // as db::grants calls it: "app", "purge", "ro", "owner"
  std::string user;
  std::string host;                     // as MariaDB sees who connects
  bool tls = false;                     // may connect with TLS only
  std::filesystem::path password_file;  // empty: unix_socket authentication
  unsigned connections = 0;             // at once; 0: as many as the server lets anybody have
};

// "'cadre_app'@'10.1.0.5'".
std::string name_of(const Account& account);

// What comes behind its authentication in CREATE USER and ALTER USER.
std::string limits_of(const Account& account);

// The password of a file; made and written (0600) where the file is missing. `made` tells.
std::string password_of(const std::filesystem::path& file, bool& made);

// Makes the account what it should be. True: something was changed.
bool settle_account(Database& database, const Account& account);

}  // namespace cadre::ctl
