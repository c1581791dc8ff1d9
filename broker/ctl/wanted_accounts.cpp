#include "broker/ctl/wanted_accounts.hpp"

#include <fmt/format.h>

#include "common/database/grant_hosts.hpp"

namespace cadre::ctl {

namespace {

// Connections at once, so that a leaked password cannot use up the server: twice what two brokers (one of them waiting for the
// seat) hold - three stores, the office of clean-up, and a fifth at the start - less what nobody needs.
constexpr unsigned app_connections = 20, purge_connections = 8, ro_connections = 8, owner_connections = 4;

db::GrantHosts hosts_of(const char* option, const std::string& text) {
  auto hosts = db::grant_hosts(text);
  if (!hosts) throw Stop{Exit::usage, fmt::format("{} {}: {}", option, text, hosts.error())};
  return *std::move(hosts);
}

void add_remote(WantedAccounts& wanted, const AccountWishes& wishes) {
  for (const auto& text : wishes.from) {
    const auto hosts = hosts_of("--from", text);
    wanted.accounts.push_back({"app", wishes.config.user, hosts.host, true, wishes.app_file, app_connections});
    if (hosts.count > 1)
      wanted.notes.push_back(fmt::format("{}@{} may come from {} to {}: {} addresses", wishes.config.user, hosts.host, hosts.first, hosts.last, hosts.count));
    for (const auto& warning : hosts.warnings) wanted.notes.push_back("warning: " + warning);
  }
}

}  // namespace

WantedAccounts wanted_accounts(const AccountWishes& wishes) {
  const auto& [config, app_file, given_purge_file, from, purge_hosts] = wishes;
  if (!is_name(config.user))
    throw Stop{Exit::config, fmt::format("database.user: '{}' cannot be made an account: 1 to 64 of A-Z a-z 0-9 . _ - were wanted", config.user)};
  const auto beside = [&file = app_file](const std::string& user) { return password_beside(file, user); };
  const auto purge_file = given_purge_file.empty() ? beside("cadre_purge") : given_purge_file;
  WantedAccounts wanted;
  const bool near = config.host.empty() || db::is_loopback(config.host);
  std::vector<std::string> here{"localhost"};
  if (!config.host.empty() && near) here.emplace_back("127.0.0.1");
  for (const auto& host : here) {
    if (near || host == "localhost") wanted.accounts.push_back({"app", config.user, host, false, app_file, app_connections});
    wanted.accounts.push_back({"purge", "cadre_purge", host, false, purge_file, purge_connections});
    wanted.accounts.push_back({"owner", owner_account, host, false, beside(owner_account), owner_connections});
  }
  wanted.accounts.push_back({"ro", "cadre_ro", "localhost", false, beside("cadre_ro"), ro_connections});
  if (!config.host.empty() && app_file.empty())
    throw Stop{Exit::usage, "the configuration connects by TCP, which needs a password: give --app-password-file FILE and the same as database.password_file"};
  if (near && !from.empty())
    throw Stop{Exit::usage, fmt::format("--from: the database is on this machine ({}), and extensions never connect to it: they ask the broker. For a database "
                                        "elsewhere set database.host", config.host.empty() ? config.socket.string() : config.host)};
  if (!near && from.empty())
    throw Stop{Exit::usage, fmt::format("the database is on {}: which address does the master come from, as that server sees it? --from ADDRESS", config.host)};
  if (!near) add_remote(wanted, wishes);
  for (const auto& text : purge_hosts) {
    const auto hosts = hosts_of("--purge-host", text);
    if (hosts.count != 1) throw Stop{Exit::usage, fmt::format("--purge-host {}: one address is wanted, not {}: who may delete jobs is one machine", text, hosts.count)};
    wanted.accounts.push_back({"purge", "cadre_purge", hosts.host, !db::is_loopback(hosts.host), purge_file, purge_connections});
  }
  return wanted;
}

}  // namespace cadre::ctl
