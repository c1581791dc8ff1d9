// cadre node list, drain, uncordon.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/interrupt.hpp"
#include "broker/ctl/node_wait.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/values.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

std::string seen(const Json& node) {
  const auto place = node.find("seen_seconds");
  if (place == node.end() || !place->is_number()) return "never";
  return age_for_people(Duration{static_cast<std::int64_t>(place->get<double>() * 1e6)});
}

std::string engines_of(const Json& node) {
  std::string text;
  for (const auto& engine : node.value("engines", Json::array()))
    text += (text.empty() ? "" : ",") + cell(engine, "engine");
  return text;
}

std::string note(const Json& node) {
  std::string text = cell(node, "trouble");
  if (node.contains("limit")) text = cell(node, "limit");
  if (node.value("cleaning", false)) text += text.empty() ? "is cleaning, and takes less work" : "; is cleaning";
  for (const auto& engine : node.value("engines", Json::array()))
    if (engine.contains("quarantine"))
      text += fmt::format("{}{} is quarantined: {}", text.empty() ? "" : "; ", cell(engine, "engine"),
                          cell(engine, "quarantine"));
  return text;
}

Exit run_list(Context& context) {
  const Json nodes = context.ask("node.list");
  if (context.json()) {
    print_json(nodes);
    return Exit::ok;
  }
  Table table({{"NODE"},
               {"STATE"},
               {"SLOTS", Table::Align::right},
               {"HELD", Table::Align::right},
               {"SEEN", Table::Align::right},
               {"VERSION"},
               {"ENGINES"},
               {"NOTE"}});
  for (const auto& node : nodes)
    table.row({cell(node, "node"), cell(node, "state"), cell(node, "slots"), cell(node, "held"), seen(node),
               cell(node, "version"), engines_of(node), note(node)});
  if (table.empty())
    say("no nodes are known; start cadre-worker on one");
  else
    table.print();
  return Exit::ok;
}

struct Options {
  std::string node;
  bool wait = false;
  Duration deadline = 10min;
};

Exit run_drain(Context& context, const Options& o) {
  context.ask("node.cordon", {{"node", o.node}});
  const std::uint64_t left = held(context, o.node).value_or(0);
  if (!context.json())
    say(fmt::format("{} gets no new jobs; it holds {}. Undo: cadre node uncordon {}", o.node, left, o.node));
  if (o.wait) {
    on_interrupt("cadre: stopped waiting; the node stays cordoned (undo: cadre node uncordon NODE)");
    const Instant started = os::boot_now();
    wait_until_empty(context, o.node, o.deadline);
    say(fmt::format("{} is drained after {}: it is safe to stop its worker", o.node, to_string(os::boot_now() - started)));
  }
  if (context.json()) print_json({{"node", o.node}, {"cordoned", true}, {"held", held(context, o.node).value_or(0)}});
  return Exit::ok;
}

Exit run_uncordon(Context& context, const std::string& node) {
  context.ask("node.uncordon", {{"node", node}});
  if (context.json())
    print_json({{"node", node}, {"cordoned", false}});
  else
    say(fmt::format("{} gets jobs again", node));
  return Exit::ok;
}

}  // namespace

Command commands::node_list() {
  return {"node list", "Nodes, what they hold and what they offer", "cadre node list",
          [](Arguments&) -> Run { return run_list; }};
}

Command commands::node_drain() {
  return {"node drain", "No new jobs for a node; what it holds is finished", "cadre node drain ext-02 --wait",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("NODE", o->node, "its name; `cadre node list` shows them").required();
            args.add_flag("--wait", o->wait, "until it holds none");
            args.add_duration("--deadline", o->deadline, "with --wait: how long (10m)");
            return [o](Context& context) { return run_drain(context, *o); };
          }};
}

Command commands::node_uncordon() {
  return {"node uncordon", "Give a drained node jobs again", "cadre node uncordon ext-02", [](Arguments& args) -> Run {
            auto node = std::make_shared<std::string>();
            args.add_option("NODE", *node, "its name").required();
            return [node](Context& context) { return run_uncordon(context, *node); };
          }};
}

}  // namespace cadre::ctl
