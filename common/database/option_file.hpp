// A server's option file (my.cnf, my.ini) with one option set, and everything else as it was: comments, order, line ends, a
// byte-order mark. Pure; whoever calls reads and writes the file.
//
// MariaDB takes an option from every group that it reads, in the order of the file, and the last one wins; '-' and '_' are the
// same in its name, and a '#' ends the value. So the option is left once, where it was last, and in a group of the server's
// only: a line of the same name under [client] is somebody else's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace cadre::db {

struct OptionFile {
  std::string text;                // as it is to be
  bool changed = false;            // false: it says so already, once
  std::vector<std::string> notes;  // sentences: what was found, what may still say otherwise
};

// The groups that the server (mariadbd of MariaDB 10.x and 11.x) reads: [mysqld], [server], [mariadb], [mariadbd] and those
// with a version behind them.
bool is_server_group(std::string_view group);

// `name` as in "bind-address"; `value` without line ends, quotes, '#' and backslashes, which option files take for something
// else: an error. `groups`: those that this server reads, where they are known; then who calls has followed what the file
// includes, too, and no note speaks of it.
Result<OptionFile> set_option(std::string_view text, std::string_view name, std::string_view value, const std::vector<std::string>& groups = {});

// What a file says of an option, in its order: values in one of these groups, beginnings of such a group, and other files that
// MariaDB reads at that point.
struct OptionLine {
  enum class Kind { value, group, include, include_directory };
  Kind kind = Kind::value;
  std::size_t line = 0;  // from 1
  std::string text;      // the value without quotes; the group; the path
};
std::vector<OptionLine> option_lines(std::string_view text, std::string_view name, const std::vector<std::string>& groups);

}  // namespace cadre::db
