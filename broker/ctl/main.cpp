// cadre: the command-line tool. Puts all commands into one tree, parses, runs one, and turns how it ended into an exit
// code. Standard output is data, standard error is messages.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <exception>
#include <map>

#include "broker/ctl/command.hpp"
#include "broker/ctl/interrupt.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/tree.hpp"

namespace {

using namespace cadre;
using namespace cadre::ctl;

Exit run(int argc, char** argv) {
  Globals globals;
  CLI::App app{"Submits jobs to a Cadre cluster and looks after it. Without a command: status."};
  Run chosen;
  build_tree(app, globals, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error) == 0 ? Exit::ok : Exit::bug;  // --help, --version
    say("cadre: " + what_is_wrong(app, error));
    return app.got_subcommand("check") ? Exit::check_unknown : Exit::usage;  // a typing mistake is no warning
  }
  Context context(globals);
  return chosen(context);
}

}  // namespace

int main(int argc, char** argv) {
  set_locale();
  on_interrupt(nullptr);
  try {
    if (sodium_init() < 0) throw Stop{Exit::bug, "libsodium cannot be used on this machine"};
    return static_cast<int>(run(argc, argv));
  } catch (const Stop& stop) {
    say("cadre: " + stop.message);
    return static_cast<int>(stop.code);
  } catch (const std::exception& error) {
    say(fmt::format("cadre: a bug in this tool: {}\n  please report it, with the command that you typed",
                    error.what()));
    return static_cast<int>(Exit::bug);
  }
}
