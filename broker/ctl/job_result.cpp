// cadre job result: what a finished job left.
#include <fmt/format.h>

#include <algorithm>

#include "broker/ctl/command.hpp"
#include "broker/ctl/files.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  std::string job, file;
  std::filesystem::path directory;
};

std::string list_of(const Output& output) {
  std::string text;
  for (const auto& file : output) text += fmt::format("\n  {}  {}", file.name, bytes_for_people(file.bytes.size()));
  return text;
}

Output only(const Output& output, const Options& o) {
  if (o.file.empty()) return output;
  const auto place = std::find_if(output.begin(), output.end(), [&](const auto& file) { return file.name == o.file; });
  if (place == output.end())
    throw Stop{Exit::not_so,
               fmt::format("the result of {} has no file '{}'; it has:{}", o.job, o.file, list_of(output))};
  return {*place};
}

Exit run(Context& context, const Options& o) {
  const JobId job = context.job(o.job);
  auto result = context.client().result(job, context.globals().patience);
  if (!result) throw Stop{exit_of_refusal(result.error()), result.error()};
  const Output output = only(**result, o);
  if (!o.directory.empty()) write_results(output, o.directory);
  if (context.json()) {
    Json files = Json::array();
    for (const auto& file : output) files.push_back({{"name", file.name}, {"bytes", file.bytes.size()}});
    Json json{{"job", to_string(job)}, {"files", std::move(files)}};
    if (!o.directory.empty()) json["directory"] = o.directory.string();
    print_json(json);
    return Exit::ok;
  }
  if (!o.directory.empty()) {
    for (const auto& file : output) print((o.directory / file.name).string() + "\n");
    return Exit::ok;
  }
  if (output.empty()) {
    say(fmt::format("{} is done; it left no files", o.job));
    return Exit::ok;
  }
  if (output.size() > 1)
    throw Stop{Exit::usage,
               fmt::format("the result of {} has {} files: say where to (-o DIR) or which (--file NAME):{}", o.job,
                           output.size(), list_of(output))};
  show_result(output[0], "-o DIR writes it to a file");
  return Exit::ok;
}

}  // namespace

Command commands::job_result() {
  return {"job result", "The result: one file to standard output, or all into a directory",
          "cadre job result 1-17 -o results", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("JOB", o->job, "EPOCH-SEQUENCE, such as 1-17, or key:NAME").required();
            args.add_option("-o,--output", o->directory, "write the files into this directory").type_name("DIR");
            args.add_option("--file", o->file, "only this file").type_name("NAME");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
