#include "common/os/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 forgets it in this header
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace cadre::os {

namespace fs = std::filesystem;

namespace {

fs::path place_of(pid_t process, const char* name) { return fs::path("/proc") / std::to_string(process) / name; }

Result<std::string> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Error{file.string() + " cannot be read"};
  return text.str();
}

// Words that end with a zero byte each.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// A number behind "Uid:" and the like: the effective one is the second.
void read_status(const std::string& text, Launch& launch) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    unsigned real = 0;
    if (name == "Uid:") words >> real >> launch.uid;
    if (name == "Gid:") words >> real >> launch.gid;
    if (name == "Umask:") words >> std::oct >> launch.umask;
    if (name == "Groups:")
      for (gid_t group = 0; words >> group;) launch.groups.push_back(group);
  }
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const auto& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

constexpr std::array limits{RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_FSIZE};

// In the child: only what may be called between fork and exec. Returns where it failed.
void become(const Launch& launch, char* const* arguments, char* const* environment, int out, int err) {
  ::setsid();
  for (const auto& [which, limit] : launch.limits) ::setrlimit(static_cast<__rlimit_resource>(which), &limit);  // raising is root's: else ours must do
  const int in = ::open("/dev/null", O_RDWR);
  if (in < 0 || ::dup2(out < 0 ? in : out, 1) < 0 || ::dup2(err < 0 ? in : err, 2) < 0 || ::dup2(in, 0) < 0) return;
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (::geteuid() == 0 && (::setgroups(launch.groups.size(), launch.groups.data()) != 0 || ::setgid(launch.gid) != 0 || ::setuid(launch.uid) != 0)) return;
  ::umask(launch.umask);
  if (!launch.directory.empty() && ::chdir(launch.directory.c_str()) != 0) return;
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(launch.program.c_str(), arguments, environment);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

std::string all_of(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  ::lseek(fd, 0, SEEK_SET);
  for (ssize_t n = 0; (n = ::read(fd, buffer.data(), buffer.size())) > 0;) text.append(buffer.data(), static_cast<std::size_t>(n));
  return text;
}

}  // namespace

std::string variable_of(const std::vector<std::string>& environment, const std::string& name) {
  for (const auto& one : environment)
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
  return "";
}

Launch plain_launch(const fs::path& program, std::vector<std::string> arguments) {
  return {program, std::move(arguments), {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "/", ::geteuid(), ::getegid(), {}, 022, {}};
}

Result<Launch> launch_of(pid_t process) {
  Launch launch;
  std::error_code error;
  std::string program = fs::read_symlink(place_of(process, "exe"), error).string();
  if (error) return Error{"how process " + std::to_string(process) + " was started cannot be seen from here: " + error.message()};
  constexpr std::string_view replaced = " (deleted)";  // a newer release lies there now, and is what starts
  if (program.ends_with(replaced)) program.erase(program.size() - replaced.size());
  launch.program = program;
  auto arguments = text_of(place_of(process, "cmdline")), environment = text_of(place_of(process, "environ")), status = text_of(place_of(process, "status"));
  for (const auto* text : {&arguments, &environment, &status})
    if (!*text) return Error{text->error()};
  launch.arguments = words_of(*arguments);
  launch.environment = words_of(*environment);
  read_status(*status, launch);
  for (const int which : limits)
    if (rlimit limit{}; ::prlimit(process, static_cast<__rlimit_resource>(which), nullptr, &limit) == 0) launch.limits.emplace_back(which, limit);
  launch.directory = variable_of(launch.environment, "PWD");
  if (!launch.directory.is_absolute() || !fs::is_directory(launch.directory, error)) launch.directory = fs::read_symlink(place_of(process, "cwd"), error);
  return launch;
}

Result<pid_t> start_apart(const Launch& launch, int out, int err) {
  const auto arguments = pointers_to(launch.arguments), environment = pointers_to(launch.environment);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return Error{std::string("no pipe: ") + std::strerror(errno)};
  const pid_t child = ::fork();
  if (child == 0) {
    become(launch, arguments.data(), environment.data(), out, err);
    const int trouble = errno;
    const ssize_t ignored = ::write(pipe[1], &trouble, sizeof trouble);
    static_cast<void>(ignored);
    ::_exit(127);
  }
  const int no_fork = errno;
  ::close(pipe[1]);
  int trouble = 0;
  const bool failed = child > 0 && ::read(pipe[0], &trouble, sizeof trouble) == sizeof trouble;
  ::close(pipe[0]);
  if (child < 0) return Error{"cannot start " + launch.program.string() + ": " + std::strerror(no_fork)};
  if (!failed) return child;
  ::waitpid(child, nullptr, 0);
  return Error{"cannot start " + launch.program.string() + ": " + std::strerror(trouble)};
}

Hold::Hold(pid_t process) : fd_(process > 0 ? ::pidfd_open(process, 0) : -1) {}
Hold::~Hold() {
  if (fd_ >= 0) ::close(fd_);
}
bool Hold::signal(int number) const { return fd_ >= 0 && ::pidfd_send_signal(fd_, number, nullptr, 0) == 0; }
bool Hold::ended_within(Duration patience) const {
  if (fd_ < 0) return true;
  pollfd ended{fd_, POLLIN, 0};
  return ::poll(&ended, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(patience).count())) > 0;
}

pid_t parent_of(pid_t process) {
  std::ifstream status(place_of(process, "status"));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("PPid:")) return static_cast<pid_t>(std::atoi(line.c_str() + 5));
  return 0;
}

pid_t started_like(const Launch& launch) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const auto process = static_cast<pid_t>(std::atoi(entry.path().filename().c_str()));
    if (process <= 0) continue;
    const auto arguments = text_of(entry.path() / "cmdline");
    if (arguments && words_of(*arguments) == launch.arguments && fs::read_symlink(entry.path() / "exe", ignored) == launch.program) return process;
  }
  return 0;
}

bool shares_our_network(pid_t process) {
  std::error_code error;
  const auto theirs = fs::read_symlink(place_of(process, "ns/net"), error);
  return !error && theirs == fs::read_symlink("/proc/self/ns/net", error);
}

std::string control_groups_of(pid_t process) {
  const auto text = text_of(place_of(process, "cgroup"));
  return text ? *text : "";
}

Result<Ran> run_to_end(const Launch& launch, Duration patience) {
  const int out = ::memfd_create("out", MFD_CLOEXEC), err = ::memfd_create("err", MFD_CLOEXEC);
  Result<Ran> ran = Error{std::string("no memory for what ") + launch.program.string() + " says"};
  if (out >= 0 && err >= 0) {
    const auto child = start_apart(launch, out, err);
    if (!child) ran = Error{child.error()};
    else {
      const Hold hold(*child);
      const bool ended = hold.ended_within(patience);
      if (!ended) hold.signal(SIGKILL);
      int status = 0;
      ::waitpid(*child, &status, 0);
      if (ended) ran = Ran{code_of(status), all_of(out), all_of(err)};
      else ran = Error{launch.program.string() + " did not end in time, and was killed"};
    }
  }
  if (out >= 0) ::close(out);
  if (err >= 0) ::close(err);
  return ran;
}

}  // namespace cadre::os
