// cadre submit: one job, one for each file, or one for each line of a file.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/engines.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/parameters.hpp"
#include "broker/ctl/submission.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  std::string engine;
  std::vector<std::filesystem::path> files;
  bool each = false, lines = false, by_path = false, strict = false;
  std::vector<std::string> assignments;
  std::filesystem::path params_file;
  JobRequest model;
  SubmissionSettings submission;
};

void declare(Arguments& args, Options& o) {
  args.add_option("ENGINE", o.engine, "what does the work; `cadre engine list` shows them").required();
  args.add_option("FILES", o.files, "the payload: a file, - for standard input, or none");
  args.add_flag("--each", o.each, "one job for each file");
  args.add_flag("--lines", o.lines, "one job for each line of the file");
  args.add_flag("--by-path", o.by_path, "send the absolute path, not the bytes: for shares that all nodes see");
  args.add_repeated("-p,--param", o.assignments, "a parameter, NAME=VALUE; may be repeated").type_name("NAME=VALUE");
  args.add_option("--params", o.params_file, "a file with a JSON object of parameters").type_name("FILE");
  args.add_option("--queue", o.model.queue, "the queue").show_default();
  args.add_option("--batch", o.model.batch, "a label that these jobs share");
  args.add_option("--key", o.model.key,
                  "your own name for the job; a repeat under it is harmless. --each and --lines add /FILE or /LINE");
  args.add_option("--priority", o.model.priority, "-100 to 100, more is more urgent")
      .show_default()
      .between(limits::priority_min, limits::priority_max);
  args.add_option("--attempts", o.model.attempts_max, "tries at most")
      .show_default()
      .between(1, limits::attempts_max);
  args.add_duration("--backoff", o.model.backoff, "pause before the second try; doubles each time");
  args.add_duration("--time-limit", o.model.time_limit, "of one attempt; else as the engine says");
  args.add_duration("--stall-limit", o.model.stall_limit, "without output or progress; else as the engine says");
  args.add_bytes("--memory-limit", o.model.memory_limit, "else as the engine says");
  args.add_when("--not-before", o.model.not_before, "start no earlier: 2026-11-24T08:30:00Z or +10m");
  args.add_when("--not-after", o.model.not_after, "never start later");
  args.add_flag("--strict", o.strict, "refuse where no node offers the engine now");
  args.add_flag("--wait", o.submission.wait, "wait for the end; one job's result goes to standard output");
  args.add_duration("--timeout", o.submission.deadline, "with --wait: how long");
  args.add_option("-o,--output", o.submission.directory, "with --wait: the directory for result files")
      .type_name("DIR");
}

void check(const Options& o) {
  const auto refuse = [](const std::string& why) { throw Stop{Exit::usage, why}; };
  if (!is_name(o.engine)) refuse(fmt::format("'{}' is not an engine's name: 1 to 64 of A-Z a-z 0-9 . _ -", o.engine));
  if (!is_name(o.model.queue))
    refuse(fmt::format("--queue: '{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", o.model.queue));
  if (!o.model.batch.empty() && !is_name(o.model.batch))
    refuse(fmt::format("--batch: '{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", o.model.batch));
  if (o.model.key.size() > limits::key_bytes_max || !is_utf8(o.model.key))
    refuse(fmt::format("--key: a text in UTF-8 of up to {} bytes was wanted", limits::key_bytes_max));
  if (o.files.size() > 1 && !o.each)
    refuse(fmt::format("{} files: one job takes one payload; --each makes one job for each file", o.files.size()));
  if (o.each && o.lines) refuse("--each and --lines exclude each other");
  if (o.each && o.files.empty()) refuse("--each wants files");
  if (o.lines && o.files.size() != 1) refuse("--lines wants one file, or - for standard input");
  if (o.by_path && (o.lines || o.files.empty())) refuse("--by-path wants files, and goes with --each or one file");
  for (const auto& file : o.files)
    if (file == "-" && (o.each || o.by_path))
      refuse("- (standard input) is one payload and has no path: without --each and --by-path");
  if (!o.submission.directory.empty() && !o.submission.wait)
    refuse("-o needs --wait; later: cadre job result JOB -o DIR");
  if (o.model.not_after != WallTime{} && o.model.not_after <= o.model.not_before)
    refuse("--not-after must be later than --not-before");
}

std::string parameters(const Options& o) {
  Json json = read_parameters(o.params_file, o.assignments);
  if (o.by_path) json["by_path"] = true;
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > limits::params_bytes_max)
    throw Stop{Exit::bad_data,
               fmt::format("the parameters have {}, the limit is {}; large data belongs into the payload",
                           bytes_for_people(text.size()), bytes_for_people(limits::params_bytes_max))};
  return text;
}

Exit run(Context& context, const Options& o) {
  check(o);
  SubmissionSettings settings = o.submission;
  settings.params = parameters(o);
  settings.model = o.model;
  settings.model.engine = o.engine;
  Source source({o.files, o.each, o.lines, o.by_path, context.client().welcome().payload_max});
  if (auto missing = not_offered(context, o.engine, o.strict)) {
    if (o.strict) throw Stop{Exit::bad_data, *missing + "; nothing was submitted"};
    say("cadre: note: " + *missing + "; the job waits until one does");
  }
  return Submission(context, std::move(settings), std::move(source)).run();
}

}  // namespace

Command commands::submit() {
  return {
      "submit", "Hand in jobs; prints their ids",
      "cadre submit wc README.md --wait\n         cadre submit ocr scans/*.pdf --each -p lang=deu --wait -o results",
      [](Arguments& args) -> Run {
        auto options = std::make_shared<Options>();
        declare(args, *options);
        return [options](Context& context) { return run(context, *options); };
      }};
}

}  // namespace cadre::ctl
