#include "tests/e2e/load_generator.hpp"

#include <fstream>

#include <fmt/format.h>

#include "common/base/mix.hpp"
#include "common/os/clock.hpp"

namespace cadre::test {

namespace {

constexpr Duration patience = 120s;

}  // namespace

LoadGenerator::~LoadGenerator() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::map<std::string, JobId> LoadGenerator::finish() {
  stop_ = true;
  thread_.join();
  return accepted_;
}

void LoadGenerator::run(const Client::Settings& settings) {
  auto client = Client::connect(settings);
  if (!client) {
    give_up(client.error());
    return;
  }
  std::uint64_t number = 0;
  while (!stop_ && submit_some(*client, number)) {}
}

bool LoadGenerator::submit_some(Client& client, std::uint64_t& number) {
  std::vector<JobRequest> jobs;
  for (int i = 0; i < shape_.together; ++i) {
    JobRequest one = job("witness", i == 0 ? std::string(shape_.large, 'x') : "load", fmt::format("{{\"ms\":{}}}", mix(number) % 60));
    one.key = fmt::format("load-{}", ++number);
    one.queue = shape_.queue;
    one.backoff = 50ms;
    one.attempts_max = 10;
    if (shape_.wait_for_ends) one.watch = Watch::notice;
    jobs.push_back(std::move(one));
  }
  const auto answers = client.submit(std::move(jobs), patience);
  if (!answers) return give_up(answers.error());
  std::set<JobId> open;
  for (const auto& answer : *answers) {
    accepted_[answer.key] = answer.job;
    open.insert(answer.job);
  }
  count_ = accepted_.size();
  return !shape_.wait_for_ends || hear_of(client, std::move(open));
}

bool LoadGenerator::hear_of(Client& client, std::set<JobId> open) {
  const Instant until = os::boot_now() + patience;
  while (!open.empty()) {
    if (os::boot_now() >= until) return give_up(fmt::format("{} jobs have not ended after {}", open.size(), to_string(patience)));
    for (const auto& notice : client.poll(100ms).notices)
      if (notice.state == JobState::done || notice.state == JobState::dead) open.erase(notice.job);
  }
  return true;
}

bool LoadGenerator::give_up(const std::string& why) {
  trouble_ = why;
  troubled_ = true;
  return false;
}

void add_witness(Cluster& cluster, const std::filesystem::path& file) {
  const auto engine = cluster.directory() / "engines/witness";
  std::filesystem::create_directories(engine);
  std::ofstream(engine / "engine.yaml") << fmt::format("name: witness\nmode: exec\ncommand: [{}, {}]\ntime_limit: 30s\n", CADRE_WITNESS, file.string());
}

}  // namespace cadre::test
