#include "common/os/child.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 forgets it in this header
#include <sys/pidfd.h>
}

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/os/clock.hpp"

namespace cadre::os {

namespace {

constexpr Duration killed_patience = 60s;  // a process that cannot be killed waits for a disk

// In the child: only what may be called between fork and exec.
[[noreturn]] void become(char* const* arguments, const char* log, const User* as, pid_t parent) {
  if (as != nullptr && (setgroups(0, nullptr) != 0 || setgid(as->gid) != 0 || setuid(as->uid) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // behind setuid, which takes it back
  if (getppid() != parent) _exit(126);  // it died before the signal was asked for
  const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = open("/dev/null", O_RDONLY);
  if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
  close_range(3, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(arguments[0], arguments);
  const char* why = strerrordesc_np(errno);
  ssize_t ignored = write(2, arguments[0], std::strlen(arguments[0]));
  ignored = write(2, ": ", 2);
  ignored = write(2, why, std::strlen(why));
  ignored = write(2, "\n", 1);
  static_cast<void>(ignored);
  _exit(127);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Result<Child> Child::start(Settings settings) {
  std::vector<char*> arguments;
  for (std::string& word : settings.command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log = settings.log.string();
  Child child;
  child.log_ = settings.log;
  const pid_t parent = getpid();
  child.pid_ = fork();
  if (child.pid_ == 0) become(arguments.data(), log.c_str(), settings.as ? &*settings.as : nullptr, parent);
  if (child.pid_ < 0) return Error{"cannot start " + settings.command.front() + ": " + std::strerror(errno)};
  child.pidfd_ = pidfd_open(child.pid_, 0);
  if (child.pidfd_ < 0) return Error{"cannot watch " + settings.command.front() + ": " + std::strerror(errno)};
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::exchange(other.pidfd_, -1)), code_(other.code_), log_(std::move(other.log_)) {}

Child::~Child() { kill9(); }

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void Child::reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  code_ = code_of(status);
  if (pidfd_ >= 0) close(pidfd_);
  pid_ = pidfd_ = -1;
}

int Child::wait(Duration patience) {
  const Instant until = boot_now() + patience;
  while (pid_ > 0) {
    pollfd ended{pidfd_, POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - boot_now()).count();
    const int polled = poll(&ended, 1, left > 0 ? static_cast<int>(left) : 0);
    if (polled > 0) reap();
    else if (polled == 0) return -1;
  }
  return code_;
}

bool Child::running() {
  (void)wait(Duration{});
  return pid_ > 0;
}

void Child::kill9() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  if (pidfd_ < 0) return reap();
  (void)wait(killed_patience);
}

int Child::stop(Duration patience) {
  signal(SIGTERM);
  const int code = wait(patience);
  if (code < 0) kill9();
  return code;
}

std::string Child::log() const {
  std::ifstream in(log_);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string Child::log_tail(std::size_t bytes_max) const {
  const std::string text = log();
  return text.size() > bytes_max ? text.substr(text.size() - bytes_max) : text;
}

std::optional<Usage> usage_of(pid_t pid) {
  const std::string place = "/proc/" + std::to_string(pid);
  std::ifstream stat_file(place + "/stat");
  std::string text;
  std::getline(stat_file, text);
  const auto name_end = text.rfind(')');  // a name may contain blanks and brackets
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t ticks = 0;  // utime stime cutime cstime
  for (int field = 14; field <= 17; ++field) {
    std::uint64_t value = 0;
    fields >> value;
    ticks += value;
  }
  Usage usage;
  usage.cpu_seconds = static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::ifstream status(place + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) usage.rss = std::strtoull(line.c_str() + 6, nullptr, 10) << 10;
    if (line.starts_with("VmHWM:")) usage.rss_peak = std::strtoull(line.c_str() + 6, nullptr, 10) << 10;
  }
  return usage;
}

Result<std::uint16_t> free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int trouble = errno;
  if (fd >= 0) close(fd);
  if (!found) return Error{std::string("found no free port on 127.0.0.1: ") + std::strerror(trouble)};
  return ntohs(address.sin_port);
}

}  // namespace cadre::os
