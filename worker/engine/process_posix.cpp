#include "worker/engine/process_posix.hpp"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>

#include "common/base/assert.hpp"

namespace cadre::engine {

namespace {

constexpr std::size_t stack_bytes = 64u << 10;
constexpr rlim_t descriptors_default = 1024;  // programs that use select() break above it
constexpr char oom_score_adjust[] = "500";    // between "ordinary" (0) and "first of all" (1000)
constexpr int signals_max = 64;

enum class Step { none, session, groups, group, user, capabilities, parent_death, signals, descriptors, directory, limits,
            privileges, fence, mask, filter, execute };
const char* const step_names[] = {"",      "setsid",    "setgroups", "setresgid", "setresuid",   "capset",  "prctl", "sigaction", "dup2",
                                  "chdir", "setrlimit", "prctl", "landlock_restrict_self", "sigprocmask", "seccomp", "execve"};

// Shared with the child; written by it, read by us after it has gone or has become the engine.
struct Plan {
  const char* program;
  char* const* argv;
  char* const* environment;
  const char* directory;
  int in, out, err;
  rlim_t file_bytes_max;
  bool is_guard;
  bool drops_capabilities;
  bool changes_user;
  uid_t uid;
  gid_t gid;
  const gid_t* groups;
  std::size_t group_count;
  int fence;
  sock_fprog filter;
  pid_t parent;
  Step failed = Step::none;
  int error = 0;
};

// The kernel's own layout (the C library's sigaction has another).
struct KernelSigaction {
  void* handler;
  unsigned long flags;
  void* restorer;
  std::uint64_t mask;
};

// Raw system calls throughout: the C library's wrappers may be intercepted by sanitizers, keep caches, or take locks,
// and this code runs inside our memory while our thread stands still.
#define CADRE_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

CADRE_CHILD [[noreturn]] void give_up(Plan* plan, Step step) {
  plan->failed = step;
  plan->error = errno;
  for (;;) ::syscall(SYS_exit_group, 127);
}

CADRE_CHILD bool default_signals() {
  KernelSigaction standard{};
  for (int signal = 1; signal <= signals_max; ++signal) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    if (::syscall(SYS_rt_sigaction, signal, &standard, nullptr, sizeof standard.mask) != 0) return false;
  }
  return true;
}

CADRE_CHILD bool set_limit(int resource, rlim_t soft) {
  rlimit limit{};
  if (::syscall(SYS_prlimit64, 0, resource, nullptr, &limit) != 0) return false;
  limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
  if (resource != RLIMIT_NOFILE) limit.rlim_max = limit.rlim_cur;  // a program may ask for more descriptors
  return ::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0;
}

CADRE_CHILD void offer_to_oom_killer() {
  const long fd = ::syscall(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return;  // a wish, not a condition
  ::syscall(SYS_write, fd, oom_score_adjust, sizeof oom_score_adjust - 1);
  ::syscall(SYS_close, fd);
}

// Another user, and none of the rights that the worker may have been given to do just that: between two users that are
// not root, the kernel takes none of them away by itself.
CADRE_CHILD void become(Plan* plan) {
  if (plan->changes_user) {
    if (::syscall(SYS_setgroups, plan->group_count, plan->groups) != 0) give_up(plan, Step::groups);
    if (::syscall(SYS_setresgid, plan->gid, plan->gid, plan->gid) != 0) give_up(plan, Step::group);
    if (::syscall(SYS_setresuid, plan->uid, plan->uid, plan->uid) != 0) give_up(plan, Step::user);
  }
  if (!plan->drops_capabilities) return;
  ::syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct nothing[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capset, &header, nothing) != 0) give_up(plan, Step::capabilities);
}

CADRE_CHILD int child_main(void* argument) {
  Plan* plan = static_cast<Plan*>(argument);
  if (::syscall(SYS_setsid) < 0) give_up(plan, Step::session);
  offer_to_oom_killer();  // needs the rights that go next
  become(plan);
  // Only now: a change of the user takes it back.
  const int last_signal = plan->is_guard ? 0 : SIGKILL;
  if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, last_signal, 0, 0, 0) != 0) give_up(plan, Step::parent_death);
  // The worker may have died before the line above took effect.
  if (::syscall(SYS_getppid) != plan->parent) give_up(plan, Step::parent_death);
  if (!default_signals()) give_up(plan, Step::signals);
  if (::syscall(SYS_dup3, plan->in, 0, 0) < 0) give_up(plan, Step::descriptors);
  if (::syscall(SYS_dup3, plan->out, 1, 0) < 0) give_up(plan, Step::descriptors);
  if (::syscall(SYS_dup3, plan->err, 2, 0) < 0) give_up(plan, Step::descriptors);
  if (::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(plan, Step::privileges);
  if (plan->fence >= 0 && ::syscall(SYS_landlock_restrict_self, plan->fence, 0) != 0) give_up(plan, Step::fence);
  if (::syscall(SYS_close_range, 3u, ~0u, 0u) != 0) give_up(plan, Step::descriptors);
  if (::syscall(SYS_chdir, plan->directory) != 0) give_up(plan, Step::directory);
  ::syscall(SYS_umask, 077);
  if (!set_limit(RLIMIT_CORE, 0)) give_up(plan, Step::limits);
  if (!set_limit(RLIMIT_NOFILE, descriptors_default)) give_up(plan, Step::limits);
  if (plan->file_bytes_max != 0 && !set_limit(RLIMIT_FSIZE, plan->file_bytes_max)) give_up(plan, Step::limits);
  const std::uint64_t nothing = 0;
  if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, nullptr, sizeof nothing) != 0) give_up(plan, Step::mask);
  const bool filtered = plan->filter.len > 0;
  if (filtered && ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &plan->filter) != 0) give_up(plan, Step::filter);
  ::syscall(SYS_execve, plan->program, plan->argv, plan->environment);
  give_up(plan, Step::execute);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

