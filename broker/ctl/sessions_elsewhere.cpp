#include "broker/ctl/sessions_elsewhere.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/os/addresses.hpp"

namespace cadre::ctl {

namespace {

std::string without_port(const std::string& host) { return host.substr(0, host.rfind(':')); }

}  // namespace

// What the server calls loopback is the server's machine, whoever asks.
bool is_elsewhere(const std::string& session, const std::string& own, bool server_is_here) {
  const std::string theirs = without_port(session);
  if (theirs == without_port(own)) return false;
  return db::is_loopback(theirs) ? !server_is_here : !os::is_own_address(theirs);
}

std::vector<std::string> sessions_elsewhere(Database& database, const std::vector<std::string>& users) {
  const db::Settings& way = database.settings();
  const bool server_is_here = !way.socket.empty() || db::is_loopback(way.host) || os::is_own_address(way.host);
  const std::string own =
      database.query("SELECT host FROM information_schema.processlist WHERE id = CONNECTION_ID()").text(0, 0);
  const auto rows = database.query("SELECT user, host FROM information_schema.processlist");
  std::set<std::string> found;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (std::ranges::find(users, rows.text(i, 0)) != users.end() && is_elsewhere(rows.text(i, 1), own, server_is_here))
      found.insert(fmt::format("{} from {}", rows.text(i, 0), without_port(rows.text(i, 1))));
  return {found.begin(), found.end()};
}

}  // namespace cadre::ctl
