// The account that purges, where this node may purge: it comes in with its password file, and has the rights that a
// purge needs and no others.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "broker/ctl/doctor.hpp"
#include "common/cleanup/purge_settings.hpp"
#include "common/database/schema.hpp"

namespace cadre::ctl {

namespace {

using Rights = std::map<std::string, std::set<std::string>>;  // by "`schema`.`table`", as the server writes it

constexpr const char* make_right = "`sudo cadre db init` makes account, password and rights";

// "GRANT SELECT, DELETE ON `cadre`.`job` TO ...".
void add_grant(Rights& rights, const std::string& grant) {
  constexpr std::string_view begin = "GRANT ";
  const auto on = grant.find(" ON "), to = grant.find(" TO ");
  if (!grant.starts_with(begin) || on == std::string::npos || to == std::string::npos || to < on) return;
  auto& of_place = rights[grant.substr(on + 4, to - on - 4)];
  const std::string list = grant.substr(begin.size(), on - begin.size());
  for (std::size_t at = 0; at < list.size();) {
    const auto comma = std::min(list.find(", ", at), list.size());
    if (const auto one = list.substr(at, comma - at); one != "USAGE") of_place.insert(one);
    at = comma + 2;
  }
  if (of_place.empty()) rights.erase(grant.substr(on + 4, to - on - 4));
}

// A right on the table, its schema or everything. In a schema's name `_` may be escaped.
bool holds(const Rights& has, const std::string& table, const std::string& right) {
  const std::string schema = table.substr(0, table.find("`.`") + 1) + ".*";
  return std::ranges::any_of(has, [&](const auto& one) {
    std::string place = one.first;
    std::erase(place, '\\');
    const bool reaches = place == table || place == schema || place == "*.*";
    return reaches && (one.second.contains(right) || one.second.contains("ALL PRIVILEGES"));
  });
}

// Those for which `unless` does not hold: "DELETE on `cadre`.`job`".
std::string listed(const Rights& rights, const std::function<bool(const std::string&, const std::string&)>& unless) {
  std::string all;
  for (const auto& [place, of_place] : rights)
    for (const auto& right : of_place)
      if (!unless(place, right)) all += fmt::format("{}{} on {}", all.empty() ? "" : ", ", right, place);
  return all;
}

void check_rights(Chain& chain, db::Link& link, const db::Settings& settings) {
  auto rows = link.query("SHOW GRANTS");
  if (const auto* trouble = db::trouble_of(rows)) return chain.fail("rights", trouble->message, "try again");
  Rights has, needs;
  for (std::size_t i = 0; i < std::get<db::Rows>(rows).size(); ++i) add_grant(has, std::get<db::Rows>(rows).text(i, 0));
  for (const auto& grant : db::grants(settings.schema, "purge", settings.user)) add_grant(needs, grant);
  const std::string lacks =
      listed(needs, [&](const auto& place, const auto& right) { return holds(has, place, right); });
  const std::string more = listed(has, [&](const auto& place, const auto& right) {
    const auto needed = needs.find(place);
    return needed != needs.end() && needed->second.contains(right);
  });
  if (!lacks.empty()) return chain.fail("rights", fmt::format("{} lacks {}", settings.user, lacks), make_right);
  if (!more.empty())
    return chain.warn("rights", fmt::format("{} may also {}", settings.user, more),
                      fmt::format("take that back from it: REVOKE ... FROM {}; {}", settings.user, make_right));
  chain.ok("rights", fmt::format("{} has what a purge needs, and no more", settings.user));
}

}  // namespace

void check_purge(const NodeConfig& config, Duration patience, std::vector<Checked>& all) {
  Chain chain("purge", all);
  const auto& file = config.purge.password_file;
  if (config.role == NodeRole::extension && file.empty()) return;
  std::error_code error;
  if (!file.empty() && not_ours_to_read(file))
    return chain.warn("account", fmt::format("{} is not readable for you", file.string()),
                      "run this as root (sudo) to have the account that purges looked at");
  auto settings = cleanup::purge_settings(config);
  if (!settings) {
    const bool here = config.role == NodeRole::extension || config.purge.records == DatabaseHost::always;
    const bool meant = config.purge.records != DatabaseHost::never &&
                       (here || std::filesystem::exists(std::filesystem::symlink_status(file, error)));
    if (meant) return chain.fail("account", settings.error(), make_right);
    return chain.ok("account", "records are not purged from here: " + settings.error());
  }
  db::Settings& database = settings->database;
  database.connect_timeout = patience;
  auto connected = db::Link::connect(database);
  if (const auto* trouble = db::trouble_of(connected)) {
    const bool elsewhere =
        database.socket.empty() && !db::is_loopback(database.host) && config.purge.records == DatabaseHost::detect;
    if (elsewhere && trouble->kind == db::Kind::denied)
      return chain.ok("account", fmt::format("records are not purged from here: {} is for the database's own machine",
                                             database.user));
    if (config.role == NodeRole::master && trouble->kind == db::Kind::away) {  // `database: server` says it
      chain.skip("account");
      return chain.skip("rights");
    }
    chain.fail("account", trouble->message,
               trouble->kind == db::Kind::denied
                   ? fmt::format("does {} hold its password? {}", file.string(), make_right)
                   : "is MariaDB running, and is purge.socket its socket?");
    return chain.skip("rights");
  }
  chain.ok("account", fmt::format("{} is let in", database.user));
  check_rights(chain, std::get<db::Link>(connected), database);
}

}  // namespace cadre::ctl
