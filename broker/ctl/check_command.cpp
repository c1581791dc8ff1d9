// cadre check queue, node, db, cleanup: for monitoring systems. Whatever keeps it from knowing is `unknown` (3), never
// a guess.
#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/check.hpp"
#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

constexpr const char* codes =
    "Exit codes, as of monitoring-plugins: 0 ok, 1 warning, 2 critical, 3 unknown (no connection, no right, wrong "
    "options).\n"
    "Formats: nagios is a line with performance data (Icinga, Naemon, Checkmk's MRPE read it too), prtg the JSON of a "
    "sensor\n"
    "\"EXE/Script Advanced\", json what a script reads. A key with the role client is enough.";
constexpr Duration unset{-1};

struct Options {
  std::string format = "nagios";
  std::string queue;
  std::vector<std::string> nodes;
  Duration warn = unset, crit = unset;

  CheckFormat chosen(const Context& context) const {
    if (context.json() || format == "json") return CheckFormat::json;
    return format == "prtg" ? CheckFormat::prtg : CheckFormat::nagios;
  }
};
using OptionsPtr = std::shared_ptr<Options>;

Run concluded(const std::string& check, const OptionsPtr& o, std::function<Verdict(Context&)> judge) {
  return [check, o, judge = std::move(judge)](Context& context) {
    Verdict verdict;
    try {
      verdict = judge(context);
    } catch (const Stop& stop) {
      verdict = nothing_known(check, stop.message);
    } catch (const Json::exception& error) {
      verdict = nothing_known(
          check, fmt::format("the broker's answer makes no sense ({}); are tool and broker of the same release?",
                             error.what()));
    }
    print(words_of(verdict, o->chosen(context)));
    return static_cast<Exit>(verdict.health());
  };
}

// What all of them have.
OptionsPtr options(Arguments& args, std::string_view example) {
  auto o = std::make_shared<Options>();
  args.add_option("--format", o->format, "nagios, prtg or json")
      .one_of({"nagios", "prtg", "json"})
      .show_default();
  args.footer(fmt::format("{}\nExample: {}\nConnection options and --json: cadre --help", codes, example));
  return o;
}

void durations(Arguments& args, const OptionsPtr& o, const std::string& what, const std::string& warn,
               const std::string& crit) {
  args.add_duration("--warn", o->warn, fmt::format("warning when {} for longer ({})", what, warn));
  args.add_duration("--crit", o->crit, fmt::format("critical when {} for longer ({})", what, crit));
}

// Both or the one, in the right order.
template <class T>
void ordered(const std::optional<T>& warn, const std::optional<T>& crit, bool low) {
  if (!warn || !crit || (low ? *crit <= *warn : *warn <= *crit)) return;
  throw Stop{Exit::usage,
             low ? "--crit is more than --warn: less room is worse" : "--warn is more than --crit: longer is worse"};
}

std::optional<Duration> given(Duration duration) { return duration == unset ? std::nullopt : std::optional(duration); }

// What is not given follows: a warning comes no later than the alarm.
template <class Bounds>
Bounds bounds_of(const Options& o) {
  Bounds bounds;
  const auto warn = given(o.warn), crit = given(o.crit);
  bounds.warn = warn ? *warn : std::min(bounds.warn, crit.value_or(bounds.warn));
  bounds.crit = crit ? *crit : std::max(bounds.crit, bounds.warn);
  ordered(std::optional(bounds.warn), std::optional(bounds.crit), false);
  return bounds;
}

constexpr const char* queue_example = "cadre check queue invoices --warn 10min --crit 30min";
constexpr const char* node_example = "cadre check node ext-01 --format prtg";
constexpr const char* db_example = "cadre check db --warn 20GiB --crit 5GiB";
constexpr const char* cleanup_example = "cadre check cleanup --warn 30h --crit 3d";

}  // namespace

Command commands::check_queue() {
  return {"check queue", "For monitoring: how long the oldest job waits", queue_example, [](Arguments& args) -> Run {
            const auto o = options(args, queue_example);
            args.add_option("QUEUE", o->queue, "one queue; without it, all of them");
            durations(args, o, "a job waits", "15min", "1h");
            return concluded("queue", o, [o](Context& context) {
              const auto bounds = bounds_of<QueueBounds>(*o);
              return judge_queue(context.ask("status"), o->queue, bounds);
            });
          }};
}

Command commands::check_node() {
  return {"check node", "For monitoring: nodes that are lost, in trouble, or silent", node_example,
          [](Arguments& args) -> Run {
            const auto o = options(args, node_example);
            args.add_option("NODE", o->nodes,
                            "these; without any, all that the broker knows. One that is cordoned may be away");
            durations(args, o, "a connected node is silent", "30s", "1min");
            return concluded("node", o, [o](Context& context) {
              const auto bounds = bounds_of<NodeBounds>(*o);
              return judge_nodes(context.ask("node.list"), o->nodes, bounds);
            });
          }};
}

Command commands::check_db() {
  return {
      "check db", "For monitoring: does the database answer, and has it room", db_example, [](Arguments& args) -> Run {
        const auto o = options(args, db_example);
        auto bounds = std::make_shared<DatabaseBounds>();
        auto warn = std::make_shared<std::uint64_t>(0), crit = std::make_shared<std::uint64_t>(0);
        const auto w = args.add_bytes("--warn", *warn, "warning with less free on its volume (twice policy.free_space_min)");
        const auto c = args.add_bytes("--crit", *crit, "critical with less (policy.free_space_min)");
        return concluded("db", o, [=](Context& context) {
          if (w.given()) bounds->warn = *warn;
          if (c.given()) bounds->crit = *crit;
          ordered(bounds->warn, bounds->crit, true);
          const Json status = context.ask("status");
          const auto answer = context.client().ask("cleanup.status", "{}", context.globals().patience);
          return judge_database(status, answer ? Json::parse(*answer, nullptr, false) : Json(answer.error()), *bounds);
        });
      }};
}

Command commands::check_cleanup() {
  return {"check cleanup", "For monitoring: does anybody purge records, and when last", cleanup_example,
          [](Arguments& args) -> Run {
            const auto o = options(args, cleanup_example);
            durations(args, o, "records have not been purged", "two periods of cleanup.schedule", "none");
            return concluded("cleanup", o, [o](Context& context) {
              const CleanupBounds bounds{given(o->warn), given(o->crit)};
              ordered(bounds.warn, bounds.crit, false);
              return judge_cleanup(context.ask("cleanup.status"), bounds);
            });
          }};
}

}  // namespace cadre::ctl
