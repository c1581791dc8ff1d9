#include "broker/ctl/tree.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/config/yaml.hpp"

namespace cadre::ctl {

namespace {

std::string_view title_of(std::string_view noun) {
  if (noun == "job") return "Jobs";
  if (noun == "node") return "Nodes";
  if (noun == "queue") return "Queues";
  if (noun == "dead") return "Dead letters";
  if (noun == "engine") return "Engines";
  if (noun == "key") return "Keys";
  if (noun == "config") return "A node's file";
  if (noun == "db") return "The database";
  if (noun == "cleanup") return "Clean-up";
  if (noun == "lease") return "Leases, who has which right";
  if (noun == "check") return "For monitoring systems";
  if (noun == "log") return "The broker's log";
  return "";
}

CLI::App& group(CLI::App& app, const std::string& noun) {
  for (CLI::App* known : app.get_subcommands([](CLI::App*) { return true; }))
    if (known->get_name() == noun) return *known;
  CLI::App* made = app.add_subcommand(noun, std::string(title_of(noun)));
  made->require_subcommand(1);
  if (noun == "job" || noun == "node" || noun == "engine" || noun == "key" || noun == "lease" || noun == "queue") made->alias(noun + "s");
  return *made;
}

void add_globals(CLI::App& app, Globals& globals) {
  const auto option = [&](const char* name, auto& target, const char* environment, const char* help) {
    return app.add_option(name, target, help)->envname(environment)->group("Connection");
  };
  option("--config", globals.config, "CADRE_CONFIG", "the node's file")->capture_default_str()->type_name("FILE");
  option("--address", globals.address, "CADRE_ADDRESS", "the broker, instead of the file's broker.address")
      ->type_name("tcp://HOST:PORT");
  option("--server-key-file", globals.server_key_file, "CADRE_SERVER_KEY_FILE", "the broker's public key")
      ->type_name("FILE");
  option("--key-file", globals.key_file, "CADRE_KEY_FILE", "your secret key")->type_name("FILE");
  Arguments(app).add_duration("--patience", globals.patience, "for the connection and for each answer (10s)").group("Connection");
  app.add_flag("--no-curve", globals.no_curve, "no keys: for a broker on loopback that was started so")
      ->group("Connection");
  app.add_flag("--json", globals.json, "print JSON");
}

const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (true) {
    const auto below = at->get_subcommands();
    if (below.empty()) return *at;
    at = below.back();
  }
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? "cadre" : path_of(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> verbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(one->get_name());
  return names;
}

std::vector<std::string> options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent())
    for (const CLI::Option* one : at->get_options())
      for (const auto& name : one->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// A verb that is a noun's: `cadre list` might be meant as `cadre job list`.
std::string elsewhere(const CLI::App& root, const std::string& word) {
  for (const CLI::App* noun : root.get_subcommands([](const CLI::App*) { return true; }))
    for (const auto& verb : verbs(*noun))
      if (verb == word) return noun->get_name() + " " + verb;
  return "";
}

std::string did_you_mean(const CLI::App& at, const std::string& word) {
  if (word.starts_with("-")) {
    const auto near = yaml::nearest(word.substr(0, word.find('=')), options(at));
    return fmt::format("there is no option '{}'{}", word, near ? "; did you mean " + *near + "?" : "");
  }
  const auto known = verbs(at);
  if (known.empty()) return fmt::format("'{}' is one word too many", word);
  std::string text = fmt::format("'{}' has no command '{}'", path_of(at), word);
  if (const auto near = yaml::nearest(word, known))
    return text + fmt::format("; did you mean '{} {}'?", path_of(at), *near);
  if (const auto other = elsewhere(at, word); !other.empty())
    return text + fmt::format("; did you mean 'cadre {}'?", other);
  return text + "; it has: " + joined(known);
}

}  // namespace

void build_tree(CLI::App& app, Globals& globals, Run& chosen) {
  app.name("cadre");
  app.fallthrough();  // global options may stand after the command
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "cadre " CADRE_VERSION);
  app.footer(
      "Example: cadre submit wc README.md --wait\nEach command has --help. Exit codes: 0 ok, 1 it is not so, 64 usage, "
      "65 data, 66 no input, "
      "69 no broker, 75 try again, 77 not allowed, 78 configuration. `cadre check` has those of monitoring-plugins.");
  add_globals(app, globals);
  for (const Command& command : all_commands()) {
    const std::string path(command.path);
    const auto space = path.find(' ');
    CLI::App& parent = space == std::string::npos ? app : group(app, path.substr(0, space));
    if (&parent != &app) parent.description(parent.get_description() + (verbs(parent).empty() ? ": " : ", ") + path.substr(space + 1));
    CLI::App* made =
        parent.add_subcommand(space == std::string::npos ? path : path.substr(space + 1), std::string(command.help));
    made->footer("Example: " + std::string(command.example) + "\nConnection options and --json: cadre --help");
    Arguments args(*made);
    Run run = command.arguments(args);
    if (path == "status") chosen = run;  // where no command is named
    made->callback([&chosen, run = std::move(run)] { chosen = run; });
  }
}

std::string what_is_wrong(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& at = deepest(app);
  const auto extra = app.remaining(true);
  std::string text = extra.empty() ? error.what() : did_you_mean(at, extra.front());
  if (extra.empty() && !verbs(at).empty())
    text = fmt::format("'{}' wants a command: {}", path_of(at), joined(verbs(at)));
  return text + fmt::format("\n  more: {} --help", path_of(at));
}

}  // namespace cadre::ctl
