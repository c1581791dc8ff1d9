#include "tests/support/private_mariadb.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 forgets it in this header
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "tests/support/private_mariadb_files.hpp"

namespace cadre::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto start_patience = std::chrono::seconds(60);  // sanitizers and busy machines; it takes 0.1 s otherwise
constexpr auto stop_patience = std::chrono::seconds(60);
constexpr auto try_again_ms = 10;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("private MariaDB: " + what); }

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) close(fd);
  if (!found) fail(std::string("found no free port on 127.0.0.1: ") + std::strerror(errno));
  return ntohs(address.sin_port);
}

// In the child: only what may be called between fork and exec.
[[noreturn]] void become(const std::vector<char*>& arguments, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);  // the test died before the signal was asked for
  const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = open("/dev/null", O_RDONLY);
  if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
  close_range(3, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

PrivateMariadb::PrivateMariadb(std::vector<std::string> extra_options) : extra_options_(std::move(extra_options)) {
  set_up();
}

PrivateMariadb::PrivateMariadb(WithTcp, std::vector<std::string> extra_options)
    : extra_options_(std::move(extra_options)), port_(free_port()) {
  set_up();
}

PrivateMariadb PrivateMariadb::with_tcp(std::vector<std::string> extra_options) {
  constexpr int tries = 3;  // somebody else may take the port between our looking and the server's binding
  for (int i = 1;; ++i) {
    try {
      return PrivateMariadb(WithTcp{}, extra_options);
    } catch (const std::runtime_error& error) {
      if (i == tries || std::string_view(error.what()).find("in use") == std::string_view::npos) throw;
    }
  }
}

void PrivateMariadb::set_up() {
  const OwnedDirectory made = make_server_directory();
  directory_ = made.path;
  owner_lock_ = made.lock;
  try {
    start();
  } catch (...) {
    clean_up();  // no destructor runs for an object that was never finished
    throw;
  }
}

PrivateMariadb::PrivateMariadb(PrivateMariadb&& other) noexcept
    : extra_options_(std::move(other.extra_options_)),
      directory_(std::exchange(other.directory_, {})),
      owner_lock_(std::exchange(other.owner_lock_, -1)),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      port_(other.port_) {}

PrivateMariadb::~PrivateMariadb() { clean_up(); }

void PrivateMariadb::clean_up() {
  kill9();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  if (owner_lock_ >= 0) close(owner_lock_);
}

db::Settings PrivateMariadb::settings(const std::string& user, const std::string& schema) const {
  db::Settings settings;
  settings.socket = (directory_ / "s").string();
  settings.user = user.empty() ? user_name() : user;
  settings.schema = schema;
  return settings;
}

db::Settings PrivateMariadb::tcp_settings(const std::string& user, const std::string& password,
                                          const std::string& schema) const {
  db::Settings settings;
  settings.host = "127.0.0.1";
  settings.port = port_;
  settings.user = user;
  settings.password = password;
  settings.schema = schema;
  return settings;
}

std::vector<std::string> PrivateMariadb::command_line() const {
  const std::string here = directory_.string();
  std::vector<std::string> line = {find_mariadbd(),
                                   "--no-defaults",  // must be the first
                                   "--datadir=" + here + "/data",
                                   "--socket=" + here + "/s",
                                   "--pid-file=" + here + "/pid",
                                   "--tmpdir=" + here + "/tmp",
                                   "--innodb-buffer-pool-size=64M",
                                   "--innodb-log-file-size=8M",
                                   "--innodb-flush-log-at-trx-commit=1",
                                   "--performance-schema=0"};
  if (geteuid() == 0) line.emplace_back("--user=root");
  if (port_ == 0) {
    line.emplace_back("--skip-networking");
  } else {
    line.emplace_back("--bind-address=127.0.0.1");
    line.push_back("--port=" + std::to_string(port_));
    line.emplace_back("--skip-name-resolve");
  }
  line.insert(line.end(), extra_options_.begin(), extra_options_.end());
  return line;
}

void PrivateMariadb::start() {
  if (running()) fail("start() while the server is running");
  run();
  wait_until_it_answers();
}

void PrivateMariadb::run() {
  std::vector<std::string> line = command_line();
  std::vector<char*> arguments;
  for (std::string& argument : line) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const std::string log = (directory_ / "log").string();
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(arguments, log.c_str(), parent);
  if (pid_ < 0) fail(std::string("cannot fork: ") + std::strerror(errno));
  pidfd_ = pidfd_open(pid_, 0);
  if (pidfd_ < 0) fail(std::string("cannot watch the server: ") + std::strerror(errno));
}

void PrivateMariadb::wait_until_it_answers() {
  const auto deadline = Clock::now() + start_patience;
  std::string last;
  while (Clock::now() < deadline) {
    const auto tried = db::Link::connect(settings());
    if (std::holds_alternative<db::Link>(tried)) return;
    last = std::get<db::Trouble>(tried).message;
    pollfd ended{pidfd_, POLLIN, 0};
    if (poll(&ended, 1, try_again_ms) > 0) {
      wait_for_end(stop_patience);
      std::string line;
      for (const std::string& word : command_line()) line += ' ' + word;
      fail("the server ended while it was starting:" + line + "\nwait status " + std::to_string(status_) +
           "; the end of its log:\n" + log_tail());
    }
  }
  const std::string log = log_tail();
  kill9();
  fail("the server does not answer: " + last + "; the end of its log:\n" + log);
}

void PrivateMariadb::stop() {
  if (!running()) return;
  kill(pid_, SIGTERM);
  if (!wait_for_end(stop_patience)) fail("SIGTERM did not end the server; killed. The end of its log:\n" + log_tail());
}

void PrivateMariadb::kill9() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  wait_for_end(stop_patience);
}

bool PrivateMariadb::wait_for_end(std::chrono::seconds patience) {
  pollfd ended{pidfd_, POLLIN, 0};
  const auto deadline = Clock::now() + patience;
  int polled = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    polled = poll(&ended, 1, static_cast<int>(std::max<long long>(left, 0)));
  } while (polled < 0 && errno == EINTR);
  if (polled == 0) kill(pid_, SIGKILL);
  while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  close(pidfd_);
  pidfd_ = -1;
  pid_ = -1;
  return polled > 0;
}

std::string PrivateMariadb::log_tail() const {
  constexpr std::size_t bytes_max = 4000;
  std::ifstream file(directory_ / "log");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.size() > bytes_max ? text.substr(text.size() - bytes_max) : text;
}

}  // namespace cadre::test
