#include "tests/support/loose_mariadb.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "common/database/private_server_files.hpp"
#include "common/os/child.hpp"
#include "common/os/clock.hpp"

namespace cadre::test {

namespace fs = std::filesystem;

namespace {

constexpr Duration patience = 60s;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// By their command line: the directory's name is nobody else's.
std::vector<pid_t> that_name(const fs::path& directory) {
  std::vector<pid_t> all;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const pid_t process = static_cast<pid_t>(std::atoi(entry.path().filename().c_str()));
    if (process > 0 && process != ::getpid() && content(entry.path() / "cmdline").find(directory.string() + "/") != std::string::npos) all.push_back(process);
  }
  return all;
}

bool is_server(pid_t process) { return content(fmt::format("/proc/{}/comm", process)) == "mariadbd\n"; }

// Shells first, which would start another one.
void end_all(const fs::path& directory) {
  for (const bool servers : {false, true})
    for (const pid_t process : that_name(directory)) {
      const os::Hold hold(process);
      if (is_server(process) != servers || !hold.signal(servers ? SIGTERM : SIGKILL)) continue;
      if (!hold.ended_within(patience)) hold.signal(SIGKILL);
    }
}

}  // namespace

LooseMariadb::LooseMariadb(const std::string& lines) {
  const auto made = db::make_server_directory(fs::path(CADRE_BINARY_DIR) / "mariadb-template", {});
  directory_ = made.path;
  owner_lock_ = made.lock;
  const auto port = os::free_port();
  if (!port) throw std::runtime_error(port.error());
  port_ = *port;
  std::ofstream(option_file()) << fmt::format(
      "[client]\nbind-address = 192.0.2.1\n[mysqld]\ndatadir = {0}/data\nsocket = {0}/s\npid-file = {0}/pid\nlog-error = {0}/log\ntmpdir = {0}/tmp\nport = {1}\n"
      "innodb-buffer-pool-size = 64M\ninnodb-log-file-size = 8M\nperformance-schema = 0\n{2}",
      directory_.string(), port_, lines);
  guard();
}

LooseMariadb::~LooseMariadb() {
  end();
  ::close(leash_);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
  ::close(owner_lock_);
}

// Ends by itself, and what runs there with it, when the last holder of the leash is gone: this process.
void LooseMariadb::guard() {
  int leash[2];
  if (::pipe2(leash, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() != 0) ::_exit(0);
    ::setsid();
    ::dup2(leash[0], 0);
    ::close_range(3, ~0U, 0);
    pollfd gone{0, POLLIN, 0};
    while (::poll(&gone, 1, -1) < 0) {
    }
    end_all(directory_);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  ::close(leash[0]);
  leash_ = leash[1];
}

os::Launch LooseMariadb::launch(const std::vector<std::string>& arguments) const {
  auto launch = os::plain_launch(db::find_mariadbd(), {"mariadbd", "--defaults-file=" + option_file().string()});
  launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
  launch.environment.push_back("TMPDIR=" + (directory_ / "tmp").string());  // what a tool that is killed leaves there goes with us
  launch.environment.push_back("CADRE_TEST_SECRET=" + directory_.filename().string());
  if (const auto user = db::server_user()) launch.uid = user->uid, launch.gid = user->gid;
  return launch;
}

// By a process that is gone at once: it becomes init's child.
void LooseMariadb::start_apart(const os::Launch& launch) {
  const pid_t between = ::fork();
  if (between == 0) ::_exit(os::start_apart(launch, -1, -1) ? 0 : 1);
  int status = 0;
  ::waitpid(between, &status, 0);
  if (status != 0) throw std::runtime_error("cannot start " + launch.program.string());
  const Instant until = os::boot_now() + patience;
  while (os::boot_now() < until) {
    db::Settings settings;
    settings.socket = socket();
    settings.user = db::user_name();
    if (std::holds_alternative<db::Link>(db::Link::connect(settings))) return;
    ::poll(nullptr, 0, 10);
  }
  throw std::runtime_error("the server does not answer:\n" + log());
}

void LooseMariadb::start(const std::vector<std::string>& arguments) { start_apart(launch(arguments)); }

void LooseMariadb::start_supervised() {
  auto shell = launch({});
  shell.arguments = {"sh", "-c", fmt::format("while :; do {} --defaults-file={}; done", shell.program.string(), option_file().string())};
  shell.program = "/bin/sh";
  start_apart(shell);
}

void LooseMariadb::end() { end_all(directory_); }

std::vector<pid_t> LooseMariadb::processes() const {
  auto all = that_name(directory_);
  std::erase_if(all, [](pid_t one) { return !is_server(one); });
  return all;
}

std::string LooseMariadb::value(const std::string& sql) const {
  db::Settings settings;
  settings.socket = socket();
  settings.user = db::user_name();
  auto made = db::Link::connect(settings);
  if (const auto* trouble = db::trouble_of(made)) throw std::runtime_error(trouble->message);
  auto rows = std::get<db::Link>(made).query(sql);
  if (const auto* trouble = db::trouble_of(rows)) throw std::runtime_error(trouble->message);
  const auto& found = std::get<db::Rows>(rows).row(0)[0];
  if (const auto* text = std::get_if<std::string>(&found)) return *text;
  if (const auto* u = std::get_if<std::uint64_t>(&found)) return std::to_string(*u);
  if (const auto* i = std::get_if<std::int64_t>(&found)) return std::to_string(*i);
  return "";
}

std::string LooseMariadb::log() const { return content(directory_ / "log"); }

}  // namespace cadre::test
