// cadre node remove: a node is gone for good. Its jobs end first, then its key, then its name. Each step looks at what is
// there, so that a run that was interrupted is repeated, and twice is harmless.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/interrupt.hpp"
#include "broker/ctl/node_wait.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/values.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  std::string node;
  bool yes = false, now = false;
  Duration deadline = 10min;
};

// What there is of it.
struct Found {
  std::optional<Json> node;       // as listed
  std::vector<std::string> keys;  // that let it in
  bool ever = false;              // a key of it was revoked
};

Found look(Context& context, const std::string& name) {
  Found found;
  for (const auto& node : context.ask("node.list"))
    if (cell(node, "node") == name) found.node = node;
  for (const auto& key : context.ask("key.list")) {
    if (cell(key, "name") != name || cell(key, "role") != "worker") continue;
    if (key.value("revoked", false))
      found.ever = true;
    else
      found.keys.push_back(cell(key, "key"));
  }
  return found;
}

bool connected(const Found& found) { return found.node && cell(*found.node, "state") != "lost"; }

std::string question(const Found& found, const Options& o) {
  const auto held = found.node ? found.node->value("held", std::uint64_t{0}) : 0;
  std::string text = fmt::format("  {} is {} and holds {} job{}", o.node, connected(found) ? "connected" : "not connected", held,
                                 held == 1 ? "" : "s");
  if (held > 0)
    text += connected(found) && !o.now ? "; they are finished first" : "; they are given to others when its lease is over";
  return text + fmt::format("\nRemove it? Its key never counts again: to come back it needs a ticket (cadre node ticket {})", o.node);
}

// Until nothing of ours is there and nobody speaks for it; the broker says which of the two.
void remove(Context& context, const Options& o) {
  const Instant started = os::boot_now();
  while (true) {
    const auto answer = context.client().ask("node.remove", Json{{"node", o.node}}.dump(), context.globals().patience);
    if (answer || !look(context, o.node).node) return;
    if (os::boot_now() - started >= o.deadline)
      throw Stop{Exit::again, fmt::format("{}\n  its key is revoked, its name is still listed after {}: the same command goes on",
                                          answer.error(), to_string(o.deadline))};
    context.client().poll(look_every);
  }
}

Exit tell(Context& context, const Options& o, const std::vector<std::string>& changed) {
  if (context.json())
    print_json({{"node", o.node}, {"changed", changed}});
  else if (changed.empty())
    say(fmt::format("{} was removed before; nothing was changed", o.node));
  else
    say(fmt::format("{} is removed. What is left on its machine goes with its packages, or with Uninstall-CadreExtension", o.node));
  return Exit::ok;
}

Exit run(Context& context, const Options& o) {
  Found found = look(context, o.node);
  std::vector<std::string> changed;
  if (!found.node && found.keys.empty()) {
    if (found.ever) return tell(context, o, changed);
    throw Stop{Exit::not_so, fmt::format("no node '{}' is known; `cadre node list` shows them", o.node)};
  }
  if (!confirm(question(found, o), o.yes)) {
    say("nothing was removed");
    return Exit::not_so;
  }
  on_interrupt("cadre: stopped; the same command goes on. Where its key is not revoked yet: cadre node uncordon NODE");
  if (connected(found) && !o.now) {
    context.ask("node.cordon", {{"node", o.node}});
    changed.push_back("drained");
    wait_until_empty(context, o.node, o.deadline);
  }
  for (const auto& key : found.keys) {
    context.ask("key.revoke", {{"key", key}});
    changed.push_back("revoked " + key);
  }
  if (look(context, o.node).node) {
    remove(context, o);
    changed.push_back("removed");
  }
  return tell(context, o, changed);
}

}  // namespace

Command commands::node_remove() {
  return {"node remove", "Take a node out for good: its jobs end, its key is revoked, it is listed no more",
          "cadre node remove ext-02", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("NODE", o->node, "its name; `cadre node list` shows them").required();
            args.add_flag("--yes", o->yes, "do not ask");
            args.add_flag("--now", o->now, "do not wait for its jobs: others get them when its lease is over");
            args.add_duration("--deadline", o->deadline, "how long its jobs may take (10m)");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
