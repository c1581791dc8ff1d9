#include "tests/soak/steward.hpp"

#include <fstream>

#include <fmt/format.h>

#include "common/database/leases.hpp"
#include "common/os/clock.hpp"

namespace cadre::soak {

namespace {

constexpr Duration rest_min = 300ms, rest_max = 1500ms;
constexpr Duration question_patience = 1s;
constexpr std::uint64_t no_job = 900'000;  // epochs of brokers stay far below

namespace fs = std::filesystem;

}  // namespace

std::string duty_of(const fs::path& spool) {
  const std::string name = spool.filename();
  return db::files_duty(name.substr(0, name.rfind("-spool")));
}

std::vector<fs::path> make_outside(const fs::path& directory) {
  std::vector<fs::path> files;
  fs::create_directories(directory / "deep");
  for (const char* name : {"linked", "named-twice", "deep/below"}) {
    files.push_back(directory / name);
    std::ofstream(files.back()) << "must stay";
  }
  return files;
}

// Whoever plants may be in a race with a worker that starts and empties its directory: then it is gone the sooner.
std::vector<fs::path> plant_orphans(const fs::path& spool, std::uint64_t number) {
  std::error_code ignored;
  const fs::path directory = spool / "attempts" / fmt::format("{}-{}.1", no_job, number);
  fs::create_directories(directory / "deep/er", ignored);
  std::ofstream(directory / "deep/er/file") << "nobody's";
  const fs::path file = spool / fmt::format("unknown-{}", number);
  std::ofstream(file) << "nobody's either";
  return {directory, file};
}

void plant_links(const Spools& spools, const fs::path& spool, std::uint64_t number) {
  std::error_code ignored;
  const fs::path directory = spool / "attempts" / fmt::format("{}-{}.2", no_job, number);
  fs::create_directories(directory, ignored);
  fs::create_symlink(spools.outside / "linked", directory / "link", ignored);
  fs::create_directory_symlink(spools.outside / "deep", directory / "directory", ignored);
  fs::create_hard_link(spools.outside / "named-twice", directory / "name", ignored);
}

Steward::Steward(Client::Settings settings, Spools spools, const Diary& diary, std::uint64_t seed)
    : settings_(std::move(settings)), spools_(std::move(spools)), diary_(diary), dice_(seed), thread_([this] { run(); }) {}

Steward::~Steward() {
  stop_ = true;
  thread_.join();
}

void Steward::run() {
  auto client = Client::connect(settings_);
  for (std::uint64_t number = 1; !stop_ && client; ++number) {
    const auto& spool = spools_.all[dice_.below(spools_.all.size())];
    const std::string duty = dice_.one_in(2) ? std::string(db::records_duty) : duty_of(spool);
    const bool breaks = dice_.one_in(12);
    const std::string lease = dice_.one_in(2) ? duty : db::place_name(static_cast<std::uint32_t>(1 + dice_.below(2)));
    const std::string argument = breaks ? fmt::format(R"({{"lease":"{}"}})", lease) : fmt::format(R"({{"duty":"{}"}})", duty);
    // Written down where it was heard; where it had no answer it may have happened too.
    if (client->ask(breaks ? "lease.break" : "cleanup.run", argument, question_patience))
      diary_.tell({.what = What::forced, .name = breaks ? lease : duty, .note = breaks ? "broken" : "asked for"});
    if (dice_.one_in(3)) plant_orphans(spool, number);
    if (dice_.one_in(6)) plant_links(spools_, spool, number);
    const Instant until = os::boot_now() + dice_.between(rest_min, rest_max);
    while (!stop_ && os::boot_now() < until) client->poll(100ms);
  }
}

}  // namespace cadre::soak
