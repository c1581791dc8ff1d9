// The engine of a soak: it tells the truth in lines of its own, synced, independent of worker and broker.
//   cadre_soak_engine HISTORY_FILE
// Parameters: "ms" (how long it works) and "do": ok, fail, bad (input), hang, crash, flaky (fails in its first attempt).
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/soak/history.hpp"

namespace {

using namespace cadre;
using namespace cadre::soak;

constexpr int exit_bad_input = 65;  // ENGINES.md, 5

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The spool is called NAME-spool; the work directory is below it.
std::string node_of(const std::string& directory) {
  const auto end = directory.find("-spool/");
  const auto begin = directory.rfind('/', end);
  return end == std::string::npos ? "" : directory.substr(begin + 1, end - begin - 1);
}

}  // namespace

int main(int, char** argv) {
  const Diary diary(argv[1], Diary::Sync::each_line);
  const std::string directory = variable("CADRE_JOB_DIR");
  Event event{.what = What::start, .who = node_of(directory)};
  event.job = parse_job_id(variable("CADRE_JOB_ID")).value_or(JobId{});
  event.number = static_cast<std::uint32_t>(std::strtoul(variable("CADRE_JOB_ATTEMPT").c_str(), nullptr, 10));
  diary.tell(event);

  const std::string own_file = directory + "/proof";
  const std::string proof = fmt::format("{}/{}", to_string(event.job), event.number);
  std::ofstream(own_file) << proof;
  const auto params = nlohmann::json::parse(read_file(variable("CADRE_JOB_PARAMS")));
  const std::string what = params.value("do", "ok");
  const long ms = params.value("ms", 0L);
  timespec work{ms / 1000, ms % 1000 * 1'000'000};
  if (what == "hang") work = {3600, 0};
  nanosleep(&work, nullptr);

  const std::string payload = read_file(variable("CADRE_JOB_INPUT"));
  const std::string result = payload + " by " + proof;
  event.what = What::end;
  event.t = 0;
  const bool fails = what == "fail" || what == "bad" || what == "crash" || (what == "flaky" && event.number == 1);
  if (!fails) event.digest = soak::digest_of(result);
  event.whole = read_file(own_file) == proof && read_file(variable("CADRE_JOB_INPUT")) == payload && std::filesystem::exists(variable("CADRE_JOB_OUTPUT_DIR"));
  if (!event.whole) event.note = directory;
  diary.tell(event);
  if (what == "crash") raise(SIGSEGV);
  if (what == "bad") return exit_bad_input;
  if (fails) return 1;
  const bool printed = std::fwrite(result.data(), 1, result.size(), stdout) == result.size() && std::fflush(stdout) == 0;
  return printed ? 0 : 74;
}
