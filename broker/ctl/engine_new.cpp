// cadre engine new: an engine's directory, ready to run.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/ctl/command.hpp"
#include "broker/ctl/engine_files.hpp"
#include "broker/ctl/engines.hpp"
#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration appears_within = 5s;
constexpr Duration reach_within = 2s;

struct Options {
  NewEngine engine;
  std::filesystem::path directory;
};

void write_new(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!written)
    throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}", file.string(), std::strerror(error))};
}

// engine.yaml comes last and whole: a running worker never sees half an engine.
void make(const NewEngine& engine, const std::filesystem::path& place) {
  std::error_code error;
  if (std::filesystem::exists(place, error))
    throw Stop{Exit::bad_data, fmt::format("{} is there already: choose another name, or remove it", place.string())};
  std::filesystem::create_directories(place, error);
  if (error) throw Stop{Exit::no_output, fmt::format("{}: cannot be made: {}", place.string(), error.message())};
  try {
    if (const Program program = engine_program(engine); !program.file.empty())
      write_new(place / program.file, program.text, 0755);
    write_new(place / "engine.yaml.new", engine_yaml(engine), 0644);
    std::filesystem::rename(place / "engine.yaml.new", place / "engine.yaml", error);
    if (error)
      throw Stop{Exit::no_output,
                 fmt::format("{}: cannot be written: {}", (place / "engine.yaml").string(), error.message())};
  } catch (const Stop&) {
    std::filesystem::remove_all(place, error);  // ours: it was not there before
    throw;
  }
}

// Relative to where the person is, not to the engine's directory as engine.yaml would have it.
void settle_command(std::vector<std::string>& command) {
  if (command.empty() || command[0].find('/') == std::string::npos) return;
  std::error_code error;
  const auto program = std::filesystem::absolute(command[0], error).lexically_normal();
  if (::access(program.c_str(), X_OK) != 0)
    throw Stop{Exit::no_input, fmt::format("{}: {}; a program that can be executed was wanted", program.string(),
                                           std::strerror(errno))};
  command[0] = program.string();
}

void wait_for_it(Context& context, const std::string& name) {
  Globals globals = context.globals();
  globals.patience = std::min(globals.patience, reach_within);
  Context other(globals);
  try {
    if (appears(other, name, appears_within))
      say(fmt::format("the cluster offers it now: cadre submit {} FILE --wait", name));
    else
      say(
          fmt::format("no node offers it after {}: does a worker run here, with these engines? Its log says what it "
                      "thinks of engine.yaml",
                      to_string(appears_within)));
  } catch (const Stop&) {
    say("no broker was reached; a running worker finds the engine within 2 s");
  }
}

Exit run(Context& context, Options o) {
  NewEngine& engine = o.engine;
  if (!is_name(engine.name))
    throw Stop{Exit::usage, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", engine.name)};
  if (engine.name == "echo" || engine.name == "sleep" || engine.name == "fail")
    throw Stop{Exit::usage, fmt::format("'{}' is built in; choose another name", engine.name)};
  if (!engine.command.empty() && !engine.language.empty())
    throw Stop{Exit::usage, "--lang and a command after -- exclude each other"};
  if (engine.command.empty() && engine.language.empty()) engine.language = "bash";
  settle_command(engine.command);
  const bool installed = o.directory.empty();
  if (installed) o.directory = context.config().worker.engines;
  const auto place = o.directory / engine.name;
  make(engine, place);
  const auto program = engine_program(engine).file;
  say(fmt::format("{} is made{}\n  try it without a cluster: cadre engine test {}", place.string(),
                  program.empty() ? "" : "; the work is done in " + program, place.string()));
  if (installed)
    wait_for_it(context, engine.name);
  else
    say("  a worker offers it when it lies in its worker.engines directory");
  if (context.json()) print_json({{"engine", engine.name}, {"directory", place.string()}});
  return Exit::ok;
}

}  // namespace

Command commands::engine_new() {
  return {"engine new", "Make an engine: a program of its own, or a command line",
          "cadre engine new hello --lang python\n         cadre engine new wc -- wc -l", [](CLI::App& app) -> Run {
            auto o = std::make_shared<Options>();
            app.add_option("NAME", o->engine.name, "what jobs ask for")->required();
            app.add_option("COMMAND", o->engine.command,
                           "after --: a program and its arguments; the payload is its standard input");
            app.add_option("--lang", o->engine.language, "bash (default) or python")
                ->check(CLI::IsMember({"bash", "python"}));
            app.add_option("--dir", o->directory, "make it there; else in this node's worker.engines");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
