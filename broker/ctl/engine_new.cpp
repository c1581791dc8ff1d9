// cadre engine new: an engine's directory, ready to run.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "broker/ctl/command.hpp"
#include "broker/ctl/engine_files.hpp"
#include "broker/ctl/engines.hpp"
#include "broker/ctl/output.hpp"
#include "common/os/descriptor.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view draft_suffix = ".new";
constexpr Duration appears_within = 5s;
constexpr Duration reach_within = 2s;

struct Options {
  NewEngine engine;
  fs::path directory;
};

[[noreturn]] void unwritable(const fs::path& file, const std::string& why) {
  throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}", file.string(), why)};
}

// Whole from the moment it has its name.
void write_whole(const fs::path& file, const std::string& text, mode_t mode) {
  const fs::path draft = file.string() + std::string(draft_suffix);
  ::unlink(draft.c_str());
  {
    const os::Descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!out || ::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      unwritable(file, std::strerror(errno));
  }
  if (::rename(draft.c_str(), file.c_str()) != 0) unwritable(file, std::strerror(errno));
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Nothing but what an interrupted run of the same command left, or `engine uninstall` (an empty directory).
bool is_begun(const fs::path& place, const Program& program) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    const std::string name = entry.path().filename().string();
    const bool draft =
        name == "engine.yaml" + std::string(draft_suffix) || name == program.file + std::string(draft_suffix);
    const bool ours = !program.file.empty() && name == program.file && text_of(entry.path()) == program.text;
    if (!draft && !ours) return false;
  }
  return !error;
}

// engine.yaml comes last: a running worker never sees half an engine. False: it is there as this command makes it, but
// for its program, which is its author's.
bool make(const NewEngine& engine, const fs::path& place) {
  std::error_code error;
  const Program program = engine_program(engine);
  const std::string yaml = engine_yaml(engine);
  if (fs::exists(fs::symlink_status(place, error))) {
    if (text_of(place / "engine.yaml") == yaml) return false;
    if (!is_begun(place, program))
      throw Stop{
          Exit::bad_data,
          fmt::format("{} is there already, and is another one: choose another name, or remove it", place.string())};
  }
  const bool made = fs::create_directories(place, error);
  if (error) throw Stop{Exit::no_output, fmt::format("{}: cannot be made: {}", place.string(), error.message())};
  try {
    if (!program.file.empty()) write_whole(place / program.file, program.text, 0755);
    write_whole(place / "engine.yaml", yaml, 0644);
  } catch (const Stop&) {
    if (made) fs::remove_all(place, error);
    throw;
  }
  return true;
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
  if (is_builtin_engine(engine.name))
    throw Stop{Exit::usage, fmt::format("'{}' is built in; choose another name", engine.name)};
  if (!engine.command.empty() && !engine.language.empty())
    throw Stop{Exit::usage, "--lang and a command after -- exclude each other"};
  if (engine.command.empty() && engine.language.empty()) engine.language = "bash";
  settle_command(engine.command);
  const bool installed = o.directory.empty();
  if (installed) o.directory = context.config().worker.engines;
  const auto place = o.directory / engine.name;
  const bool changed = make(engine, place);
  const auto program = engine_program(engine).file;
  if (!changed) say(fmt::format("{} is there already; nothing was changed", place.string()));
  if (changed)
    say(fmt::format("{} is made{}\n  try it without a cluster: cadre engine test {}", place.string(),
                    program.empty() ? "" : "; the work is done in " + program, place.string()));
  if (installed && changed) wait_for_it(context, engine.name);
  if (!installed) say("  a worker offers it when it lies in its worker.engines directory");
  if (context.json())
    print_json({{"engine", engine.name},
                {"directory", place.string()},
                {"program", program.empty() ? "" : (place / program).string()},
                {"changed", changed ? Json{place.string()} : Json::array()}});
  return Exit::ok;
}

}  // namespace

Command commands::engine_new() {
  return {"engine new", "Make an engine: a program of its own, or a command line; twice is harmless",
          "cadre engine new hello --lang python\n         cadre engine new wc -- wc -l", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("NAME", o->engine.name, "what jobs ask for").required();
            args.add_option("COMMAND", o->engine.command,
                            "after --: a program and its arguments; the payload is its standard input");
            args.add_option("--lang", o->engine.language, "bash (default) or python")
                .one_of({"bash", "python"});
            args.add_option("--dir", o->directory, "make it there; else in this node's worker.engines");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
