// From the node's file to how the database is reached.
#pragma once

#include "common/config/node.hpp"
#include "common/database/link.hpp"

namespace cadre {

// By socket, or by host and port; user and schema as in the file. The password is in a file of its own, which is read at
// each connect.
inline db::Settings database_settings(const DatabaseConfig& config) {
  db::Settings settings;
  if (config.host.empty()) settings.socket = config.socket.string();
  settings.host = config.host;
  settings.port = config.port;
  settings.schema = config.schema;
  settings.user = config.user;
  settings.password_file = config.password_file;
  settings.tls_ca_file = config.tls_ca_file.string();
  return settings;
}

}  // namespace cadre
