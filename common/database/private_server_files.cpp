#include "common/database/private_server_files.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace cadre::db {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view directory_prefix = "cadre-db-";
constexpr Duration install_patience = 120s;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("private MariaDB: " + what); }

// What a command prints, complaints too.
std::string output_of(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) fail("cannot run " + command);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
  const int status = pclose(pipe);
  if (status != 0) fail(command + " ended with " + std::to_string(WEXITSTATUS(status)) + ": " + output);
  return output;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

class Lock {
 public:
  explicit Lock(const fs::path& path) : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0) fail("cannot open the lock file " + path.string() + ": " + std::strerror(errno));
    while (flock(fd_, LOCK_EX) != 0) {
      if (errno != EINTR) fail("cannot lock " + path.string() + ": " + std::strerror(errno));
    }
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { close(fd_); }

 private:
  int fd_;
};

fs::path find_program(const std::string& name, std::initializer_list<const char*> places) {
  for (const char* place : places) {
    if (access((fs::path(place) / name).c_str(), X_OK) == 0) return fs::path(place) / name;
  }
  const char* path = std::getenv("PATH");
  for (std::string_view rest = path != nullptr ? path : ""; !rest.empty();) {
    const std::string_view place = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(place.size() + 1, rest.size()));
    if (access((fs::path(place) / name).c_str(), X_OK) == 0) return fs::path(place) / name;
  }
  fail("found no " + name + "; install mariadb-server-core (Debian) or put it into PATH");
}

// The whole tree, to the user whom the server runs as.
void hand_over(const fs::path& tree) {
  const auto user = server_user();
  if (!user) return;
  const auto give = [&](const fs::path& path) {
    if (lchown(path.c_str(), user->uid, user->gid) != 0) fail("cannot give " + path.string() + " away: " + std::strerror(errno));
  };
  give(tree);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(tree)) give(entry.path());
}

// mariadb-install-db with nothing but our own options, as the server's user. --force: it would refuse a machine whose name
// cannot be resolved, and we come by socket and 127.0.0.1 only.
void install(const fs::path& data) {
  const fs::path log = data.parent_path() / "install.log";
  const fs::path temporary = data.parent_path() / "install-tmp";  // in a shared one a server that starts beside us clears our tables away
  fs::create_directories(data);
  fs::create_directories(temporary);
  hand_over(data.parent_path());
  const std::vector<std::string> command = {find_mariadb_install_db(), "--no-defaults",
      "--force", "--datadir=" + data.string(), "--auth-root-authentication-method=socket", "--auth-root-socket-user=" + user_name(),
      "--tmpdir=" + temporary.string(), "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=8M"};
  auto child = os::Child::start({command, log, server_user()});
  if (!child) fail(child.error());
  const int code = child->wait(install_patience);
  if (code != 0 || !fs::exists(data / "mysql"))
    fail("mariadb-install-db made no system tables in " + data.string() + " (exit code " + std::to_string(code) + "): " + child->log_tail());
}

// A lock keeps what lives; age keeps what is being made in this moment by somebody else.
void remove_left_behind(const fs::path& place) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(place, ignored)) {
    if (!entry.path().filename().string().starts_with(directory_prefix)) continue;
    const auto written = fs::last_write_time(entry.path(), ignored);
    if (ignored || fs::file_time_type::clock::now() - written < std::chrono::minutes(10)) continue;
    const int fd = open((entry.path() / "owner").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) continue;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
    close(fd);
  }
}

fs::path short_place() {
  constexpr std::size_t length_max = 60;  // a socket's path may have 107 bytes
  const char* wanted = std::getenv("TMPDIR");
  if (wanted != nullptr && *wanted == '/' && std::strlen(wanted) <= length_max) return wanted;
  return "/tmp";
}

}  // namespace

std::string find_mariadbd() { return find_program("mariadbd", {"/usr/sbin", "/usr/local/sbin"}); }

std::string find_mariadb_install_db() { return find_program("mariadb-install-db", {"/usr/bin"}); }

std::string user_name() {
  // Threads that measure open links side by side, and getpwuid() has one buffer for all of them.
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    fail("user " + std::to_string(geteuid()) + " has no name in the user database");
  return entry.pw_name;
}

std::optional<os::User> server_user() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"mysql", "nobody"})
    if (const passwd* entry = getpwnam(name)) return os::User{entry->pw_uid, entry->pw_gid};
  fail("root must not run a server, and there is neither a user mysql nor nobody");
}

namespace {

OwnedDirectory make_directory(const fs::path& place) {
  std::string name = (place / (std::string(directory_prefix) + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) fail("cannot make " + name + ": " + std::strerror(errno));
  OwnedDirectory made{name, open((name + "/owner").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (made.lock < 0 || flock(made.lock, LOCK_EX | LOCK_NB) != 0) fail("cannot lock " + name + "/owner");
  fs::create_directory(made.path / "tmp");
  return made;
}

std::string content(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Made where the server's user may go, then copied into `home`; whole or not at all (rename).
void make_template(const fs::path& home, const fs::path& place) {
  const OwnedDirectory made = make_directory(place);
  const fs::path copy = home / "making";
  std::error_code ignored;
  fs::remove_all(copy, ignored);
  fs::remove_all(home / "data", ignored);
  install(made.path / "data");
  fs::copy(made.path / "data", copy, fs::copy_options::recursive);
  fs::rename(copy, home / "data");
  fs::remove_all(made.path, ignored);
  close(made.lock);
}

}  // namespace

OwnedDirectory make_server_directory(const fs::path& template_home, const fs::path& wanted_place) {
  const fs::path place = wanted_place.empty() ? short_place() : wanted_place;
  remove_left_behind(place);
  if (template_home.empty()) {
    OwnedDirectory made = make_directory(place);
    install(made.path / "data");
    hand_over(made.path);
    return made;
  }
  const fs::path home = template_home / std::to_string(geteuid());
  fs::create_directories(home);
  const Lock lock(home / "lock");
  const std::string version = output_of(quoted(find_mariadbd()) + " --no-defaults --version");
  if (!fs::exists(home / "data") || content(home / "version") != version) {
    make_template(home, place);
    std::ofstream(home / "version") << version;
    if (content(home / "version") != version) fail("cannot write " + (home / "version").string());
  }
  OwnedDirectory made = make_directory(place);
  fs::copy(home / "data", made.path / "data", fs::copy_options::recursive);
  hand_over(made.path);
  return made;
}

}  // namespace cadre::db
