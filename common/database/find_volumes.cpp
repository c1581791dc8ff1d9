#include "common/database/find_volumes.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "common/database/link_parts.hpp"

namespace cadre::db {

namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Outcome<std::vector<std::filesystem::path>> growing_directories(Link& link) {
  auto found = link.query("SELECT @@datadir, IFNULL(@@innodb_data_home_dir, ''), IFNULL(@@innodb_undo_directory, ''), IFNULL(@@log_bin_basename, '')");
  if (const auto* trouble = trouble_of(found)) return *trouble;
  const auto& row = std::get<Rows>(found);
  const std::filesystem::path data = row.text(0, 0);
  std::vector<std::filesystem::path> all{data};
  for (std::size_t i = 1; i < 3; ++i)
    if (!row.text(0, i).empty()) all.push_back((data / row.text(0, i)).lexically_normal());
  if (!row.text(0, 3).empty()) all.push_back((data / row.text(0, 3)).lexically_normal().parent_path());
  return all;
}

// The same server at its own socket: it knows of a lock that this connection holds. A tunnel leads elsewhere.
Outcome<Result<pid_t>> process_behind_tcp(Link& link, const Settings& settings) {
  auto named = link.query("SELECT @@socket, CONCAT('cadre here ', UUID())");
  if (const auto* trouble = trouble_of(named)) return *trouble;
  const std::string socket = std::get<Rows>(named).text(0, 0), lock = std::get<Rows>(named).text(0, 1);
  Settings local = settings;
  local.socket = socket;
  local.host.clear();
  local.tls_ca_file.clear();
  local.begin_implicitly = false;
  auto made = Link::connect(local);
  if (const auto* trouble = trouble_of(made)) return Result<pid_t>(Error{"the server's own socket does not answer here: " + trouble->message});
  Link& other = std::get<Link>(made);
  auto held = link.query("SELECT GET_LOCK(?, 0)", {lock});
  if (const auto* trouble = trouble_of(held)) return *trouble;
  auto holder = other.query("SELECT CAST(IFNULL(IS_USED_LOCK(?), 0) AS UNSIGNED)", {lock});
  auto released = link.query("SELECT RELEASE_LOCK(?)", {lock});
  if (const auto* trouble = trouble_of(released)) return *trouble;
  if (const auto* trouble = trouble_of(holder)) return Result<pid_t>(Error{trouble->message});
  if (std::get<Rows>(holder).u64(0, 0) != link.connection_id())
    return Result<pid_t>(Error{fmt::format("{} port {} and {} are two different servers", settings.host, settings.port, socket)});
  return server_process(other);
}

}  // namespace

Result<pid_t> server_process(const Link& link) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(link.socket(), reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.ss_family != AF_UNIX)
    return Error{"the database is reached by TCP, which does not prove that it runs here"};
  ucred peer{};
  size = sizeof peer;
  if (::getsockopt(link.socket(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0)
    return Error{"the process behind the database's socket cannot be seen from here (another container?)"};
  std::string program;
  std::ifstream(fmt::format("/proc/{}/comm", peer.pid)) >> program;
  if (program != "mariadbd" && program != "mysqld")
    return Error{fmt::format("behind the database's socket is '{}' (process {}), not mariadbd", program, peer.pid)};
  return peer.pid;
}

Outcome<Volumes> find_volumes(Link& link, const Settings& settings) {
  Result<pid_t> process = Error{fmt::format("the database is on another machine, {}", settings.host)};
  if (!settings.socket.empty()) {
    process = server_process(link);
  } else if (is_loopback(settings.host)) {
    auto behind = process_behind_tcp(link, settings);
    if (const auto* trouble = trouble_of(behind)) return *trouble;
    process = std::get<0>(behind);
  }
  if (!process) return Volumes{{}, process.error()};
  auto directories = growing_directories(link);
  if (const auto* trouble = trouble_of(directories)) return *trouble;
  const auto theirs = mounts_in(text_of(fmt::format("/proc/{}/mountinfo", *process))), ours = mounts_in(text_of("/proc/self/mountinfo"));
  Volumes volumes;
  std::set<dev_t> seen;
  for (const auto& directory : std::get<0>(directories)) {
    std::error_code ignored;  // closed to us: then the name is all that we have
    auto real = std::filesystem::canonical(directory, ignored);
    if (ignored) real = directory;
    std::optional<Volume> volume;
    for (const auto& place : places_of(directory, real, theirs, ours))
      if (!volume && space_at(place)) volume = Volume{directory, place};
    if (!volume && volumes.all.empty())
      return Volumes{{}, fmt::format("the directory {} of process {} lies on a file system that cannot be seen from here", directory.string(), *process)};
    struct stat info{};
    if (volume && ::stat(volume->seen_at.c_str(), &info) == 0 && seen.insert(info.st_dev).second) volumes.all.push_back(*volume);
  }
  return volumes;
}

}  // namespace cadre::db
