// cadre db hosts: which machines an account of MariaDB would be for, before it is made.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "common/database/grant_hosts.hpp"

namespace cadre::ctl {

namespace {

Json json_of(const std::string& text, const db::GrantHosts& hosts) {
  return {{"given", text}, {"host", hosts.host}, {"first", hosts.first}, {"last", hosts.last}, {"count", hosts.count}, {"warnings", hosts.warnings}};
}

// All of them, or none: what is wrong with one is said before anything else.
Exit run(Context& context, const std::vector<std::string>& texts) {
  Json all = Json::array();
  Table table({{"GIVEN"}, {"AS MARIADB MATCHES IT"}, {"FROM"}, {"TO"}, {"ADDRESSES", Table::Align::right}});
  std::vector<std::string> warnings;
  for (const auto& text : texts) {
    const auto hosts = db::grant_hosts(text);
    if (!hosts) throw Stop{Exit::usage, hosts.error()};
    all.push_back(json_of(text, *hosts));
    table.row({text, hosts->host, hosts->first, hosts->last, std::to_string(hosts->count)});
    warnings.insert(warnings.end(), hosts->warnings.begin(), hosts->warnings.end());
  }
  if (context.json()) print_json(all);
  else table.print();
  for (const auto& warning : warnings) say("warning: " + warning);
  return Exit::ok;
}

}  // namespace

Command commands::db_hosts() {
  return {"db hosts", "What MariaDB makes of an address, network or wildcard in an account", "cadre db hosts 10.1.0.0/16", [](Arguments& args) -> Run {
            auto texts = std::make_shared<std::vector<std::string>>();
            args.add_option("HOSTS", *texts, "addresses, 10.1.0.0/16, 10.1.0.0/255.255.0.0, 10.1.%, names; several, or with commas").required().delimiter(',');
            return [texts](Context& context) { return run(context, *texts); };
          }};
}

}  // namespace cadre::ctl
