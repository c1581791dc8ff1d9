// A MariaDB server of one's own, for tests and for measuring: a real server on a fresh data directory, reached by a
// socket file, with durable settings. Its directory goes away with the object; the server dies with the thread that
// started it at the latest, also when that is killed. Nothing of a MariaDB that is installed on the machine is touched.
// Started by root it runs as `mysql`, or as `nobody` where there is no such user.
// Throws std::runtime_error with the end of the server's log when it does not come up.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/database/link.hpp"
#include "common/os/child.hpp"

namespace cadre::db {

class PrivateServer {
 public:
  struct Settings {
    std::vector<std::string> options;     // as mariadbd takes them, "--max-allowed-packet=1M"; they win over ours
    bool tcp = false;                     // also reachable at 127.0.0.1, tcp_port()
    // A data directory kept to be copied from: the second server starts in a tenth of a second. Empty: made each time.
    std::filesystem::path template_home;
    // Where its directory is made. Empty: $TMPDIR or /tmp.
    std::filesystem::path place;
  };
  explicit PrivateServer(Settings settings);
  PrivateServer(PrivateServer&& other) noexcept;
  PrivateServer& operator=(PrivateServer&&) = delete;
  ~PrivateServer();

  // Through the socket file. No user: the administrator. Other users: make them first, without a password.
  db::Settings settings(const std::string& user = {}, const std::string& schema = {}) const;
  db::Settings tcp_settings(const std::string& user, const std::string& password, const std::string& schema = {}) const;
  std::string administrator() const;  // the account's name: that of the system's user who runs this

  void start();  // again, on the same data directory and port; returns when it answers
  void stop();   // orderly, waits for the end
  void kill9();  // SIGKILL, waits for the end
  bool running() const { return child_ && child_->pid() > 0; }
  pid_t pid() const { return child_ ? child_->pid() : -1; }
  std::uint16_t tcp_port() const { return port_; }  // 0: not reachable by TCP
  const std::filesystem::path& directory() const { return directory_; }
  std::string log_tail() const;

 private:
  void set_up();
  void wait_until_it_answers();
  void clean_up();
  std::vector<std::string> command_line() const;

  Settings settings_;
  std::filesystem::path directory_;
  int owner_lock_ = -1;  // held while we live; a directory that nobody locks was left behind by one who was killed
  std::optional<os::Child> child_;
  std::uint16_t port_ = 0;
};

}  // namespace cadre::db
