// How a process that is not ours was started, by the kernel's account; and a program started so that it outlives us.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace cadre::os {

struct Launch {
  std::filesystem::path program;         // the executable
  std::vector<std::string> arguments;    // the first is the program's name as it was called
  std::vector<std::string> environment;  // NAME=VALUE
  std::filesystem::path directory;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  mode_t umask = 022;
  std::vector<std::pair<int, rlimit>> limits;  // by RLIMIT_...; empty: ours
};

// As we are, in /, with a PATH and nothing else in the environment.
Launch plain_launch(const std::filesystem::path& program, std::vector<std::string> arguments);

// Of a process of this machine. The directory is the one in which it was started, where it tells (PWD), because relative
// paths among its arguments mean that one; else the one in which it is now. An error where we may not look (another user).
Result<Launch> launch_of(pid_t process);

// The text of NAME in an environment; empty: not there.
std::string variable_of(const std::vector<std::string>& environment, const std::string& name);

// In a session of its own, with /dev/null, `out` and `err` as 0, 1 and 2 and nothing else open, no signal blocked or ignored,
// -1: /dev/null. As another user only where we are root. It is our child as long as we live, init's afterwards. An error where
// it cannot be run at all; what it says itself goes to `err`.
Result<pid_t> start_apart(const Launch& launch, int out, int err);

// The kernel's hold on a process, so that its number never means another one. -1: it is not there any more.
class Hold {
 public:
  explicit Hold(pid_t process);
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold();
  bool signal(int number) const;          // false: not there, or not allowed
  bool ended_within(Duration patience) const;

 private:
  int fd_;
};

pid_t parent_of(pid_t process);                    // 0: not known
pid_t started_like(const Launch& launch);          // one with the very same program and arguments; 0: there is none
bool shares_our_network(pid_t process);            // the same network namespace; false too where it cannot be seen
std::string control_groups_of(pid_t process);      // the text of /proc/PID/cgroup

// A program with these outputs, to its end: what it wrote to each, and its exit code (128 and the number where a signal ended it).
struct Ran {
  int code = 0;
  std::string out, err;
};
Result<Ran> run_to_end(const Launch& launch, Duration patience);

}  // namespace cadre::os
