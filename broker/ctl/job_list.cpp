// cadre job list, cadre dead list: newest first.
#include "broker/ctl/job_list.hpp"

#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/values.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  std::string state, queue, engine, batch, before;
  std::uint64_t limit = 50;
};

Json arguments_of(const Options& o) {
  Json json{{"limit", o.limit}};
  const std::pair<const char*, const std::string*> fields[] = {
      {"state", &o.state}, {"queue", &o.queue}, {"engine", &o.engine}, {"batch", &o.batch}, {"before", &o.before}};
  for (const auto& [name, value] : fields)
    if (!value->empty()) json[name] = *value;
  return json;
}

// Why it is as it is: what it waits for, why it died, where it runs.
std::string note(const Json& job) {
  if (const auto why = cell(job, "why"); !why.empty()) return why;
  std::string text = cell(job, "reason");
  const Json end = job.value("end", Json::object());
  if (cell(job, "state") == "dead")
    if (const auto how = cell(end, "description"); !how.empty()) text += (text.empty() ? "" : ": ") + how;
  return text;
}

Exit list(Context& context, const Json& arguments) {
  const Json answer = context.ask("job.list", arguments);
  if (context.json()) {
    print_json(answer);
    return Exit::ok;
  }
  print_jobs(answer.value("jobs", Json::array()));
  const std::string before = cell(answer, "before");
  if (!before.empty()) say(fmt::format("older jobs: the same with --before {}", before));
  return Exit::ok;
}

Exit run_jobs(Context& context, const Options& o) {
  if (!o.state.empty() && !parse_job_state(o.state))
    throw Stop{Exit::usage,
               fmt::format("--state: '{}' is not a state: delayed, ready, leased, done, dead or cancelled was wanted",
                           o.state)};
  if (!o.before.empty() && !parse_job_id(o.before))
    throw Stop{Exit::usage, fmt::format("--before: '{}' is not a job's id, such as 1-17", o.before)};
  return list(context, arguments_of(o));
}

}  // namespace

void print_jobs(const Json& jobs) {
  Table table({{"JOB", Table::Align::right},
               {"STATE"},
               {"ENGINE"},
               {"QUEUE"},
               {"BATCH"},
               {"PRI", Table::Align::right},
               {"AGE", Table::Align::right},
               {"NODE"},
               {"NOTE"}});
  const WallTime now = os::wall_now();
  for (const auto& job : jobs) {
    const auto submitted = parse_time(cell(job, "submitted"));
    table.row({cell(job, "job"), cell(job, "state"), cell(job, "engine"), cell(job, "queue"), cell(job, "batch"),
               cell(job, "priority"), submitted ? age_for_people(now - *submitted) : "", cell(job, "node"), note(job)});
  }
  if (table.empty()) return say("no jobs");
  table.print();
}

Command commands::job_list() {
  return {"job list", "Jobs, newest first", "cadre job list --state dead --engine ocr", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("--state", o->state, "delayed, ready, leased, done, dead or cancelled");
            args.add_option("--queue", o->queue, "of this queue");
            args.add_option("--engine", o->engine, "of this engine");
            args.add_option("--batch", o->batch, "of this batch");
            args.add_option("--limit", o->limit, "at most so many").show_default().between(1, 10'000);
            args.add_option("--before", o->before, "older than this job").type_name("JOB");
            return [o](Context& context) { return run_jobs(context, *o); };
          }};
}

Command commands::dead_list() {
  return {"dead list", "Dead jobs that nobody has retried", "cadre dead list --engine ocr", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            o->state = "dead";
            args.add_option("--queue", o->queue, "of this queue");
            args.add_option("--engine", o->engine, "of this engine");
            args.add_option("--limit", o->limit, "at most so many").show_default().between(1, 10'000);
            args.add_option("--before", o->before, "older than this job").type_name("JOB");
            return [o](Context& context) {
              Json arguments = arguments_of(*o);
              arguments["not_retried"] = true;
              return list(context, arguments);
            };
          }};
}

}  // namespace cadre::ctl
