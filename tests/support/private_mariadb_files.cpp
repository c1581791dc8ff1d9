#include "tests/support/private_mariadb_files.hpp"

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
#include <memory>
#include <stdexcept>

namespace cadre::test {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view directory_prefix = "cadre-db-";

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

// mariadb-install-db with nothing but our own options; whole or not at all (rename).
void make_template(const fs::path& home, const fs::path& data) {
  const fs::path work = home / "making";
  fs::remove_all(work);
  fs::remove_all(data);
  fs::create_directories(work);
  std::string command = quoted(find_program("mariadb-install-db", {"/usr/bin"})) +
                        " --no-defaults --datadir=" + quoted(work) +
                        " --auth-root-authentication-method=socket --auth-root-socket-user=" + quoted(user_name()) +
                        " --skip-test-db --skip-name-resolve --innodb-log-file-size=8M";
  if (geteuid() == 0) command += " --user=root";
  output_of(command);
  if (!fs::exists(work / "mysql")) fail(command + " made no system tables in " + work.string());
  fs::rename(work, data);
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

std::string user_name() {
  const passwd* entry = getpwuid(geteuid());
  if (entry == nullptr) fail("user " + std::to_string(geteuid()) + " has no name in the user database");
  return entry->pw_name;
}

OwnedDirectory make_server_directory() {
  const fs::path home = fs::path(CADRE_BINARY_DIR) / "mariadb-template" / std::to_string(geteuid());
  fs::create_directories(home);
  const Lock lock(home / "lock");
  const fs::path stamp = home / "version";
  const fs::path data = home / "data";
  const std::string version = output_of(quoted(find_mariadbd()) + " --no-defaults --version");
  const auto made_by = [&]() -> std::string {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(stamp.c_str(), "re"), fclose);
    std::array<char, 1024> text{};
    return file ? std::string(text.data(), fread(text.data(), 1, text.size(), file.get())) : std::string();
  };
  if (!fs::exists(data) || made_by() != version) {
    make_template(home, data);
    const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(stamp.c_str(), "we"), fclose);
    if (!file || fputs(version.c_str(), file.get()) < 0) fail("cannot write " + stamp.string());
  }

  const fs::path place = short_place();
  remove_left_behind(place);
  std::string name = (place / (std::string(directory_prefix) + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) fail("cannot make " + name + ": " + std::strerror(errno));
  OwnedDirectory made{name, open((name + "/owner").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (made.lock < 0 || flock(made.lock, LOCK_EX | LOCK_NB) != 0) fail("cannot lock " + name + "/owner");
  fs::copy(data, made.path / "data", fs::copy_options::recursive);
  fs::create_directory(made.path / "tmp");
  return made;
}

}  // namespace cadre::test
