// The directories of private servers: the template that they are copied from, and what killed programs left behind.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/os/child.hpp"

namespace cadre::db {

std::string find_mariadbd();  // throws std::runtime_error where there is none
std::string find_mariadb_install_db();
std::string user_name();                // of this process, as the system calls it
std::optional<os::User> server_user();  // as whom the server runs, where we are root

struct OwnedDirectory {
  std::filesystem::path path;
  int lock = -1;
};

// A fresh directory with a short path and a new data directory in data/, the server's own. With a template home it is
// copied from there; a template is made if there is none yet for this user and this version of the server, and programs
// that run side by side wait for each other. `place`: where; empty: $TMPDIR or /tmp.
OwnedDirectory make_server_directory(const std::filesystem::path& template_home, const std::filesystem::path& place);

}  // namespace cadre::db
