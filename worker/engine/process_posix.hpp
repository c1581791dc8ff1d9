// One engine process: start it, learn how it ended, signal it. Linux only (pidfd, close_range, PR_SET_PDEATHSIG).
//
// How it is started: clone(CLONE_VM | CLONE_VFORK | CLONE_PIDFD) and one execve, no helper program in between. The
// child borrows our memory while we stand still, so it makes nothing but direct system calls, and its failure (which
// step, which errno) is simply there when we go on. A shim program started by posix_spawn would do the same with two
// execs instead of one, and an exec is what a short attempt costs; fork copies page tables (libraries.md 5.1).
//
// What the process gets: a session of its own; SIGKILL when the thread that started it ends (so start from a thread
// that lives as long as the worker); default signals, none blocked; descriptors 0, 1, 2 and no other; a directory; an
// environment; no core files; no new privileges by setuid programs, and none of ours; the kernel's out-of-memory killer
// prefers it to us. What else is taken from it (user, fence, network) is decided in separation.hpp.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "worker/engine/fd.hpp"
#include "worker/engine/user.hpp"

namespace cadre::engine {

struct Spawn {
  std::string program;                   // a path; PATH is not searched here (find_program does)
  std::vector<std::string> arguments;    // argv, with argv[0]
  std::vector<std::string> environment;  // "NAME=value"
  std::string directory;
  int in = -1, out = -1, err = -1;   // >= 3
  std::uint64_t file_bytes_max = 0;  // RLIMIT_FSIZE; 0: none
  bool is_guard = false;             // it keeps our rights, and outlives us: its work begins when we are dead
  const User* user = nullptr;        // null: as we
  int fence = -1;                    // a Landlock ruleset; -1: none
  const std::vector<sock_filter>* filter = nullptr;  // on its system calls; null: none
};

struct SpawnFailure {
  int error = 0;     // errno
  std::string step;  // "execve", "chdir", ...
};

struct Process {
  pid_t pid = -1;
  Fd pidfd;  // readable when the process has ended
};

// One thread only: the child runs on a stack that is kept between calls.
class Spawner {
 public:
  Spawner();
  ~Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  std::optional<SpawnFailure> spawn(const Spawn& what, Process& process);

 private:
  void* stack_ = nullptr;
};

struct Exit {
  bool by_signal = false;
  int code = 0;                   // exit code, or signal
  Duration cpu{};                 // with all children that it waited for
  std::uint64_t peak_memory = 0;  // bytes, the largest single process; see below
};

// `peak_memory`: across execve the kernel keeps the high-water mark of the memory that the caller had, which is ours at
// the moment of the start. So a figure that is not above our own says nothing, and is reported as 0.
bool has_exited(const Fd& pidfd);           // still a zombie afterwards
std::optional<Exit> reap(const Fd& pidfd);  // empty: still running

void signal_group(pid_t leader, int signal);       // the leader must not have been reaped yet
void signal_process(const Fd& pidfd, int signal);  // harmless when it is gone

// A name with a slash is relative to `directory`; another is searched in `path` ("/usr/bin:/bin"). Empty with errno in
// `error` (ENOENT, EACCES) where there is nothing to execute.
std::string find_program(const std::string& name, const std::string& directory, const std::string& path, int& error);

}  // namespace cadre::engine
