// How MariaDB's own programs are told who they are: an option file in a private directory, gone with the object. Never by
// argument or environment, which others can read.
#pragma once

#include <string>

#include "common/database/link.hpp"

namespace cadre::ctl {

class ClientFile {
 public:
  explicit ClientFile(const db::Settings& settings);
  ~ClientFile();
  ClientFile(const ClientFile&) = delete;
  ClientFile& operator=(const ClientFile&) = delete;
  std::string path() const { return directory_ + "/client.cnf"; }  // no character that a shell takes otherwise

 private:
  std::string directory_;
};

}  // namespace cadre::ctl
