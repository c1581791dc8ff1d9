#include "common/cleanup/database_host.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include <fmt/format.h>

namespace cadre::cleanup {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

HostFinding is_database_host(db::Link& link) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(link.socket(), reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.ss_family != AF_UNIX)
    return {false, "the database is reached by TCP, which does not prove that it runs here; name the node that purges in cleanup.records_by on the "
            "master (or say elect), or give purge.socket on the machine that hosts it"};
  ucred peer{};
  size = sizeof peer;
  if (::getsockopt(link.socket(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0)
    return {false, "the process behind the database's socket cannot be seen from here (another container?)"};
  std::string program;
  std::ifstream(fmt::format("/proc/{}/comm", peer.pid)) >> program;
  if (program != "mariadbd" && program != "mysqld")
    return {false, fmt::format("behind the database's socket is '{}' (process {}), not mariadbd", program, peer.pid)};
  auto found = link.query("SELECT @@hostname");
  if (const auto* trouble = trouble_of(found)) return {false, trouble->message};
  const std::string& theirs = std::get<db::Rows>(found).text(0, 0);
  const std::string ours = host_name();
  if (theirs != ours) return {false, fmt::format("the database calls its host '{}', this one is '{}'", theirs, ours)};
  return {true, fmt::format("mariadbd is process {} of this machine", peer.pid)};
}

}  // namespace cadre::cleanup
