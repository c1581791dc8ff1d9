// cadre engine list, engine test.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/ctl/command.hpp"
#include "broker/ctl/engine_trial.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/parameters.hpp"
#include "broker/ctl/programs.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

namespace {

std::string joined(const Json& engine, const char* name) {
  std::string text;
  for (const auto& one : engine.value(name, Json::array())) text += (text.empty() ? "" : ",") + one.get<std::string>();
  return text;
}

// "w2 has 1.3": nodes on which it is another than on most.
std::string differing(const Json& engine) {
  std::string text;
  for (const auto& one : engine.value("differs", Json::array()))
    text += fmt::format("{}{} has {}", text.empty() ? "" : ", ", cell(one, "node"), cell(one, "version"));
  return text;
}

Exit run_list(Context& context) {
  const Json engines = context.ask("engine.list");
  if (context.json()) {
    print_json(engines);
    return Exit::ok;
  }
  Table table({{"ENGINE"}, {"VERSION"}, {"MODE"}, {"NODES"}, {"DIFFERS"}, {"QUARANTINED ON"}});
  for (const auto& engine : engines)
    table.row({cell(engine, "engine"), cell(engine, "version"), cell(engine, "mode"), joined(engine, "nodes"),
               differing(engine), joined(engine, "quarantined_on")});
  if (table.empty())
    say("no engines: no node is connected");
  else
    table.print();
  return Exit::ok;
}

struct Test {
  std::filesystem::path directory, input, output, params_file;
  std::vector<std::string> assignments;
  std::string time_limit;
};

// A path, or the name of an engine of this node.
std::filesystem::path engine_directory(Context& context, const std::filesystem::path& given) {
  std::error_code error;
  if (std::filesystem::is_directory(given, error)) return given;
  if (is_name(given.string()) && std::filesystem::exists(context.globals().config, error)) {
    const auto installed = context.config().worker.engines / given;
    if (std::filesystem::exists(installed / "current/engine.yaml", error)) return installed / "current";
    if (std::filesystem::is_directory(installed, error)) return installed;
    throw Stop{Exit::no_input,
               fmt::format("there is no engine directory '{}' here, and no {}", given.string(), installed.string())};
  }
  throw Stop{Exit::no_input,
             fmt::format("there is no engine directory '{}'; `cadre engine new NAME` makes one", given.string())};
}

Exit run_test(Context& context, const Test& o) {
  const Json parameters = read_parameters(o.params_file, o.assignments);
  // Nothing of an input: the engine's own one, where it has one.
  const auto directory = engine_directory(context, o.directory);
  const bool own = o.input.empty() && o.assignments.empty() && o.params_file.empty() && has_own_test(directory);
  std::vector<std::string> words{program_beside("cadre-worker"), "--engine-test", directory.string(), "--params",
                                 own ? std::string() : parameters.dump()};
  if (!o.input.empty()) words.insert(words.end(), {"--input", o.input.string()});
  if (!o.output.empty()) words.insert(words.end(), {"--output", o.output.string()});
  if (context.json()) words.push_back("--json");
  if (!o.time_limit.empty()) words.insert(words.end(), {"--time-limit", o.time_limit});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  throw Stop{Exit::config, fmt::format("cadre-worker, which runs the engine, cannot be started: {}\n  it was looked "
                                       "for beside this program and in PATH: install it",
                                       std::strerror(errno))};
}

}  // namespace

Command commands::engine_list() {
  return {"engine list", "What the connected nodes can do", "cadre engine list",
          [](Arguments&) -> Run { return run_list; }};
}

Command commands::engine_test() {
  return {"engine test", "Run an engine once as a node would, without a cluster",
          "cadre engine test ./thumb -i sample.jpg -p width=200 -o results", [](Arguments& args) -> Run {
            auto o = std::make_shared<Test>();
            args.add_option("DIR", o->directory, "the directory with engine.yaml, or the name of an engine of this node")
                .required();
            args.add_option("-i,--input", o->input, "the payload").type_name("FILE");
            args.add_repeated("-p,--param", o->assignments, "a parameter, NAME=VALUE; may be repeated")
                .type_name("NAME=VALUE");
            args.add_option("--params", o->params_file, "a file with a JSON object of parameters").type_name("FILE");
            args.add_option("-o,--output", o->output, "where result files go").type_name("DIR");
            args.add_option("--time-limit", o->time_limit, "of the attempt").type_name("DURATION");
            return [o](Context& context) { return run_test(context, *o); };
          }};
}

}  // namespace cadre::ctl
