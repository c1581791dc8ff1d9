// cadre job keep, unkeep: a job that clean-up leaves alone, whatever the retention.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

Exit run(Context& context, const std::vector<std::string>& jobs, bool kept) {
  for (const auto& job : jobs) check_job_name(job);
  Json all = Json::array();
  for (const auto& job : jobs) {
    all.push_back(context.ask(kept ? "job.keep" : "job.unkeep", {{"job", job}}));
    if (!context.json())
      say(kept ? fmt::format("{} is kept for ever; undo: cadre job unkeep {}", job, job) : fmt::format("{} is kept as long as others", job));
  }
  if (context.json()) print_json(all);
  return Exit::ok;
}

Command command(std::string_view path, std::string_view help, std::string_view example, bool kept) {
  return {path, help, example, [kept](Arguments& args) -> Run {
            auto jobs = std::make_shared<std::vector<std::string>>();
            args.add_option("JOB", *jobs, "EPOCH-SEQUENCE or key:NAME").required();
            return [jobs, kept](Context& context) { return run(context, *jobs, kept); };
          }};
}

}  // namespace

Command commands::job_keep() { return command("job keep", "Keep a job for ever, whatever the retention", "cadre job keep key:invoice-4711", true); }

Command commands::job_unkeep() { return command("job unkeep", "Keep a job only as long as others", "cadre job unkeep key:invoice-4711", false); }

}  // namespace cadre::ctl
