#include "worker/redeem.hpp"

#include <fmt/format.h>

#include "common/log/log.hpp"
#include "common/net/join.hpp"
#include "common/os/clock.hpp"
#include "common/os/service.hpp"

namespace cadre {

namespace {

constexpr Duration patience = 8s;  // then the log may say something new

Result<net::KeyPair> own_key(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) return net::read_secret_key(file);
  const auto keys = net::make_key_pair();
  if (auto written = net::write_key_pair(file, keys); !written) return Error{written.error()};
  log::info("key_made", {{"file", file.string()}, {"fingerprint", net::fingerprint(keys.public_key)}});
  return keys;
}

void joined(const NodeConfig& config, const net::JoinEnd& end, const net::KeyPair& own) {
  log::info("joined", {{"as", end.name}, {"cluster", end.cluster}, {"fingerprint", net::fingerprint(own.public_key)}});
  std::error_code error;
  std::filesystem::remove(config.worker.ticket_file, error);
  if (error) log::warn("ticket_not_removed", {{"file", config.worker.ticket_file.string()}, {"why", error.message()}, {"do", "it counts no more; remove it"}});
}

}  // namespace

bool redeem_ticket(const NodeConfig& config, os::Signals& signals, const std::function<void(const std::string& why)>& waits) {
  const auto& file = config.worker.ticket_file;
  std::error_code error;
  if (file.empty() || !std::filesystem::exists(std::filesystem::symlink_status(file, error))) return true;
  const auto ticket = net::read_ticket(file);
  if (!ticket) {
    log::error("ticket_not_read", {{"why", ticket.error()}});
    return true;
  }
  const auto own = own_key(config.worker.key_file);
  if (!own) {
    log::error("key_not_made", {{"why", own.error()}});
    return true;
  }
  log::info("joining", {{"as", ticket->name}, {"at", ticket->address}, {"fingerprint", net::fingerprint(own->public_key)}});
  zmq::context_t context(1);
  std::string told;
  os::Watchdog watchdog;
  while (true) {
    watchdog.alive(os::boot_now());
    waits(told.empty() ? "its ticket is being redeemed" : "its ticket is not redeemed yet: " + told);
    const auto end = net::join(context, *ticket, *own, patience, signals.fd());
    switch (end.how) {
      case net::Joining::in: joined(config, end, *own); return true;
      case net::Joining::refused: log::error("ticket_refused", {{"why", end.why}}); return true;
      case net::Joining::stopped:
        if (signals.told_to_stop()) return false;
        break;
      case net::Joining::unreachable:
        if (std::exchange(told, end.why) != end.why) log::warn("not_joined_yet", {{"why", end.why}, {"do", "tries again until it is"}});
        break;
    }
  }
}

}  // namespace cadre
