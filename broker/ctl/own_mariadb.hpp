// A MariaDB of Cadre's own on the master: its option file, its data directory, and the server itself for as long as a
// set-up needs it. Reached by a socket in a directory that is its user's alone, by no network. No other MariaDB is
// touched.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "broker/ctl/settle_files.hpp"
#include "common/database/link.hpp"
#include "common/os/child.hpp"

namespace cadre::ctl {

struct OwnMariadb {
  std::filesystem::path options;  // DIR/mariadb.cnf, which the service is started with
  std::filesystem::path home;     // DATA/mariadb: data, tmp and socket are in it

  std::filesystem::path data() const { return home / "data"; }
  std::filesystem::path socket() const { return home / "mariadb.sock"; }
  std::filesystem::path log() const { return home / "setup.log"; }
};

// Stop where the programs are missing or the socket's path would be too long: before anything is made.
void check_possible(const OwnMariadb& own);

// `memory`: of this machine, in bytes.
std::string option_text(const OwnMariadb& own, std::uint64_t memory);

// Directories, option file and data directory; the last appears whole or not at all.
void settle_own_mariadb(const OwnMariadb& own, Files& files, Steps& steps);

// The server, answering. One that runs already is left alone; one that was started here ends with the object, orderly.
class RunningMariadb {
 public:
  RunningMariadb(const OwnMariadb& own, const Owner& owner);
  ~RunningMariadb();
  RunningMariadb(const RunningMariadb&) = delete;
  RunningMariadb& operator=(const RunningMariadb&) = delete;

 private:
  std::optional<os::Child> child_;
};

}  // namespace cadre::ctl
