#include "broker/config.hpp"

#include <sys/statvfs.h>

#include <fmt/format.h>

#include "common/cleanup/schedule.hpp"

namespace cadre {

namespace {

// A full disk makes MariaDB abort and refuse to start again (guarantees.md R20): the guard must act before. The volume
// is that of the server's socket's data directory, where it is on this machine; elsewhere we cannot know.
std::optional<std::string> volume_trouble(const std::filesystem::path& directory, std::uint64_t free_min) {
  struct statvfs info{};
  if (free_min == 0 || statvfs(directory.c_str(), &info) != 0) return std::nullopt;
  const std::uint64_t free = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  if (free >= free_min) return std::nullopt;
  return fmt::format("the volume of {} has {} MiB free, {} MiB are wanted (policy.free_space_min)", directory.string(), free >> 20, free_min >> 20);
}

}  // namespace

Result<BrokerSettings> broker_settings(const NodeConfig& config) {
  BrokerSettings settings;
  Policy& policy = settings.policy;
  policy.lease_ttl = config.policy.lease_ttl;
  policy.beat_interval = config.policy.beat_interval;
  policy.backoff_max = config.policy.backoff_max;
  policy.payload_max = config.policy.payload_max;
  policy.waiting_max = config.policy.waiting_max;
  policy.body_memory = config.policy.body_memory;
  policy.strict_engines = config.policy.strict_engines;

  auto keys = net::read_secret_key(config.broker.secret_key_file);
  if (!keys) return Error{"broker.secret_key_file: " + keys.error() + "; `cadre key new FILE` makes a key"};
  settings.keys = *keys;

  db::Settings& database = settings.database;
  database.socket = config.database.host.empty() ? config.database.socket.string() : "";
  database.host = config.database.host;
  database.port = config.database.port;
  database.schema = config.database.schema;
  database.user = config.database.user;
  database.tls_ca_file = config.database.tls_ca_file.string();
  if (!config.database.password_file.empty()) {
    auto password = net::read_secret(config.database.password_file);
    if (!password) return Error{"database.password_file: " + password.error()};
    database.password = *password;
  }
  if (config.database.host.empty()) {
    const auto directory = config.database.socket.parent_path();
    settings.disk_trouble = [directory, free_min = config.policy.free_space_min] { return volume_trouble(directory, free_min); };
  }
  if (auto schedule = cleanup::Schedule::parse(config.cleanup.schedule, config.cleanup.time_zone); !schedule)
    return Error{"cleanup.schedule: " + schedule.error()};
  return settings;
}

}  // namespace cadre