std::uint64_t own_peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss);
}

Duration to_duration(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

bool is_program(const std::string& path, int& error) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    error = errno;
    return false;
  }
  if (!S_ISREG(status.st_mode) || ::access(path.c_str(), X_OK) != 0) {
    error = EACCES;
    return false;
  }
  return true;
}

}  // namespace

Spawner::Spawner()
    : stack_(::mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
  CADRE_ASSERT(stack_ != MAP_FAILED);
}

Spawner::~Spawner() { ::munmap(stack_, stack_bytes); }

std::optional<SpawnFailure> Spawner::spawn(const Spawn& what, Process& process) {
  CADRE_ASSERT(what.in > 2);
  CADRE_ASSERT(what.out > 2);
  CADRE_ASSERT(what.err > 2);
  const std::vector<char*> argv = pointers(what.arguments);
  const std::vector<char*> environment = pointers(what.environment);
  Plan plan{};
  plan.program = what.program.c_str();
  plan.argv = argv.data();
  plan.environment = environment.data();
  plan.directory = what.directory.c_str();
  plan.in = what.in;
  plan.out = what.out;
  plan.err = what.err;
  plan.file_bytes_max = what.file_bytes_max;
  plan.is_guard = what.is_guard;
  // Root that stays root would get all of them again by execve.
  plan.drops_capabilities = !what.is_guard && (what.user != nullptr || ::geteuid() != 0);
  plan.changes_user = what.user != nullptr;
  if (what.user != nullptr) {
    plan.uid = what.user->uid;
    plan.gid = what.user->gid;
    plan.groups = what.user->groups.data();
    plan.group_count = what.user->groups.size();
  }
  plan.fence = what.fence;
  if (what.filter != nullptr)
    plan.filter = {static_cast<unsigned short>(what.filter->size()), const_cast<sock_filter*>(what.filter->data())};
  plan.parent = ::getpid();

  // Blocked until the child has put every disposition back: a handler of ours must not run on its behalf.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  const pid_t pid = ::clone(child_main, static_cast<char*>(stack_) + stack_bytes,
                            CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  const int clone_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);

  if (pid < 0) return SpawnFailure{clone_error, "clone"};
  process = Process{pid, Fd{pidfd}};
  if (plan.failed == Step::none) return std::nullopt;
  siginfo_t info{};
  while (::syscall(SYS_waitid, P_PIDFD, process.pidfd.get(), &info, WEXITED, nullptr) != 0 && errno == EINTR) {
  }
  process = Process{};
  return SpawnFailure{plan.error, step_names[static_cast<int>(plan.failed)]};
}

bool has_exited(const Fd& pidfd) {
  siginfo_t info{};
  const long result = ::syscall(SYS_waitid, P_PIDFD, pidfd.get(), &info, WEXITED | WNOHANG | WNOWAIT, nullptr);
  return result == 0 && info.si_pid != 0;
}

std::optional<Exit> reap(const Fd& pidfd) {
  siginfo_t info{};
  rusage usage{};
  const long result = ::syscall(SYS_waitid, P_PIDFD, pidfd.get(), &info, WEXITED | WNOHANG, &usage);
  if (result != 0 || info.si_pid == 0) return std::nullopt;
  Exit exit;
  exit.by_signal = info.si_code != CLD_EXITED;
  exit.code = info.si_status;
  exit.cpu = to_duration(usage.ru_utime) + to_duration(usage.ru_stime);
  const auto kilobytes = static_cast<std::uint64_t>(usage.ru_maxrss);
  if (kilobytes > own_peak_kilobytes()) exit.peak_memory = kilobytes << 10;
  return exit;
}

void signal_group(pid_t leader, int signal) {
  CADRE_ASSERT(leader > 1);
  ::kill(-leader, signal);
}

void signal_process(const Fd& pidfd, int signal) { ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0); }

std::string find_program(const std::string& name, const std::string& directory, const std::string& path, int& error) {
  error = ENOENT;
  if (name.find('/') != std::string::npos) {
    const std::string full = (std::filesystem::path{directory} / name).lexically_normal().string();
    return is_program(full, error) ? full : std::string{};
  }
  int worst = ENOENT;  // a file that is there but cannot be executed says more than the places where there is none
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string full = path.substr(begin, end - begin) + "/" + name;
    if (full.front() == '/' && full.size() > name.size() + 1 && is_program(full, error)) return full;
    if (error == EACCES) worst = EACCES;
    begin = end + 1;
  }
  error = worst;
  return {};
}

}  // namespace cadre::engine
