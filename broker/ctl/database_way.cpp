#include "broker/ctl/database_way.hpp"

#include <fmt/format.h>

#include "common/config/database_settings.hpp"
#include "common/database/objections.hpp"

namespace cadre::ctl {

namespace {

std::string not_admitted(db::Link& link, const std::vector<Admission>& keys) {
  for (const auto& one : keys) {
    auto rows = link.query("SELECT 1 FROM node_key WHERE public_key = ? AND name = ? AND role = ? AND NOT revoked",
                           {one.key, one.name, static_cast<std::uint64_t>(one.role)});
    if (const auto* trouble = db::trouble_of(rows)) return trouble->message;
    if (std::get<db::Rows>(rows).empty())
      return fmt::format("the key of {} ({}) is not admitted", one.name, to_string(one.role));
  }
  return {};
}

}  // namespace

std::string trouble_on_the_way(const NodeConfig& config, const std::vector<Admission>& keys, Duration patience) {
  auto settings = database_settings(config.database);
  settings.connect_timeout = patience;
  auto connected = db::Link::connect(settings);
  if (const auto* trouble = db::trouble_of(connected)) return trouble->message;
  auto& link = std::get<db::Link>(connected);
  auto found = db::objections(link, settings, {config.policy.payload_max, config.database.accounts == Accounts::apart});
  if (const auto* trouble = db::trouble_of(found)) return trouble->message;
  if (const auto& all = std::get<std::vector<std::string>>(found); !all.empty())
    return fmt::format("{}", fmt::join(all, "\n  "));
  return not_admitted(link, keys);
}

}  // namespace cadre::ctl
