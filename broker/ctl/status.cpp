// cadre status (or just `cadre`): is it working, on one screen. Also log level and version.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t dead_shown_max = 5;

std::string number(const Json& json, const char* name) { return std::to_string(json.value(name, std::uint64_t{0})); }

// What a person should do something about, each with the command that tells more.
std::vector<std::string> needs(const Json& status, const Json& nodes, const Json& dead) {
  std::vector<std::string> all;
  if (const auto trouble = cell(status, "store_trouble"); !trouble.empty())
    all.push_back("submits are put off: " + printable(trouble));
  for (const auto& node : nodes) {
    const std::string name = cell(node, "node"), state = cell(node, "state");
    if (state == "lost" && !node.value("cordoned", false))  // else it was taken out on purpose
      all.push_back(node.value("seen_seconds", Json()).is_null()
                        ? fmt::format("node {} has not connected since the broker's start     gone for good: cadre node remove {}", name, name)
                        : fmt::format("node {} is lost: check its worker and the network     cadre node list", name));
    if (const auto trouble = cell(node, "trouble"); !trouble.empty() && state != "lost")
      all.push_back(fmt::format("node {} takes no work: {}", name, printable(trouble)));
    for (const auto& engine : node.value("engines", Json::array()))
      if (engine.contains("quarantine"))
        all.push_back(fmt::format("engine {} is quarantined on {}: {}", cell(engine, "engine"), name,
                                  printable(cell(engine, "quarantine"))));
  }
  for (const auto& warning : status.value("warnings", Json::array())) all.push_back(warning.get<std::string>());
  if (const auto trouble = cell(status.value("monitor", Json::object()), "trouble"); !trouble.empty())
    all.push_back("the broker's pages for monitoring are not served: " + printable(trouble));
  if (nodes.empty()) all.push_back("no node has ever connected: start cadre-worker on one");
  const auto count = dead.value("jobs", Json::array()).size();
  if (count > 0)
    all.push_back(fmt::format("{}{} dead job{} nobody has retried     cadre dead list",
                              count >= dead_shown_max ? "at least " : "", count, count == 1 ? " that" : "s that"));
  return all;
}

// "  Limits: 2 nodes; ocr 4 of 4 run"; nothing where there are none.
std::string limits_of(const Json& status) {
  const auto place = status.find("limits");
  if (place == status.end()) return "";
  std::vector<std::string> all;
  if (const auto nodes = place->value("nodes", std::uint64_t{0}); nodes > 0) all.push_back(fmt::format("{} node{} at work", nodes, nodes == 1 ? "" : "s"));
  for (const auto& engine : place->value("engines", Json::array()))
    all.push_back(fmt::format("{} {} at once ({} now)", cell(engine, "limit"), cell(engine, "engine"), cell(engine, "running")));
  return all.empty() ? "" : fmt::format("  Limits: {}\n", fmt::join(all, ", "));
}

Exit run_status(Context& context) {
  Json status = context.ask("status");
  const Json nodes = context.ask("node.list");
  const Json dead = context.ask("job.list", {{"state", "dead"}, {"not_retried", true}, {"limit", dead_shown_max}});
  const auto& welcome = context.client().welcome();
  if (context.json()) {
    status["cluster"] = welcome.cluster;
    status["software"] = welcome.software;
    print_json(status);
    return Exit::ok;
  }
  const auto all = needs(status, nodes, dead);
  const bool working = status.value("working", false);
  std::string text =
      fmt::format("{}, {}     as of {}\n", working ? "Cadre is WORKING" : "Cadre is NOT WORKING",
                  all.empty() ? "nothing needs you"
                              : fmt::format("{} thing{} you", all.size(), all.size() == 1 ? " needs" : "s need"),
                  cell(status, "time"));
  for (const auto& one : all) text += "  ! " + one + "\n";
  text += fmt::format("  Running {}   Waiting {}   Delayed {}   Nodes {}/{}\n", number(status, "running"),
                      number(status, "waiting"), number(status, "delayed"), number(status, "nodes_up"),
                      number(status, "nodes"));
  text += limits_of(status);
  if (status.contains("missing_attempts"))
    text += fmt::format("  Since a restore: nodes told of {} attempts at jobs that were accepted after the backup     cadre job missing\n", number(status, "missing_attempts"));
  const Json since = status.value("since_start", Json::object());
  text += fmt::format("  Since the broker's start: accepted {}, done {}, dead {}, cancelled {}, tried again {}\n",
                      number(since, "accepted"), number(since, "done"), number(since, "dead"),
                      number(since, "cancelled"), number(since, "retries"));
  text += fmt::format("  {}epoch {}, cluster {}, you are {} ({})\n",
                      welcome.software.empty() ? "" : welcome.software + ", ", number(status, "epoch"), welcome.cluster,
                      welcome.name, to_string(welcome.role));
  print(text);
  return working ? Exit::ok : Exit::not_so;
}

Exit run_log_level(Context& context, const std::string& level) {
  const Json answer = context.ask("log.level", {{"level", level}});
  if (context.json())
    print_json(answer);
  else
    say(fmt::format("the broker logs at level {} until it is restarted; for good: log.level in its configuration",
                    cell(answer, "level")));
  return Exit::ok;
}

Exit run_version(Context& context) {
  if (context.json())
    print_json({{"cadre", CADRE_VERSION},
                {"protocol", limits::protocol_version},
                {"protocol_min", limits::protocol_version_min}});
  else
    print(fmt::format("cadre {} (protocol {}, understands {} and later)\n", CADRE_VERSION, limits::protocol_version,
                      limits::protocol_version_min));
  return Exit::ok;
}

}  // namespace

Command commands::status() {
  return {"status", "Is it working? One screen", "cadre", [](Arguments&) -> Run { return run_status; }};
}

Command commands::log_level() {
  return {"log level", "How much the broker logs, until it is restarted", "cadre log level debug",
          [](Arguments& args) -> Run {
            auto level = std::make_shared<std::string>();
            args.add_option("LEVEL", *level, "trace, debug, info, warn or error")
                .required()
                .one_of({"trace", "debug", "info", "warn", "error"});
            return [level](Context& context) { return run_log_level(context, *level); };
          }};
}

Command commands::version() {
  return {"version", "The release of this tool", "cadre version --json", [](Arguments&) -> Run { return run_version; }};
}

}  // namespace cadre::ctl
