#include "broker/ctl/engine_trial.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/ctl/output.hpp"
#include "broker/ctl/programs.hpp"
#include "broker/ctl/stop.hpp"
#include "broker/ctl/temporary_directory.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration look_again = 1h;  // the engine's own time limit ends it
constexpr std::size_t told_lines_max = 40;
constexpr int program_missing = 127;

}  // namespace

bool has_own_test(const std::filesystem::path& directory) {
  std::error_code error;
  return std::filesystem::exists(directory / "test/input", error) ||
         std::filesystem::exists(directory / "test/params.json", error);
}

Trial try_engine(const std::filesystem::path& directory, const std::optional<os::User>& as) {
  const TemporaryDirectory notes(std::filesystem::temp_directory_path().string(), "cadre-engine-trial");
  if (as && ::chown(notes.path().c_str(), as->uid, as->gid) != 0)
    throw Stop{Exit::not_allowed,
               fmt::format("{}: cannot be given to who runs engines: {}", notes.path(), std::strerror(errno))};
  const std::filesystem::path log = notes.path() + "/log";
  auto child = os::Child::start(
      {{program_beside("cadre-worker"), "--engine-test", directory.string(), "--params", ""}, log, as});
  if (!child) throw Stop{Exit::config, child.error()};
  int code = -1;
  while (code < 0) code = child->wait(look_again);
  Trial trial{has_own_test(directory), child->log_tail()};
  if (code == 0) return trial;
  if (code == program_missing)
    throw Stop{Exit::config,
               "cadre-worker, which tries the engine, cannot be started\n  it was looked for beside this "
               "program and in PATH: install it"};
  throw Stop{Exit::bad_data, fmt::format("{}: the engine does not pass its test, and is not offered:\n{}",
                                         directory.string(), quoted(trial.told, "  ", told_lines_max))};
}

}  // namespace cadre::ctl
