// A MariaDB server of one's own, for tests and benchmarks: a real server on a fresh data directory, reached by a socket
// file, with durable settings. Its directory goes away with the object; the server dies with the thread that started it
// at the latest, also when the test is killed. Nothing of a MariaDB that is installed on the machine is touched.
// Throws std::runtime_error with the end of the server's log when it does not come up.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/database/link.hpp"

namespace cadre::test {

class PrivateMariadb {
 public:
  // Options as mariadbd takes them, "--max-allowed-packet=1M"; they win over ours.
  explicit PrivateMariadb(std::vector<std::string> extra_options = {});
  // Also reachable at 127.0.0.1, tcp_port().
  static PrivateMariadb with_tcp(std::vector<std::string> extra_options = {});
  PrivateMariadb(PrivateMariadb&& other) noexcept;
  PrivateMariadb& operator=(PrivateMariadb&&) = delete;
  ~PrivateMariadb();

  // Through the socket file. No user: the administrator. Other users: make them first, without a password.
  db::Settings settings(const std::string& user = {}, const std::string& schema = {}) const;
  db::Settings tcp_settings(const std::string& user, const std::string& password, const std::string& schema = {}) const;

  void start();  // again, on the same data directory and port; returns when it answers
  void stop();   // orderly, waits for the end
  void kill9();  // SIGKILL, waits for the end
  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  std::uint16_t tcp_port() const { return port_; }  // 0: not reachable by TCP
  const std::filesystem::path& directory() const { return directory_; }
  std::string log_tail() const;

 private:
  struct WithTcp {};
  PrivateMariadb(WithTcp, std::vector<std::string> extra_options);
  void set_up();
  void run();
  void wait_until_it_answers();
  bool wait_for_end(std::chrono::seconds patience);  // false: it had to be killed
  void clean_up();
  std::vector<std::string> command_line() const;

  std::vector<std::string> extra_options_;
  std::filesystem::path directory_;
  int owner_lock_ = -1;  // held while we live; a directory that nobody locks was left behind by a killed test
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int status_ = 0;  // as waitpid gave it for the last server that ended
  std::uint16_t port_ = 0;
};

}  // namespace cadre::test
