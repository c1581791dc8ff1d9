// Which of the option files that a server reads decides an option: the files in the order in which MariaDB reads them, what
// they include followed at the point where it stands, and the last value wins.
//
// As MariaDB 10.11 does it (tried against my_print_defaults in the tests): of an included directory the files that end in
// .cnf, by their names' bytes; an included file that is not there is nothing; one that everybody may write is left out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace cadre::db {

struct OptionPlace {
  std::filesystem::path file;
  std::size_t line = 0;  // from 1
  std::string value;
};

struct OptionSearch {
  std::vector<OptionPlace> places;          // in the order in which the server reads them: the last one counts
  std::vector<std::filesystem::path> read;  // all files that were read
  // Where the option would be written, if it stands nowhere: the last file with a group of the server's, so that the line
  // stands beside what else is said to the server; else the last file at all.
  std::optional<std::filesystem::path> home;
};

// `files`: as the server names them, those that are not there included. `directory`: where the server was started, for relative
// paths; `home`: for "~/". An error names the file that cannot be read.
Result<OptionSearch> search_option(const std::vector<std::string>& files, const std::vector<std::string>& groups, const std::string& name,
                                   const std::filesystem::path& directory, const std::filesystem::path& home = {});

}  // namespace cadre::db
