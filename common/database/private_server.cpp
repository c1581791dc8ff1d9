#include "common/database/private_server.hpp"

#include <poll.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "common/database/private_server_files.hpp"
#include "common/os/clock.hpp"

namespace cadre::db {
namespace {

constexpr Duration start_patience = 60s;  // sanitizers and busy machines; it takes 0.1 s otherwise
constexpr Duration stop_patience = 60s;
constexpr int try_again_ms = 10;
constexpr int port_tries = 3;  // somebody else may take the port between our looking and the server's binding

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("private MariaDB: " + what); }

}  // namespace

PrivateServer::PrivateServer(Settings settings) : settings_(std::move(settings)) {
  for (int i = 1; !running(); ++i) {
    try {
      set_up();
    } catch (const std::runtime_error& error) {
      clean_up();  // no destructor runs for an object that was never finished
      if (!settings_.tcp || i == port_tries || std::string_view(error.what()).find("in use") == std::string_view::npos) throw;
    }
  }
}

void PrivateServer::set_up() {
  if (settings_.tcp) {
    const auto port = os::free_port();
    if (!port) fail(port.error());
    port_ = *port;
  }
  const OwnedDirectory made = make_server_directory(settings_.template_home, settings_.place);
  directory_ = made.path;
  owner_lock_ = made.lock;
  start();
}

PrivateServer::PrivateServer(PrivateServer&& other) noexcept
    : settings_(std::move(other.settings_)),
      directory_(std::exchange(other.directory_, {})),
      owner_lock_(std::exchange(other.owner_lock_, -1)),
      child_(std::move(other.child_)),
      port_(other.port_) {}

PrivateServer::~PrivateServer() { clean_up(); }

void PrivateServer::clean_up() {
  kill9();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  directory_.clear();
  if (owner_lock_ >= 0) close(owner_lock_);
  owner_lock_ = -1;
}

db::Settings PrivateServer::settings(const std::string& user, const std::string& schema) const {
  db::Settings settings;
  settings.socket = (directory_ / "s").string();
  settings.user = user.empty() ? administrator() : user;
  settings.schema = schema;
  return settings;
}

db::Settings PrivateServer::tcp_settings(const std::string& user, const std::string& password, const std::string& schema) const {
  db::Settings settings;
  settings.host = "127.0.0.1";
  settings.port = port_;
  settings.user = user;
  settings.password = password;
  settings.schema = schema;
  return settings;
}

std::string PrivateServer::administrator() const { return user_name(); }

std::vector<std::string> PrivateServer::command_line() const {
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
                                   "--innodb-doublewrite=1",
                                   "--performance-schema=0"};
  if (port_ == 0) {
    line.emplace_back("--skip-networking");
  } else {
    line.emplace_back("--bind-address=127.0.0.1");
    line.push_back("--port=" + std::to_string(port_));
    line.emplace_back("--skip-name-resolve");
  }
  line.insert(line.end(), settings_.options.begin(), settings_.options.end());
  return line;
}

void PrivateServer::start() {
  if (running()) fail("start() while the server is running");
  child_.reset();
  auto child = os::Child::start({command_line(), directory_ / "log", server_user()});
  if (!child) fail(child.error());
  child_.emplace(std::move(*child));
  wait_until_it_answers();
}

void PrivateServer::wait_until_it_answers() {
  const Instant deadline = os::boot_now() + start_patience;
  std::string last;
  while (os::boot_now() < deadline) {
    const auto tried = db::Link::connect(settings());
    if (std::holds_alternative<db::Link>(tried)) return;
    last = std::get<db::Trouble>(tried).message;
    pollfd ended{child_->fd(), POLLIN, 0};
    if (poll(&ended, 1, try_again_ms) <= 0) continue;
    const int code = child_->wait(stop_patience);
    std::string line;
    for (const std::string& word : command_line()) line += ' ' + word;
    fail("the server ended while it was starting:" + line + "\nexit code " + std::to_string(code) + "; the end of its log:\n" + log_tail());
  }
  const std::string log = log_tail();
  kill9();
  fail("the server does not answer: " + last + "; the end of its log:\n" + log);
}

void PrivateServer::stop() {
  if (!running()) return;
  if (child_->stop(stop_patience) < 0) fail("SIGTERM did not end the server; killed. The end of its log:\n" + log_tail());
}

void PrivateServer::kill9() {
  if (child_) child_->kill9();
}

std::string PrivateServer::log_tail() const { return child_ ? child_->log_tail() : std::string(); }

}  // namespace cadre::db
