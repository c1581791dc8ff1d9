#include "broker/ctl/own_mariadb.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "broker/ctl/stop.hpp"
#include "common/database/private_server_files.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t socket_path_max = 107;                      // of the kernel's
constexpr Duration install_patience = 5min;                       // 1 s on an idle machine
constexpr Duration start_patience = 10min, stop_patience = 5min;  // after a crash it reads its log again
constexpr int try_again_ms = 10;
constexpr std::uint64_t mib = 1u << 20, pool_min = 128 * mib, pool_max = 4096 * mib;

fs::path program(std::string (*find)()) {
  try {
    return find();
  } catch (const std::runtime_error& error) {
    throw Stop{Exit::config, fmt::format("{}; nothing was changed", error.what())};
  }
}

db::Settings administrator(const OwnMariadb& own) {
  db::Settings settings;
  settings.socket = own.socket().string();
  settings.user = db::user_name();
  return settings;
}

// Its system tables, in a directory beside the one that they are to be in. The administrator is whoever runs this, by
// unix_socket: no password that could be lost.
void install(const OwnMariadb& own, const fs::path& draft, Files& files) {
  std::error_code error;
  fs::remove_all(draft, error);  // from a run that was interrupted
  if (error) throw Stop{Exit::no_output, fmt::format("{}: cannot be removed: {}", draft.string(), error.message())};
  // --force: it would refuse a machine whose name cannot be resolved, and nobody comes by name.
  auto child = os::Child::start(
      {{program(db::find_mariadb_install_db).string(), "--no-defaults", "--force", "--datadir=" + draft.string(),
        "--tmpdir=" + (own.home / "tmp").string(), "--skip-test-db", "--skip-name-resolve",
        "--auth-root-authentication-method=socket", "--auth-root-socket-user=" + db::user_name()},
       own.log(),
       files.owner().other()});
  if (!child) throw Stop{Exit::config, child.error()};
  const int code = child->wait(install_patience);
  if (code == 0 && fs::is_directory(draft / "mysql", error)) return;
  throw Stop{Exit::no_output, fmt::format("mariadb-install-db made no system tables in {} (exit code {}): {}",
                                          draft.string(), code, child->log_tail())};
}

// All of it is on the disk before it has its name.
void put_in_place(const fs::path& draft, const fs::path& place) {
  const int fd = ::open(draft.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::syncfs(fd) == 0;
  if (fd >= 0) ::close(fd);
  std::error_code error;
  if (synced) fs::rename(draft, place, error);
  if (!synced || error)
    throw Stop{Exit::no_output, fmt::format("{}: cannot be put in place: {}", place.string(),
                                            synced ? error.message() : "it cannot be synced to the disk")};
}

}  // namespace

void check_possible(const OwnMariadb& own) {
  (void)program(db::find_mariadbd);
  (void)program(db::find_mariadb_install_db);
  if (own.socket().string().size() > socket_path_max)
    throw Stop{Exit::usage,
               fmt::format("--data: {} would be longer than a socket's path may be ({} bytes); nothing was changed",
                           own.socket().string(), socket_path_max)};
}

std::string option_text(const OwnMariadb& own, std::uint64_t memory) {
  const std::uint64_t pool = std::clamp(memory / 4, pool_min, pool_max) / mib;
  return fmt::format(
      "# Made by `cadre node setup`: the MariaDB that is Cadre's own. What is changed here counts when it is started "
      "anew.\n"
      "[mariadbd]\n"
      "datadir = {}\n"
      "socket = {}\n"
      "pid_file = {}\n"
      "tmpdir = {}\n"
      "# Nobody comes by network. With extensions that connect to the database themselves: bind_address instead.\n"
      "skip_networking = ON\n"
      "skip_name_resolve = ON\n"
      "local_infile = OFF\n"
      "# What was accepted is on the disk; the broker refuses to work with less.\n"
      "innodb_flush_log_at_trx_commit = 1\n"
      "innodb_doublewrite = ON\n"
      "innodb_rollback_on_timeout = ON\n"
      "sync_binlog = 1\n"
      "# At least twice policy.payload_max: raise it together with that.\n"
      "max_allowed_packet = 64M\n"
      "# The accounts may have 20 + 8 + 8 + 4 connections, some of them at two addresses; the rest is for "
      "administrators.\n"
      "max_connections = 100\n"
      "# A quarter of this machine's memory, 128M to 4096M.\n"
      "innodb_buffer_pool_size = {}M\n"
      "innodb_log_file_size = 512M\n"
      "innodb_io_capacity = 1000\n"
      "innodb_io_capacity_max = 4000\n"
      "character_set_server = utf8mb4\n"
      "performance_schema = OFF\n",
      own.data().string(), own.socket().string(), (own.home / "mariadb.pid").string(), (own.home / "tmp").string(),
      pool);
}

void settle_own_mariadb(const OwnMariadb& own, Files& files, Steps& steps) {
  files.directory(own.home, 0700);
  files.directory(own.home / "tmp", 0700);
  const auto pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  files.text(own.options,
             option_text(
                 own, pages > 0 && size > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) : 0),
             "MariaDB's option file");
  const std::string what = "MariaDB's data directory " + own.data().string();
  std::error_code error;
  if (fs::is_directory(own.data(), error)) return steps.found(what);
  const fs::path draft = own.home / "data.draft";
  install(own, draft, files);
  put_in_place(draft, own.data());
  steps.did(what);
}

RunningMariadb::RunningMariadb(const OwnMariadb& own, const Owner& owner) {
  auto tried = db::Link::connect(administrator(own));
  const auto answers = [&tried] {
    const auto* trouble = db::trouble_of(tried);
    return trouble == nullptr || trouble->kind != db::Kind::away;  // who is refused learns more when he needs the right
  };
  if (answers()) return;
  auto child = os::Child::start(
      {{program(db::find_mariadbd).string(), "--defaults-file=" + own.options.string()}, own.log(), owner.other()});
  if (!child) throw Stop{Exit::config, child.error()};
  child_.emplace(std::move(*child));
  const Instant deadline = os::boot_now() + start_patience;
  while (!answers()) {
    pollfd ended{child_->fd(), POLLIN, 0};
    const bool gone = ::poll(&ended, 1, try_again_ms) > 0;
    if (gone || os::boot_now() > deadline)
      throw Stop{Exit::unreachable, fmt::format("MariaDB {} with {}; the end of {}:\n{}",
                                                gone ? "ended while it was starting" : "does not answer",
                                                own.options.string(), own.log().string(), child_->log_tail())};
    tried = db::Link::connect(administrator(own));
  }
}

RunningMariadb::~RunningMariadb() {
  if (child_ && child_->stop(stop_patience) < 0)
    say("note: MariaDB did not end in time and was killed; it will recover when it is started");
}

}  // namespace cadre::ctl
