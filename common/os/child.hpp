// A process that we start and that ends with us: killed when its object goes, and by the kernel when the thread that
// started it is gone, also where that was killed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace cadre::os {

// As whom a process runs: for servers that must not be root.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

class Child {
 public:
  struct Settings {
    std::vector<std::string> command;  // the program (looked for in PATH where it has no path) and its arguments
    std::filesystem::path log;         // standard output and error are appended here
    std::optional<User> as;            // else: as we are
  };
  // Started with no descriptors but 0 to 2 and no signal blocked. A program that cannot be run ends with 127.
  static Result<Child> start(Settings settings);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }  // -1: it has ended
  int fd() const { return pidfd_; }   // readable when it has ended
  bool running();
  void signal(int number) const;
  // The exit code (128 and the number of the signal where one ended it), or -1 while it runs.
  int wait(Duration patience);
  int stop(Duration patience);  // SIGTERM, then SIGKILL; as wait(), -1 where it had to be killed
  void kill9();                 // and waits for the end

  const std::filesystem::path& log_file() const { return log_; }
  std::string log() const;
  // The newest lines, at most `bytes_max`.
  std::string log_tail(std::size_t bytes_max = 4000) const;

 private:
  Child() = default;
  void reap();

  pid_t pid_ = -1;
  int pidfd_ = -1;
  int code_ = -1;
  std::filesystem::path log_;
};

// What a process has used so far, by the kernel's account; nothing where it is not there.
struct Usage {
  double cpu_seconds = 0;        // its own and of those of its children that it has waited for
  std::uint64_t rss = 0;         // bytes in memory now
  std::uint64_t rss_peak = 0;
};
std::optional<Usage> usage_of(pid_t pid);

// A TCP port of 127.0.0.1 that nobody listens on. Somebody may take it before it is used: then try again.
Result<std::uint16_t> free_port();

}  // namespace cadre::os
