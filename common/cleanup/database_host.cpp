#include "common/cleanup/database_host.hpp"

#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "common/database/find_volumes.hpp"

namespace cadre::cleanup {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

HostFinding is_database_host(db::Link& link) {
  const auto process = db::server_process(link);
  if (!process)
    return {false, process.error() + "; name the node that purges in cleanup.records_by on the master (or say elect), or give purge.socket on the "
                   "machine that hosts the database"};
  auto found = link.query("SELECT @@hostname");
  if (const auto* trouble = trouble_of(found)) return {false, trouble->message};
  const std::string& theirs = std::get<db::Rows>(found).text(0, 0);
  const std::string ours = host_name();
  if (theirs != ours) return {false, fmt::format("the database calls its host '{}', this one is '{}'", theirs, ours)};
  return {true, fmt::format("mariadbd is process {} of this machine", *process)};
}

}  // namespace cadre::cleanup
