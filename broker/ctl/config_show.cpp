// cadre config check, show: what is wrong with a node's file, and what holds by it.
#include <fmt/format.h>

#include <map>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"
#include "common/config/edit.hpp"

namespace cadre::ctl {

namespace {

std::vector<yaml::Leaf> leaves_of(const std::string& text) {
  auto found = yaml::leaves(text);
  if (!found) throw Stop{Exit::config, found.error()};
  return std::move(*found);
}

// The value of a key that the file says nothing about, with the file's own values in its place and in its order.
struct Setting {
  std::string key, value, by_default;
  int line = 0;  // of the file; 0: the default
};

std::vector<Setting> settings_of(const std::string& text, NodeRole role) {
  std::vector<Setting> all;
  std::map<std::string, std::size_t> places;
  for (const auto& leaf : leaves_of(default_config(role))) {
    places[leaf.path] = all.size();
    all.push_back({leaf.path, leaf.value, leaf.value});
  }
  for (const auto& leaf : leaves_of(text)) {
    const auto place = places.find(leaf.path);
    Setting& setting = place == places.end() ? all.emplace_back(Setting{leaf.path, "", ""}) : all[place->second];
    setting.value = leaf.value;
    setting.line = leaf.line;
  }
  return all;
}

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
          [](CLI::App& app) -> Run {
            auto o = std::make_shared<Options>();
            app.add_option("KEY", o->key, "only this key, or what is below it");
            app.add_flag("--changed", o->changed, "only what is not as by default");
            return [o](Context& context) { return run_show(context, *o); };
          }};
}

Command commands::config_check() {
  return {"config check", "What is wrong with a node's file; it need not be this node's", "cadre config check ./node.yaml",
          [](CLI::App& app) -> Run {
            auto file = std::make_shared<std::filesystem::path>();
            app.add_option("FILE", *file, "else --config's");
            return [file](Context& context) { return run_check(context, *file); };
          }};
}

}  // namespace cadre::ctl
