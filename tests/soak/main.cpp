// A soak: real processes, load without pause, faults, forced clean-up; then the checker reads what all of them wrote down.
//   cadre_soak --minutes M --seed S      exit 0: no promise was broken; 1: the story of what was; 64 and others: it could not run
//   cadre_soak --check DIRECTORY         the same of a history that was kept
#include <poll.h>
#include <signal.h>

#include <cstdio>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "common/database/link.hpp"
#include "common/os/signals.hpp"
#include "tests/soak/soak.hpp"

namespace {

using namespace cadre;
using namespace cadre::soak;

struct Arguments {
  SoakSettings settings;
  double minutes = 2;
  std::filesystem::path check;
  bool json = false;
};

// The figures go to stdout, everything else to stderr.
int judge(const std::filesystem::path& directory, const Arguments& arguments) {
  const auto history = read_history(directory);
  if (!history) {
    fmt::print(stderr, "cadre_soak: {}\n", history.error());
    return 70;
  }
  const Findings report = soak::check(*history, rules());
  if (arguments.json) fmt::print("{}\n", json(report));
  else fmt::print("{}", table(report));
  if (report.good()) return 0;
  fmt::print(stderr, "\nThe shortest story of what broke:\n{}", shortest_story(*history, report));
  return 1;
}

int soak_and_judge(Arguments& arguments) {
  const os::Signals signals;  // before the first thread
  db::library_init();
  Soak soak(arguments.settings, signals.fd());
  if (!soak.run()) {
    fmt::print(stderr, "cadre_soak: interrupted; everything is stopped\n");
    return 130;
  }
  const int code = judge(soak.history(), arguments);
  if (code != 0) {
    soak.keep();
    fmt::print(stderr, "\nSeed {}. Logs and histories are kept: {}\nAgain: scripts/soak --minutes {} --seed {}    Checked again: cadre_soak --check {}\n", arguments.settings.seed,
               soak.directory().string(), arguments.minutes, arguments.settings.seed, soak.history().string());
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Runs a cluster under load and faults, and checks what it promised"};
  app.add_option("--minutes", arguments.minutes, "how long, all in all")->check(CLI::Range(1.0, 10'000.0));
  app.add_option("--seed", arguments.settings.seed, "decides every fault and what clients ask for");
  app.add_option("--nodes", arguments.settings.nodes, "workers, 2 to 16")->check(CLI::Range(2, 16));
  app.add_option("--clients", arguments.settings.clients, "1 to 16")->check(CLI::Range(1, 16));
  app.add_option("--keep", arguments.settings.directory, "a directory that does not exist yet, for logs and histories; it stays");
  app.add_option("--check", arguments.check, "run nothing; check the history in this directory");
  app.add_flag("--json", arguments.json, "the figures as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  if (sodium_init() < 0) return 70;
  setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    if (!arguments.check.empty()) return judge(arguments.check, arguments);
    arguments.settings.length = Duration{static_cast<std::int64_t>(arguments.minutes * 60e6)};
    return soak_and_judge(arguments);
  } catch (const std::exception& trouble) {
    fmt::print(stderr, "cadre_soak: {}\n", trouble.what());
    return 70;
  }
}
