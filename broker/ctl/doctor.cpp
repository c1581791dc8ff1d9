// cadre doctor: what is wrong with this node, from its files to its jobs; the first thing to mend, and how.
#include "broker/ctl/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

std::string_view to_string(CheckState state) {
  switch (state) {
    case CheckState::ok: return "ok";
    case CheckState::warning: return "warning";
    case CheckState::failed: return "failed";
    case CheckState::skipped: return "skipped";
  }
  return "";
}

namespace {

// The file first: without it nothing else can be looked at.
std::optional<NodeConfig> check_config(const std::filesystem::path& file, std::vector<Checked>& all) {
  Chain chain("configuration", all);
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    chain.fail("file", fmt::format("there is none at {}", file.string()),
               "on a new master: cadre node setup; on another new machine: cadre node join TICKET; where it lies elsewhere: --config FILE, or CADRE_CONFIG in the environment");
    return std::nullopt;
  }
  std::vector<yaml::Fault> faults;
  NodeConfig config = load_node(file, faults);
  if (!faults.empty()) {
    chain.fail("file", fault_report(faults, file), "mend these lines; every key with its default: cadre-worker --print-default-config");
    return std::nullopt;
  }
  chain.ok("file", fmt::format("{}: {}, an {}", file.string(), config.name, config.role == NodeRole::master ? "master" : "extension"));
  return config;
}

void print_checks(const std::vector<Checked>& all) {
  const auto mark = [](CheckState state) { return state == CheckState::ok ? "ok  " : state == CheckState::warning ? "!   " : state == CheckState::failed ? "FAIL" : "-   "; };
  std::string text;
  for (const auto& one : all) {
    text += fmt::format("{}  {}: {}\n", mark(one.state), one.name, printable(one.found));
    if (!one.cure.empty()) text += fmt::format("        {}\n", one.cure);
  }
  print(text);
}

Exit run(Context& context) {
  const std::vector<Checked> all = examine(context);
  const auto failed = std::find_if(all.begin(), all.end(), [](const Checked& one) { return one.state == CheckState::failed; });
  if (context.json())
    print_json({{"well", failed == all.end()}, {"first", failed == all.end() ? Json(nullptr) : Json(failed->name)}, {"checks", json_of(all)}});
  else
    print_checks(all);
  if (failed == all.end()) return Exit::ok;
  say(fmt::format("first to mend: {}: {}\n  {}", failed->name, failed->found, failed->cure));
  return Exit::not_so;
}

}  // namespace

std::vector<Checked> examine(Context& context) {
  std::vector<Checked> all;
  const Duration patience = context.globals().patience;
  if (const auto config = check_config(context.globals().config, all)) {
    check_files(*config, all);
    if (config->role == NodeRole::master) check_database(*config, patience, all);
    check_purge(*config, patience, all);
    check_broker(*config, patience, all);
  }
  return all;
}

Json json_of(const std::vector<Checked>& all) {
  Json list = Json::array();
  for (const auto& one : all) list.push_back({{"check", one.name}, {"state", to_string(one.state)}, {"found", one.found}, {"cure", one.cure}});
  return list;
}

Command commands::doctor() {
  return {"doctor", "What is wrong with this node, and what to do about it", "cadre doctor", [](Arguments&) -> Run { return run; }};
}

}  // namespace cadre::ctl
