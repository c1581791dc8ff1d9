// cadre config check, show: what is wrong with a node's file, and what holds by it.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/config_settings.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  std::string key;
  bool changed = false;
};

bool fits(const Setting& setting, const Options& o) {
  if (o.changed && setting.value == setting.by_default) return false;
  return o.key.empty() || setting.key == o.key || setting.key.starts_with(o.key + ".");
}

Exit run_show(Context& context, const Options& o) {
  const auto& file = context.globals().config;
  const NodeRole role = context.config().role;
  Table table({{"KEY"}, {"VALUE"}, {"DEFAULT"}, {"FROM"}});
  Json json = Json::array();
  for (const Setting& setting : settings_of(text_of(file), role)) {
    if (!fits(setting, o)) continue;
    const bool other = setting.value != setting.by_default;
    table.row({setting.key, setting.value, other ? setting.by_default : "", setting.line > 0 ? fmt::format("line {}", setting.line) : "default"});
    json.push_back({{"key", setting.key}, {"value", setting.value}, {"default", setting.by_default}, {"changed", other}, {"line", setting.line}, {"file", file.string()}});
  }
  if (json.empty() && !o.key.empty())
    throw Stop{Exit::not_so, fmt::format("{}: nothing is set at '{}'; `cadre config show` lists all keys", file.string(), o.key)};
  if (context.json())
    print_json(json);
  else if (json.empty())
    say("everything is as by default");
  else
    table.print();
  return Exit::ok;
}

Exit run_check(Context& context, const std::filesystem::path& named) {
  const auto& file = named.empty() ? context.globals().config : named;
  std::vector<yaml::Fault> faults;
  const NodeConfig config = load_node(file, faults);
  const char* role = config.role == NodeRole::master ? "master" : "extension";
  Json json{{"file", file.string()}, {"right", faults.empty()}, {"faults", Json::array()}};
  if (faults.empty()) json["role"] = role;
  for (const auto& fault : faults) json["faults"].push_back({{"line", fault.line}, {"column", fault.column}, {"message", fault.message}});
  if (context.json()) print_json(json);
  if (!faults.empty()) throw Stop{Exit::config, fault_report(faults, file)};
  say(fmt::format("{} is right, for a node in the role {}. Whether what it names is there: cadre doctor", file.string(), role));
  return Exit::ok;
}

}  // namespace

Command commands::config_show() {
  return {"config show", "What holds: each key's value, and whether the file or the default says so", "cadre config show cleanup",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("KEY", o->key, "only this key, or what is below it");
            args.add_flag("--changed", o->changed, "only what is not as by default");
            return [o](Context& context) { return run_show(context, *o); };
          }};
}

Command commands::config_check() {
  return {"config check", "What is wrong with a node's file; it need not be this node's", "cadre config check ./node.yaml",
          [](Arguments& args) -> Run {
            auto file = std::make_shared<std::filesystem::path>();
            args.add_option("FILE", *file, "else --config's");
            return [file](Context& context) { return run_check(context, *file); };
          }};
}

}  // namespace cadre::ctl
