// cadre dead retry: the dead letters that nobody has retried yet.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/retry.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t page = 1'000;

struct Options {
  std::vector<std::string> jobs;
  bool all = false, yes = false;
  std::string queue, engine;
};

// Page by page, oldest last; the broker says where the next page begins.
std::vector<std::string> find(Context& context, const Options& o) {
  Json arguments{{"state", "dead"}, {"not_retried", true}, {"limit", page}};
  if (!o.queue.empty()) arguments["queue"] = o.queue;
  if (!o.engine.empty()) arguments["engine"] = o.engine;
  std::vector<std::string> found;
  while (true) {
    const Json answer = context.ask("job.list", arguments);
    for (const auto& job : answer.value("jobs", Json::array())) found.push_back(cell(job, "job"));
    const std::string before = cell(answer, "before");
    if (before.empty() || before == cell(arguments, "before")) return found;
    arguments["before"] = before;
  }
}

Exit run(Context& context, const Options& o) {
  const bool filtered = o.all || !o.queue.empty() || !o.engine.empty();
  if (o.jobs.empty() == !filtered)
    throw Stop{Exit::usage,
               "which ones: jobs by their ids, or --engine E, --queue Q or --all; not both, not neither. `cadre dead "
               "list` shows them"};
  if (!filtered) {
    for (const auto& job : o.jobs) check_job_name(job);
    return retry_all(context, o.jobs);
  }
  const auto jobs = find(context, o);
  if (jobs.empty()) {
    say("no dead jobs match");
    if (context.json()) print_json(Json::array());
    return Exit::ok;
  }
  if (!confirm(fmt::format("{} dead job{}. Retry?", jobs.size(), jobs.size() == 1 ? " matches" : "s match"), o.yes)) {
    say("nothing was retried");
    return Exit::not_so;
  }
  const Exit exit = retry_all(context, jobs);
  say(fmt::format("{} job{} retried", jobs.size(), jobs.size() == 1 ? "" : "s"));
  return exit;
}

}  // namespace

Command commands::dead_retry() {
  return {"dead retry", "Do dead jobs again, as new jobs", "cadre dead retry --engine ocr --yes",
          [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("JOB", o->jobs, "these jobs");
            args.add_flag("--all", o->all, "all dead jobs that nobody has retried");
            args.add_option("--engine", o->engine, "all of this engine");
            args.add_option("--queue", o->queue, "all of this queue");
            args.add_flag("--yes", o->yes, "do not ask");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
