// cadre job show, job why, job logs: everything about one job.
#include <fmt/format.h>
#include <unistd.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/notices.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

void line(std::string& text, const char* title, const std::string& value) {
  if (!value.empty()) text += fmt::format("  {:<10} {}\n", title, printable(value));
}

std::string headline(const Json& job) {
  std::string text = fmt::format("Job {}  {}  {}", cell(job, "job"), cell(job, "engine"), cell(job, "state"));
  const std::string node = cell(job, "node"), reason = cell(job, "reason");
  if (!node.empty()) text += " on " + node;
  if (!reason.empty()) text += ": " + reason;
  return text + "\n";
}

void show(const Json& job) {
  std::string text = headline(job);
  line(text, "waits", cell(job, "state") == "leased" ? "" : cell(job, "why"));
  line(text, "key", cell(job, "key"));
  line(text, "queue", fmt::format("{}, priority {}", cell(job, "queue"), cell(job, "priority")));
  line(text, "batch", cell(job, "batch"));
  line(text, "client", cell(job, "client"));
  line(text, "submitted", cell(job, "submitted"));
  line(text, "not before", cell(job, "not_before"));
  line(text, "not after", cell(job, "not_after"));
  line(text, "ended", cell(job, "ended"));
  line(text, "payload", bytes_for_people(job.value("payload_bytes", std::uint64_t{0})));
  line(text, "retry of", cell(job, "retry_of"));
  line(text, "retried as", cell(job, "retried_as"));
  const Json attempts = job.value("attempts", Json::array());
  if (!attempts.empty()) text += fmt::format("attempts, {} at most\n", cell(job, "attempts_max"));
  for (const auto& attempt : attempts) text += tell_attempt(attempt);
  if (job.value("result_gone", false)) text += "result: not kept any more (cleanup.keep_results)\n";
  const Json files = job.value("files", Json::array());
  if (!files.empty()) text += fmt::format("result: cadre job result {}\n", cell(job, "job"));
  for (const auto& file : files)
    text += fmt::format("  {}  {}\n", printable(cell(file, "name")),
                        bytes_for_people(file.value("bytes", std::uint64_t{0})));
  print(text);
}

Exit run_show(Context& context, const std::string& named) {
  check_job_name(named);
  const Json job = context.ask("job.show", {{"job", named}});
  if (context.json())
    print_json(job);
  else
    show(job);
  return Exit::ok;
}

Exit run_why(Context& context, const std::string& named) {
  check_job_name(named);
  const Json why = context.ask("job.why", {{"job", named}});
  if (context.json()) {
    print_json(why);
    return Exit::ok;
  }
  std::string text =
      fmt::format("Job {} ({}): {}\n", cell(why, "job"), cell(why, "state"), printable(cell(why, "why")));
  for (const auto& node : why.value("nodes", Json::array()))
    text += "  " + printable(node.is_string() ? node.get<std::string>() : node.dump()) + "\n";
  print(text);
  return Exit::ok;
}

// The newest attempt that has ended, or the one asked for.
Exit run_logs(Context& context, const std::string& named, std::uint64_t number) {
  check_job_name(named);
  const Json job = context.ask("job.show", {{"job", named}});
  Json found;
  for (const auto& attempt : job.value("attempts", Json::array()))
    if (attempt.contains("end") && (number == 0 || attempt.value("attempt", std::uint64_t{0}) == number))
      found = attempt;
  if (found.is_null())
    throw Stop{Exit::not_so,
               number > 0
                   ? fmt::format("{} has no attempt {} that has ended; `cadre job show {}` shows its attempts", named,
                                 number, named)
                   : fmt::format("{} has no attempt that has ended: it is {}; a log is kept when an attempt ends",
                                 named, cell(job, "state"))};
  if (context.json()) {
    print_json(found);
    return Exit::ok;
  }
  std::string log = cell(found["end"], "stderr");
  if (log.empty()) say(fmt::format("attempt {} wrote nothing to standard error", cell(found, "attempt")));
  if (!log.empty() && log.back() != '\n') log += '\n';
  print(isatty(STDOUT_FILENO) != 0 ? printable(log) : log);
  return Exit::ok;
}

std::shared_ptr<std::string> job_option(Arguments& args) {
  auto job = std::make_shared<std::string>();
  args.add_option("JOB", *job, "EPOCH-SEQUENCE, such as 1-17, or key:NAME").required();
  return job;
}

}  // namespace

Command commands::job_show() {
  return {"job show", "Everything about one job, with each attempt",
          "cadre job show 1-17\n         cadre job show key:invoice-4711", [](Arguments& args) -> Run {
            auto job = job_option(args);
            return [job](Context& context) { return run_show(context, *job); };
          }};
}

Command commands::job_why() {
  return {"job why", "Why a job does not run yet", "cadre job why 1-17", [](Arguments& args) -> Run {
            auto job = job_option(args);
            return [job](Context& context) { return run_why(context, *job); };
          }};
}

Command commands::job_logs() {
  return {"job logs", "What an attempt wrote to standard error (its last 64 KiB)", "cadre job logs 1-17 --attempt 2",
          [](Arguments& args) -> Run {
            auto job = job_option(args);
            auto attempt = std::make_shared<std::uint64_t>(0);
            args.add_option("--attempt", *attempt, "this attempt; else the newest that has ended")
                .positive();
            return [job, attempt](Context& context) { return run_logs(context, *job, *attempt); };
          }};
}

}  // namespace cadre::ctl
