// cadre lease list, show, break.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

std::string left(const Json& lease) {
  return lease.value("held", false) ? fmt::format("in {} s", lease.value("seconds_left", std::int64_t{0})) : "free";
}

Exit run_list(Context& context) {
  const Json answer = context.ask("lease.list");
  if (context.json()) {
    print_json(answer);
    return Exit::ok;
  }
  Table table({{"LEASE"}, {"EXPIRES"}, {"EPOCH", Table::Align::right}, {"HOLDER (OR THE LAST ONE)"}});
  for (const auto& lease : answer.value("leases", Json::array()))
    table.row({cell(lease, "lease"), left(lease), cell(lease, "epoch"), cell(lease, "holder")});
  table.print();
  return Exit::ok;
}

Json find(Context& context, const std::string& name) {
  for (const auto& lease : context.ask("lease.list").value("leases", Json::array()))
    if (cell(lease, "lease") == name) return lease;
  throw Stop{Exit::not_so, fmt::format("there is no lease '{}'; `cadre lease list` shows them", name)};
}

Exit run_show(Context& context, const std::string& name) {
  const Json lease = find(context, name);
  if (context.json()) {
    print_json(lease);
    return Exit::ok;
  }
  print(fmt::format("{}\n  {}\n  epoch {}, {} grants and renewals\n  {}: {}\n", name, lease.value("held", false) ? "held, expires " + left(lease) : "free",
                    cell(lease, "epoch"), cell(lease, "renewals"), lease.value("held", false) ? "holder" : "last holder", cell(lease, "holder")));
  return Exit::ok;
}

Exit run_break(Context& context, const std::string& name, bool yes) {
  const Json lease = find(context, name);
  const std::string what = name == "broker" ? "the active broker ends, and it or another one starts anew" : "whoever works under it stops at the next step, having done no harm";
  if (!confirm(fmt::format("{} is {}{}. Break it: {}?", name, lease.value("held", false) ? "held by " : "free, last held by ", cell(lease, "holder"), what), yes)) {
    say("nothing was broken");
    return Exit::not_so;
  }
  const Json answer = context.ask("lease.break", {{"lease", name}});
  if (context.json()) print_json(answer);
  else say(fmt::format("{} is free", name));
  return Exit::ok;
}

}  // namespace

Command commands::lease_list() {
  return {"lease list", "Who holds which right, and until when", "cadre lease list", [](Arguments&) -> Run { return run_list; }};
}

Command commands::lease_show() {
  return {"lease show", "One lease", "cadre lease show cleanup/records", [](Arguments& args) -> Run {
            auto name = std::make_shared<std::string>();
            args.add_option("LEASE", *name, "its name; `cadre lease list` shows them").required();
            return [name](Context& context) { return run_show(context, *name); };
          }};
}

Command commands::lease_break() {
  return {"lease break", "Take a lease away from its holder", "cadre lease break cleanup/records", [](Arguments& args) -> Run {
            auto name = std::make_shared<std::string>();
            auto yes = std::make_shared<bool>(false);
            args.add_option("LEASE", *name, "its name; `cadre lease list` shows them").required();
            args.add_flag("--yes", *yes, "do not ask");
            return [name, yes](Context& context) { return run_break(context, *name, *yes); };
          }};
}

}  // namespace cadre::ctl
