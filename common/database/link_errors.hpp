// What MariaDB's error numbers mean to us (libraries.md 3.13). Only for the files of this directory.
#pragma once

#include <string>
#include <string_view>

#include "common/database/link.hpp"

namespace cadre::db {

Kind kind_of(unsigned code, std::string_view message);

// After it the connection is of no use: closed, out of step, or closed by the server in the next moment.
bool ends_link(unsigned code);

// The first words of a statement, for messages: enough to find it, too few to reach a password.
std::string first_words(std::string_view sql);

}  // namespace cadre::db
