// cadre cleanup run: a turn now; or what one would remove; or one without any daemon, on the database's host.
#include <fmt/format.h>

#include "broker/ctl/cleanup_dry.hpp"
#include "broker/ctl/cleanup_run.hpp"
#include "broker/ctl/command.hpp"
#include "broker/ctl/interrupt.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/values.hpp"
#include "common/cleanup/office.hpp"
#include "common/cleanup/purge_settings.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration look_every = 500ms;

struct Options {
  std::string node;  // empty: records; else the files of that node
  bool dry_run = false, offline = false, no_wait = false;
  std::uint64_t jobs = 0;  // of a dry run, by name
  Duration deadline = 1h;
};

// Of one node's spool, or of records and of every spool that can be asked.
Exit dry_run(Context& context, const Options& o) {
  const Json records = o.node.empty() ? context.ask("cleanup.dry_run", {{"jobs", o.jobs}}) : Json(nullptr);
  const Json nodes = spools_seen(context, o.node);
  if (!context.json()) {
    show_dry(records, nodes);
  } else {
    Json all = records.is_null() ? Json::object() : records;
    all["nodes"] = nodes;
    print_json(all);
  }
  for (const auto& [node, seen] : nodes.items())
    if (seen.is_null()) return Exit::again;
  return Exit::ok;
}

Exit tell_turn(Context& context, const Json& run) {
  if (context.json()) print_json(run);
  std::uint64_t removed = 0;
  const Json rows = run.value("rows", Json::object());
  for (const auto& [what, count] : rows.items()) removed += count.get<std::uint64_t>();
  const auto took = Duration{run["ended"].get<std::int64_t>() - run["began"].get<std::int64_t>()};
  const bool ok = run.value("ok", false);
  if (!context.json())
    say(ok ? fmt::format("{} rows and {} files removed by {} in {}", removed, run.value("files", std::uint64_t{0}), cell(run, "node"), to_string(took))
           : fmt::format("cut short after {} rows by {}: {}; it is tried again by itself", removed, cell(run, "node"), cell(run, "error")));
  return ok ? Exit::ok : Exit::again;
}

std::string first_warning(const Json& status) {
  const Json warnings = status.value("warnings", Json::array());
  return warnings.empty() ? "`cadre cleanup status` says more" : warnings[0].get<std::string>();
}

Exit run_online(Context& context, const Options& o) {
  if (o.dry_run) return dry_run(context, o);
  const std::string duty = o.node.empty() ? db::records_duty : db::files_duty(o.node);
  const auto asked = context.ask("cleanup.run", {{"duty", duty}})["asked"].get<std::int64_t>();
  if (o.no_wait) {
    say("a turn begins as soon as nothing else is in its way; `cadre cleanup status` shows it");
    return Exit::ok;
  }
  on_interrupt("cadre: stopped waiting; the turn goes on (cadre cleanup status)");
  const Instant until = os::boot_now() + o.deadline;
  while (true) {
    const Json status = context.ask("cleanup.status");
    if (const auto run = ended_turn(status, duty, asked)) return tell_turn(context, *run);
    if (os::boot_now() >= until) throw Stop{Exit::again, fmt::format("no turn has ended within {}: {}", to_string(o.deadline), first_warning(status))};
    context.client().poll(look_every);
  }
}

// With the node's own file and no daemon: the lease keeps us from meeting one that runs all the same.
Exit run_offline(Context& context, const Options& o) {
  auto settings = cleanup::purge_settings(context.config());
  if (!settings) throw Stop{Exit::config, settings.error()};
  settings->holder = cleanup::holder_name(settings->node, "cadre cleanup run --offline");
  cleanup::Office office(settings->database);
  const auto must = [](Result<std::string> answer) {
    if (!answer) throw Stop{Exit::unreachable, answer.error()};
    return Json::parse(*answer);
  };
  if (o.dry_run) {
    const Json records = must(office.would_go(o.jobs));
    if (context.json()) print_json(records);
    else show_dry(records, Json::object());
    return Exit::ok;
  }
  const std::string duty = db::records_duty;
  const auto asked = must(office.want_turn(duty))["asked"].get<std::int64_t>();
  cleanup::RecordsService service(*settings, nullptr);
  service.look();
  const Json status = must(office.status(os::wall_now()));
  if (const auto run = ended_turn(status, duty, asked)) return tell_turn(context, *run);
  throw Stop{Exit::again, "no turn was taken: " + first_warning(status) + ". Or another holds it: cadre lease list"};
}

}  // namespace

std::optional<Json> ended_turn(const Json& status, const std::string& duty, std::int64_t asked) {
  for (const auto& one : status.value("duties", Json::array()))
    if (cell(one, "duty") == duty)
      for (const auto& run : one.value("runs", Json::array()))
        if (run["epoch"].get<std::int64_t>() >= asked && run["ended"].get<std::int64_t>() != 0) return run;
  return std::nullopt;
}

Command commands::cleanup_run() {
  return {"cleanup run", "Purge records or sweep files now, or see what would go", "cadre cleanup run --dry-run", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            const auto node = args.add_option("--node", o->node, "the files of this node instead");
            const auto dry = args.add_flag("--dry-run", o->dry_run, "remove nothing; say which records and files would go, and why");
            args.add_option("--jobs", o->jobs, "with --dry-run: the first N jobs by name").between(0, cleanup::Office::listed_max).needs(dry).excludes(node);
            args.add_flag("--offline", o->offline, "without a broker: on the database's host, with the node's own file").excludes(node);
            args.add_flag("--no-wait", o->no_wait, "do not wait for its end");
            args.add_duration("--deadline", o->deadline, "how long to wait (1h)");
            return [o](Context& context) { return o->offline ? run_offline(context, *o) : run_online(context, *o); };
          }};
}

}  // namespace cadre::ctl
