// cadre job wait, job cancel, job retry: one or many jobs.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/interrupt.hpp"
#include "broker/ctl/notices.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/progress.hpp"
#include "broker/ctl/retry.hpp"
#include "broker/ctl/values.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration for_ever = std::chrono::hours{24 * 365 * 10};

struct Options {
  std::vector<std::string> jobs;
  Duration timeout{};
};

std::vector<JobId> ids_of(Context& context, const std::vector<std::string>& named) {
  for (const auto& one : named) check_job_name(one);
  std::vector<JobId> ids;
  for (const auto& one : named) ids.push_back(context.job(one));
  return ids;
}

Exit run_wait(Context& context, const Options& o) {
  const auto ids = ids_of(context, o.jobs);
  on_interrupt("cadre: stopped waiting; the jobs go on");
  Progress progress("waiting", ids.size(), os::boot_now(), ids.size() > 1);
  std::uint64_t ended = 0, failed = 0;
  const auto each = [&](const Notice& notice) {
    if (!is_done(notice)) progress.say(tell(notice, ""));
    if (!is_final(notice)) return;
    ++ended;
    if (!is_done(notice)) ++failed;
    if (!context.json() && !notice.unknown)
      progress.make_way(), print(fmt::format("{} {}\n", to_string(notice.job), to_string(notice.state)));
    progress.update(os::boot_now(), ended, failed, ids.size());
  };
  auto ends = context.client().wait(ids, Watch::notice, o.timeout > Duration{} ? o.timeout : for_ever, each);
  progress.clear();
  if (!ends) throw Stop{Exit::again, ends.error() + "; they go on: the same command waits again"};
  if (context.json()) {
    Json list = Json::array();
    for (const auto& notice : *ends) list.push_back(to_json(notice));
    print_json(list);
  }
  return failed > 0 ? Exit::not_so : Exit::ok;
}

Exit run_cancel(Context& context, const Options& o) {
  const auto ids = ids_of(context, o.jobs);
  auto answers = context.client().cancel(ids, context.globals().patience);
  if (!answers) throw Stop{Exit::again, answers.error()};
  Json list = Json::array();
  bool all = true;
  for (const auto& answer : *answers) {
    const bool cancelled = answer.known && answer.state == JobState::cancelled;
    all = all && cancelled;
    const std::string job = to_string(answer.job);
    list.push_back({{"job", job},
                    {"known", answer.known},
                    {"state", answer.known ? Json(to_string(answer.state)) : Json(nullptr)}});
    if (!answer.known)
      say(fmt::format("{}: there is no such job", job));
    else if (!cancelled)
      say(fmt::format("{} had ended before: it is {}", job, to_string(answer.state)));
    if (cancelled && !context.json()) print(job + " cancelled\n");
  }
  if (context.json()) print_json(list);
  return all ? Exit::ok : Exit::not_so;
}

std::shared_ptr<Options> jobs_option(Arguments& args) {
  auto o = std::make_shared<Options>();
  args.add_option("JOB", o->jobs, "one or more: EPOCH-SEQUENCE, such as 1-17, or key:NAME").required();
  return o;
}

}  // namespace

Exit retry_all(Context& context, const std::vector<std::string>& jobs) {
  Json list = Json::array();
  Exit exit = Exit::ok;
  for (const auto& job : jobs) {
    try {
      const std::string fresh = cell(context.ask("job.retry", {{"job", job}}), "job");
      list.push_back({{"job", fresh}, {"retry_of", job}});
      if (!context.json()) print(fresh + "\n");
    } catch (const Stop& stop) {
      if (stop.code != Exit::not_so) throw;  // the rest would fare no better
      say("cadre: " + job + ": " + stop.message);
      exit = Exit::not_so;
    }
  }
  if (context.json()) print_json(list);
  return exit;
}

Command commands::job_wait() {
  return {"job wait", "Wait until jobs have ended; 1 if one is not done", "cadre job wait 1-17 1-18 --timeout 10m",
          [](Arguments& args) -> Run {
            auto o = jobs_option(args);
            args.add_duration("--timeout", o->timeout, "how long; else for ever");
            return [o](Context& context) { return run_wait(context, *o); };
          }};
}

Command commands::job_cancel() {
  return {"job cancel", "Cancel jobs; what runs is stopped", "cadre job cancel 1-17 key:invoice-4711",
          [](Arguments& args) -> Run {
            auto o = jobs_option(args);
            return [o](Context& context) { return run_cancel(context, *o); };
          }};
}

Command commands::job_retry() {
  return {"job retry", "Do ended jobs again, as new jobs; prints the new ids", "cadre job retry 1-17",
          [](Arguments& args) -> Run {
            auto o = jobs_option(args);
            return [o](Context& context) {
              for (const auto& job : o->jobs) check_job_name(job);
              return retry_all(context, o->jobs);
            };
          }};
}

}  // namespace cadre::ctl
