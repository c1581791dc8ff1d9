// What a server says of itself with --verbose --help, and how its command line is read. Pure.
//
// The server itself is asked, because only it knows for certain: the files and groups that it reads depend on how it was built,
// on its command line and on its environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cadre::db {

// The options that must come first, as MariaDB takes them (get_defaults_options()).
struct DefaultsOptions {
  bool none = false;              // --no-defaults: no file is read
  std::optional<std::string> file;  // --defaults-file: this one alone
  std::vector<std::string> all;   // as they stand there
};
DefaultsOptions defaults_options(const std::vector<std::string>& arguments);

// The command line that asks: as this one, and in the end --verbose --help in an empty directory, so that no table of a server
// that runs is opened and none of one that is down is repaired.
std::vector<std::string> asking(const std::vector<std::string>& arguments, const std::string& empty_directory);

struct ServerHelp {
  std::vector<std::string> files;   // in the order in which they are read; those that are not there too
  std::vector<std::string> groups;
  std::string bind_address;         // "" is every address
  bool networking = true;           // not skip_networking
};
// Nothing where the text is not such a help.
std::optional<ServerHelp> read_help(std::string_view text);

// Of what a server wrote while it started or was asked: the lines that say why it did not, at most `lines_max` of the newest.
std::string complaints_in(std::string_view log, std::size_t lines_max);

// The unit of systemd that a process belongs to, by /proc/PID/cgroup: "mariadb.service". Empty: none.
std::string unit_of(std::string_view control_groups);

// The command line in what `systemctl show -p ExecStart UNIT` prints, without words that are variables.
std::vector<std::string> arguments_of_unit(std::string_view shown);

}  // namespace cadre::db
