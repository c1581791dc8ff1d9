#include "tests/soak/load.hpp"

#include <map>
#include <set>

#include <fmt/format.h>

#include "common/os/clock.hpp"

namespace cadre::soak {

namespace {

constexpr Duration submit_patience = 2s;     // short: submits without an answer are part of the history
constexpr Duration question_patience = 1500ms;
constexpr Duration end_patience = 1500ms;
constexpr Duration last_patience = 30s;      // when all faults are over
constexpr std::size_t batch_max = 10;
constexpr std::size_t window = 100;          // jobs submitted ahead of one that has not ended: else the drain would take minutes
constexpr std::size_t large = 200'000;       // bytes: such a payload, and the result that repeats it, are written ahead
constexpr std::size_t remembered = 400;      // newest submits and jobs that are spoken of again
constexpr std::uint64_t kept_max = 40;

}  // namespace

Load::Load(std::string name, Client::Settings settings, const std::filesystem::path& history, std::uint64_t seed)
    : name_(std::move(name)), settings_(std::move(settings)), diary_(history / (name_ + ".jsonl")), dice_(seed), thread_([this] { run(); }) {}

Load::~Load() {
  given_up_ = true;
  stop_ = true;
  thread_.join();
}

void Load::tell(Event event) {
  event.who = name_;
  diary_.tell(std::move(event));
}

void Load::run() {
  auto settings = settings_;
  settings.patience = last_patience;
  if (auto client = Client::connect(settings)) {
    while (!stop_) round(*client);
    const Instant until = os::boot_now() + last_patience;
    while (!given_up_ && !unanswered_.empty() && os::boot_now() < until) {
      std::vector<Sent> again;
      for (const auto& [key, one] : unanswered_) again.push_back(one);
      submit(*client, std::move(again), submit_patience);
    }
    if (!unanswered_.empty()) trouble_ = fmt::format("{} submits of {} have no answer, such as {}", unanswered_.size(), name_, unanswered_.begin()->first);
  } else {
    trouble_ = name_ + ": " + client.error();
  }
  finished_ = true;
}

void Load::round(Client& client) {
  std::vector<Sent> batch;
  for (std::uint64_t left = 1 + dice_.below(batch_max); left > 0; --left) {
    const auto what = dice_.below(20);
    const auto earlier = [&]() -> const Sent& { return sent_.at(dice_.below(sent_.size())); };
    if (!unanswered_.empty() && what < 4) batch.push_back(unanswered_.begin()->second);
    else if (!sent_.empty() && what == 4) batch.push_back(earlier());
    else if (!sent_.empty() && what == 5) batch.push_back(conflict_with(earlier()));
    else batch.push_back(make_job());
  }
  submit(client, std::move(batch), submit_patience);
  if (dice_.one_in(4)) cancel(client);
  if (kept_ < kept_max && dice_.one_in(12)) keep(client);
  if (dice_.one_in(3)) wait(client, some_jobs());
  if (jobs_.size() > window) wait(client, {jobs_[jobs_.size() - window]});
}

Load::Sent Load::make_job() {
  Sent one;
  JobRequest& job = one.request;
  job.key = fmt::format("{}-{}", name_, ++number_);
  const auto what = dice_.below(100);
  const std::string does = what < 70 ? "ok" : what < 80 ? "flaky" : what < 86 ? "fail" : what < 90 ? "bad" : what < 94 ? "hang" : what < 97 ? "crash" : "late";
  // Crashes are an engine of their own: three in a row put it into quarantine.
  job.engine = does == "crash" ? "crasher" : "witness";
  const std::string payload = dice_.one_in(12) ? job.key + std::string(large, 'x') : "load " + job.key;
  // A few work for longer than a lease lives: they are still at it when their paused worker has been given up.
  const auto work = does == "ok" && dice_.one_in(40) ? 4'500 : dice_.one_in(20) ? 900 : dice_.below(60);
  job.body = std::make_shared<Body>(Body{fmt::format(R"({{"ms":{},"do":"{}"}})", work, does == "late" ? "ok" : does), payload});
  job.attempts_max = static_cast<std::uint32_t>(does == "ok" ? 8 : 2 + dice_.below(3));
  job.backoff = 50ms;
  job.priority = static_cast<int>(dice_.below(5));
  if (does == "hang") job.time_limit = 600ms;
  if (does == "crash") job.not_after = os::wall_now() + 10s;
  if (does == "late") job.not_after = os::wall_now() + dice_.between(-100ms, 300ms), job.not_before = os::wall_now() + 200ms;
  one.digest = digest_of(payload);
  sent_.push_back(one);
  if (sent_.size() > remembered) sent_.pop_front();
  return one;
}

// Another payload under a key that is used, or may be.
Load::Sent Load::conflict_with(const Sent& earlier) {
  Sent one = earlier;
  const std::string payload = fmt::format("not what was sent under {}", earlier.request.key);
  one.request.body = std::make_shared<Body>(Body{earlier.request.body->params, payload});
  one.digest = digest_of(payload);
  return one;
}

void Load::submit(Client& client, std::vector<Sent> jobs, Duration patience) {
  std::map<std::string, Sent> open;
  std::vector<JobRequest> requests;
  for (Sent& one : jobs) {
    if (open.contains(one.request.key)) continue;
    // While an earlier send has no answer, another payload under its key would make both unknowable.
    const auto before = unanswered_.find(one.request.key);
    if (before != unanswered_.end()) one = before->second;
    tell({.what = What::invoke, .name = one.request.key, .digest = one.digest});
    requests.push_back(one.request);
    open[one.request.key] = std::move(one);
  }
  const auto each = [&](const SubmitAnswer& answer) {
    const auto place = open.find(answer.key);
    if (place == open.end()) return;
    const bool refused = answer.standing == Standing::refused;
    // Client::submit says so where an earlier send of this key had no answer.
    const bool definite = answer.reason.find("was not answered: repeat it to know") == std::string::npos;
    tell({.what = refused ? What::refused : What::accepted, .name = answer.key, .note = answer.reason, .job = answer.job, .digest = place->second.digest, .definite = definite});
    if (!refused) jobs_.push_back(answer.job), accepted_ = jobs_.size();
    unanswered_.erase(answer.key);
    open.erase(place);
  };
  if (client.submit(std::move(requests), patience, each)) return;
  for (auto& [key, one] : open) {
    tell({.what = What::unanswered, .name = key});
    unanswered_[key] = std::move(one);
  }
}

JobId Load::some_job() { return jobs_.empty() ? JobId{} : jobs_[jobs_.size() - 1 - dice_.below(std::min(jobs_.size(), remembered))]; }

// The newest, and one that may be gone by now.
std::set<JobId> Load::some_jobs() {
  std::set<JobId> jobs;
  for (std::size_t i = 0; i < std::min<std::size_t>(jobs_.size(), 3); ++i) jobs.insert(jobs_[jobs_.size() - 1 - i]);
  if (const JobId old = some_job()) jobs.insert(old);
  return jobs;
}

void Load::wait(Client& client, const std::set<JobId>& jobs) {
  if (jobs.empty()) return;
  (void)client.wait({jobs.begin(), jobs.end()}, Watch::result, end_patience, [this](const Notice& notice) {
    if (notice.unknown) return tell({.what = What::told_unknown, .job = notice.job});
    Event event{.what = What::told, .job = notice.job, .number = notice.attempt, .state = notice.state};
    if (notice.output && notice.output->size() == 1) event.digest = digest_of(notice.output->front().bytes);
    tell(std::move(event));
  });
}

void Load::cancel(Client& client) {
  const JobId job = some_job();
  if (!job) return;
  const auto answers = client.cancel({job}, question_patience);
  if (!answers) return;
  const CancelAnswer& answer = answers->front();
  if (!answer.known) tell({.what = What::told_unknown, .job = job});
  else tell({.what = What::cancel_told, .job = job, .state = answer.state});
}

// An error says that the job is gone, or nothing: it may be kept or not.
void Load::keep(Client& client) {
  const JobId job = some_job();
  if (!job || !client.ask("job.keep", fmt::format(R"({{"job":"{}"}})", to_string(job)), question_patience)) return;
  ++kept_;
  tell({.what = What::kept, .job = job});
}

}  // namespace cadre::soak
