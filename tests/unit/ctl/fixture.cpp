#include "tests/unit/ctl/fixture.hpp"

#include <CLI/CLI.hpp>

namespace cadre::ctl {

Run run_of(const Command& command, const std::string& line) {
  CLI::App app;
  Arguments args(app);
  Run run = command.arguments(args);
  app.parse(line);
  return run;
}

}  // namespace cadre::ctl
