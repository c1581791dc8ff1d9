// A MariaDB server as an administrator has it: with an option file, and nobody's child, so that whoever may can stop it and start
// it anew. Whatever then runs on its data directory ends with this object, also where this process is killed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/database/link.hpp"
#include "common/os/process.hpp"

namespace cadre::test {

class LooseMariadb {
 public:
  // my.cnf says where everything is, and `lines` behind that, in the same group.
  explicit LooseMariadb(const std::string& lines = "bind-address = 127.0.0.1\n");
  LooseMariadb(const LooseMariadb&) = delete;
  LooseMariadb& operator=(const LooseMariadb&) = delete;
  ~LooseMariadb();

  // Throws where it does not answer. `arguments` behind --defaults-file.
  void start(const std::vector<std::string>& arguments = {});
  // By a shell that starts it again whenever it ends.
  void start_supervised();
  void end();                        // whatever runs there, orderly
  std::vector<pid_t> processes() const;  // that run there, without shells

  std::filesystem::path option_file() const { return directory_ / "my.cnf"; }
  const std::filesystem::path& directory() const { return directory_; }
  std::uint16_t port() const { return port_; }
  std::string socket() const { return (directory_ / "s").string(); }
  std::string value(const std::string& sql) const;  // the first field of the answer; throws where there is none
  std::string log() const;

 private:
  os::Launch launch(const std::vector<std::string>& arguments) const;
  void start_apart(const os::Launch& launch);
  void guard();

  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  int owner_lock_ = -1, leash_ = -1;  // the guard ends what runs there when it reads the leash's end
};

}  // namespace cadre::test
