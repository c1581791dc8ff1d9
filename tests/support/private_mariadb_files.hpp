// The directories of private servers: the template that they are copied from, and what killed tests left behind.
#pragma once

#include <filesystem>
#include <string>

namespace cadre::test {

std::string find_mariadbd();
std::string user_name();  // of this process, as the system calls it

struct OwnedDirectory {
  std::filesystem::path path;
  int lock = -1;
};

// A fresh directory with a short path and a copy of the template in data/. Makes the template if there is none yet for
// this user and this version of the server; tests that run side by side wait for each other there.
OwnedDirectory make_server_directory();

}  // namespace cadre::test
