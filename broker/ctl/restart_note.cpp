#include "broker/ctl/restart_note.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

namespace {

using Json = nlohmann::json;

constexpr std::array kept{"HOME", "PATH", "PWD", "TZ", "LANG", "LC_ALL", "TMPDIR", "LD_PRELOAD", "LD_LIBRARY_PATH", "MYSQL_HOME", "MYSQL_GROUP_SUFFIX"};

std::vector<std::string> without_secrets(const std::vector<std::string>& environment) {
  std::vector<std::string> some;
  for (const auto& one : environment)
    if (std::find(kept.begin(), kept.end(), one.substr(0, one.find('='))) != kept.end()) some.push_back(one);
  return some;
}

RestartNote from_json(const Json& json) {
  RestartNote note;
  note.launch.program = json.at("program").get<std::string>();
  note.launch.arguments = json.at("arguments").get<std::vector<std::string>>();
  note.launch.environment = json.at("environment").get<std::vector<std::string>>();
  note.launch.directory = json.at("directory").get<std::string>();
  note.launch.uid = json.at("uid").get<uid_t>();
  note.launch.gid = json.at("gid").get<gid_t>();
  note.launch.groups = json.at("groups").get<std::vector<gid_t>>();
  note.launch.umask = json.at("umask").get<mode_t>();
  note.log = json.at("log").get<std::string>();
  note.file = json.at("file").get<std::string>();
  note.backup = json.at("backup").get<std::string>();
  note.written = json.at("written").get<std::int64_t>();
  return note;
}

}  // namespace

std::filesystem::path note_of(const std::string& socket) { return socket + ".cadre-restart"; }

void leave_note(const std::string& socket, const RestartNote& note) {
  const auto& launch = note.launch;
  const std::string text = Json{{"program", launch.program.string()}, {"arguments", launch.arguments}, {"environment", without_secrets(launch.environment)},
                                {"directory", launch.directory.string()}, {"uid", launch.uid}, {"gid", launch.gid}, {"groups", launch.groups}, {"umask", launch.umask},
                                {"log", note.log.string()}, {"file", note.file.string()}, {"backup", note.backup.string()}, {"written", note.written}}.dump();
  const auto file = note_of(socket);
  ::unlink(file.c_str());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  const bool done = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int trouble = errno;
  if (fd >= 0) ::close(fd);
  if (!done) throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}; the server was not touched", file.string(), std::strerror(trouble))};
}

std::optional<RestartNote> find_note(const std::string& socket) {
  const auto file = note_of(socket);
  const int fd = ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct stat facts {};
  const bool ours = ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_uid == ::geteuid() && facts.st_nlink == 1 && (facts.st_mode & 077) == 0;
  std::string text(ours ? static_cast<std::size_t>(facts.st_size) : 0, '\0');
  const bool whole = ours && ::read(fd, text.data(), text.size()) == facts.st_size;
  ::close(fd);
  if (!whole) return std::nullopt;
  try {
    return from_json(Json::parse(text));
  } catch (const Json::exception&) {
    return std::nullopt;  // it was interrupted while it was written: nothing had been touched then
  }
}

void remove_note(const std::string& socket) { ::unlink(note_of(socket).c_str()); }

std::int64_t written_at(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return 0;
  return static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

}  // namespace cadre::ctl
