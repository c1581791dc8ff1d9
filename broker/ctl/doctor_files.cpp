// Keys, passwords, spool and engines of a node, as this user sees them.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "broker/ctl/doctor.hpp"
#include "broker/ctl/output.hpp"
#include "common/database/volumes.hpp"
#include "common/net/keys.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(fs::symlink_status(file, error));
}

void check_keys(const NodeConfig& config, std::vector<Checked>& all) {
  Chain chain("keys", all);
  const auto server = net::read_public_key(config.broker.server_key_file);
  if (server) chain.ok("the broker's public key", config.broker.server_key_file.string());
  else chain.fail("the broker's public key", server.error(), "copy server.pub from the master, or join with a ticket: cadre node join TICKET");
  const auto secret = [&](const char* name, const fs::path& file, const std::string& cure) {
    if (not_ours_to_read(file)) return chain.warn(name, fmt::format("{} is not readable for you", file.string()), "run this as root (sudo) to have it looked at");
    const auto keys = net::read_secret_key(file);
    if (keys) chain.ok(name, fmt::format("{}, fingerprint {}", file.string(), net::fingerprint(keys->public_key)));
    else chain.fail(name, keys.error(), is_there(file) ? "mend what is said there; the key itself may be right" : cure);
  };
  if (config.role == NodeRole::master) secret("the broker's secret key", config.broker.secret_key_file, "restore it from the backup: a new one shuts every node out");
  const bool ticket = !config.worker.ticket_file.empty() && is_there(config.worker.ticket_file);
  if (ticket && !is_there(config.worker.key_file)) chain.ok("this node's key", "none yet: the worker makes one when it redeems its ticket");
  else secret("this node's key", config.worker.key_file, fmt::format("cadre key new {}, and have it admitted: cadre key admit", config.worker.key_file.string()));
  if (ticket)
    chain.warn("ticket", fmt::format("{} has not been redeemed yet", config.worker.ticket_file.string()), "start the worker; what hinders it is in its log and below");
}

void check_spool(const NodeConfig& config, std::vector<Checked>& all) {
  Chain chain("worker", all);
  const auto& spool = config.worker.spool;
  std::error_code error;
  if (!fs::is_directory(spool, error)) {
    chain.fail("spool", fmt::format("{} is no directory", spool.string()), fmt::format("mkdir -m 0700 {}, owned by the worker's user", spool.string()));
    return;
  }
  const auto status = fs::status(spool, error);
  if ((status.permissions() & fs::perms::others_write) != fs::perms::none)
    chain.fail("spool", fmt::format("{} is writable for everybody: what lies there is run and reported", spool.string()), fmt::format("chmod 0700 {}", spool.string()));
  const auto space = db::space_at(spool);
  if (!space) chain.warn("spool", fmt::format("how much room {} has is not known", spool.string()), "run this as root (sudo)");
  else if (space->free < config.worker.free_low)
    chain.fail("spool", fmt::format("{} free on its volume, less than worker.free_low ({}): no work is taken", bytes_for_people(space->free), bytes_for_people(config.worker.free_low)),
               "make room, or give the spool another volume (worker.spool)");
  else chain.ok("spool", fmt::format("{}, {} free", spool.string(), bytes_for_people(space->free)));
}

void check_engines(const NodeConfig& config, std::vector<Checked>& all) {
  Chain chain("worker", all);
  std::error_code error;
  std::size_t count = 0;
  fs::path astray;
  for (const auto& entry : fs::directory_iterator(config.worker.engines, error)) {
    const fs::path current = entry.path() / "current";  // where `cadre engine install` put a version
    const bool installed = fs::exists(current / "engine.yaml", error);
    count += installed || fs::exists(entry.path() / "engine.yaml", error) ? 1 : 0;
    if (!installed && fs::is_symlink(current, error)) astray = current;
  }
  if (!astray.empty())
    return chain.warn("engines", fmt::format("{} leads to no engine: the version that it names was removed", astray.string()),
                      fmt::format("cadre engine install DIR, or cadre engine rollback {} --to a version that is there",
                                  astray.parent_path().filename().string()));
  if (!fs::is_directory(config.worker.engines, error))
    return chain.warn("engines", fmt::format("{} is no directory: only the engines that are built in run here", config.worker.engines.string()),
                      "make it, with a directory for each engine; cadre engine new begins one");
  chain.ok("engines", fmt::format("{} in {}; cadre engine test DIR tries one", count, config.worker.engines.string()));
}

}  // namespace

bool not_ours_to_read(const std::filesystem::path& file) { return ::access(file.c_str(), R_OK) != 0 && errno == EACCES; }

void check_files(const NodeConfig& config, std::vector<Checked>& all) {
  check_keys(config, all);
  check_spool(config, all);
  check_engines(config, all);
}

}  // namespace cadre::ctl
