// How MariaDB's own programs are told who they are: an option file in a private directory, gone with the object. Never by
// argument or environment, which others can read.
#pragma once

#include <string>

#include "broker/ctl/temporary_directory.hpp"
#include "common/database/link.hpp"

namespace cadre::ctl {

class ClientFile {
 public:
  explicit ClientFile(const db::Settings& settings);
  std::string path() const { return directory_.path() + "/client.cnf"; }  // no character that a shell takes otherwise

 private:
  TemporaryDirectory directory_;
};

}  // namespace cadre::ctl
