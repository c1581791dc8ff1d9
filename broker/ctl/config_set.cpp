// cadre config new, set: a node's file, made and changed. What would not be right is not written.
#include <fmt/format.h>

#include <map>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"
#include "broker/ctl/settle_files.hpp"
#include "broker/ctl/values.hpp"
#include "common/config/edit.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path file;
  std::string role;
  NodeRole node_role() const { return role == "extension" ? NodeRole::extension : NodeRole::master; }
  std::vector<std::string> set, unset;
  std::string owner;
  bool dry_run = false;
};

std::string must(Result<std::string> text, const fs::path& file) {
  if (!text) throw Stop{Exit::config, fmt::format("{}: {}", file.string(), text.error())};
  return std::move(*text);
}

std::string with_all(std::string text, const Options& o) {
  for (const auto& key : o.unset) text = must(yaml::without_value(text, key), o.file);
  for (const auto& setting : o.set) {
    const auto parts = name_and_value(setting);
    if (!parts) throw Stop{Exit::usage, fmt::format("'{}': KEY=VALUE was wanted, such as policy.lease_ttl=30s", setting)};
    text = must(yaml::with_value(text, parts->first, parts->second), o.file);
  }
  return text;
}

NodeConfig read_or_stop(const std::string& text, const fs::path& file) {
  std::vector<yaml::Fault> faults;
  NodeConfig config = parse_node(text, file, faults);
  if (!faults.empty()) throw Stop{Exit::config, fault_report(faults, file) + "; nothing was changed"};
  return config;
}

std::map<std::string, std::string> values_of(const std::string& text) {
  std::map<std::string, std::string> values;
  if (const auto leaves = yaml::leaves(text))
    for (const auto& leaf : *leaves) values[leaf.path] = leaf.value;
  return values;
}

std::vector<std::string> differences(const std::string& before, const std::string& after) {
  const auto old_values = values_of(before), new_values = values_of(after);
  std::vector<std::string> keys;
  for (const auto& [key, value] : new_values)
    if (const auto old = old_values.find(key); old == old_values.end() || old->second != value) keys.push_back(key);
  for (const auto& [key, value] : old_values)
    if (!new_values.contains(key)) keys.push_back(key);
  return keys;
}

// Who reads a key, and when.
struct Readers {
  bool broker_starts = false, broker_reloads = false, worker_starts = false;
};

Readers readers_of(const std::vector<std::string>& keys, NodeRole role) {
  Readers readers;
  for (const auto& key : keys) {
    const std::string section = key.substr(0, key.find('.'));
    if (section == "tool") continue;
    if (section == "limits") readers.broker_reloads = true;
    else if (section != "worker" && section != "purge") readers.broker_starts = true;
    if (section != "limits" && section != "cleanup" && (section != "policy" || key == "policy.free_space_min")) readers.worker_starts = true;
  }
  if (role == NodeRole::extension) readers.broker_starts = readers.broker_reloads = false;
  if (readers.broker_starts) readers.broker_reloads = false;
  return readers;
}

std::string what_next(const Readers& readers) {
  std::string text;
  if (readers.broker_starts || readers.worker_starts)
    text = fmt::format("\n  it counts when they start anew: systemctl restart{}{}", readers.broker_starts ? " cadre-broker" : "", readers.worker_starts ? " cadre-worker" : "");
  if (readers.broker_reloads) text += "\n  the broker reads limits again by: systemctl reload cadre-broker";
  return text;
}

Exit run_set(Context& context, Options o) {
  o.file = context.globals().config;
  if (o.set.empty() && o.unset.empty()) throw Stop{Exit::usage, "KEY=VALUE was wanted, such as policy.lease_ttl=30s, or --unset KEY; `cadre config show` lists all keys"};
  const std::string before = text_of(o.file), after = with_all(before, o);
  const NodeConfig config = read_or_stop(after, o.file);
  const auto keys = differences(before, after);
  const Readers readers = readers_of(keys, config.role);
  std::string backup;
  if (before != after && !o.dry_run) backup = rewrite(o.file, after).string();
  if (before == after) say(fmt::format("{} says so already; nothing was changed", o.file.string()));
  else if (o.dry_run) say(fmt::format("{} would be changed: {}", o.file.string(), fmt::join(keys, ", ")));
  else say(fmt::format("{} is changed ({}); as it was: {}{}", o.file.string(), fmt::join(keys, ", "), backup, what_next(readers)));
  if (!context.json()) {
    if (o.dry_run) print(after);
    return Exit::ok;
  }
  Json restart = Json::array();
  if (readers.broker_starts) restart.push_back("broker");
  if (readers.worker_starts) restart.push_back("worker");
  print_json({{"file", o.file.string()}, {"changed", o.dry_run ? std::vector<std::string>{} : keys}, {"would", o.dry_run ? keys : std::vector<std::string>{}},
              {"backup", backup}, {"restart", restart}, {"reload", readers.broker_reloads ? Json{"broker"} : Json::array()}});
  return Exit::ok;
}

Exit run_new(Context& context, const Options& o) {
  const std::string text = with_all(default_config(o.node_role()), o);
  (void)read_or_stop(text, o.file);
  std::error_code error;
  if (fs::exists(o.file, error) && text_of(o.file) != text)
    throw Stop{Exit::bad_data, fmt::format("{} is there, with another content, and nothing is overwritten; change it by `cadre config set`, or move it away", o.file.string())};
  Steps steps;
  Files files{Owner(o.owner), steps};
  if (!o.dry_run) files.text(o.file, text, "file");
  say(o.dry_run ? fmt::format("{} would be made", o.file.string())
                : fmt::format("{}{}", o.file.string(), steps.changed.empty() ? " is there already; nothing was changed" : ": every key of its role with its value"));
  if (context.json())
    print_json({{"file", o.file.string()}, {"role", o.role}, {"changed", steps.changed}});
  else if (o.dry_run)
    print(text);
  return Exit::ok;
}

}  // namespace

Command commands::config_set() {
  return {"config set", "Change values of the node's file; its comments and its order stay", "sudo cadre config set policy.lease_ttl=30s cleanup.keep_done=14d", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("SETTINGS", o->set, "KEY=VALUE; all of them or none").type_name("KEY=VALUE");
            args.add_repeated("--unset", o->unset, "back to the default").type_name("KEY");
            args.add_flag("--dry-run", o->dry_run, "show what the file would be");
            return [o](Context& context) { return run_set(context, *o); };
          }};
}

Command commands::config_new() {
  return {"config new", "Make a node's file, with every key; overwrites nothing", "cadre config new extension ./node.yaml broker.address=tcp://10.1.0.5:7171", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("ROLE", o->role, "master or extension").required().one_of({"master", "extension"});
            args.add_option("FILE", o->file, "a new file").required();
            args.add_option("SETTINGS", o->set, "KEY=VALUE, other than by default").type_name("KEY=VALUE");
            args.add_option("--owner", o->owner, "whose file it is to be, where it is not who runs this").type_name("USER");
            args.add_flag("--dry-run", o->dry_run, "show what the file would be");
            return [o](Context& context) { return run_new(context, *o); };
          }};
}

}  // namespace cadre::ctl
