#include "common/cleanup/purge_settings.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include "common/os/random.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::cleanup {

Result<RecordsService::Settings> purge_settings(const NodeConfig& config) {
  const PurgeConfig& purge = config.purge;
  if (purge.records == DatabaseHost::never) return Error{"purge.records is 'never' on this node"};
  if (purge.password_file.empty())
    return Error{config.role == NodeRole::master
                     ? "there is no password of the account that purges: purge.password_file, or cadre_purge.password beside database.password_file"
                     : "this node does not host the database (purge.socket and purge.password_file would say that it does)"};
  auto password = os::read_secret(purge.password_file);
  if (!password) return Error{"purge.password_file: " + password.error() + "; `cadre db init` makes account and password, and they belong on the database's host"};
  RecordsService::Settings settings;
  settings.node = config.name;
  settings.host = purge.records == DatabaseHost::always ? RecordsService::Host::yes : RecordsService::Host::detect;
  db::Settings& database = settings.database;
  const bool here = config.role == NodeRole::extension || !purge.socket.empty();
  if (here) database.socket = purge.socket.string();
  else if (config.database.host.empty()) database.socket = config.database.socket.string();
  else database.host = config.database.host;
  database.port = config.database.port;
  database.tls_ca_file = config.database.tls_ca_file.string();
  database.schema = config.role == NodeRole::extension ? purge.schema : config.database.schema;
  database.user = purge.user;
  database.password_file = purge.password_file;  // read anew at each connect
  return settings;
}

std::string holder_name(const std::string& node, const std::string& program) {
  return fmt::format("{} {} pid {} life {:08x}", node, program, ::getpid(), static_cast<std::uint32_t>(os::random_number()));
}

}  // namespace cadre::cleanup
