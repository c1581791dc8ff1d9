#include "broker/ctl/load.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "common/os/clock.hpp"
#include "common/os/random.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration silence_max = 60s;

// Keys that grow: the index of submit keys grows at its end (performance of 10 million kept keys depends on it).
class Keys {
 public:
  Keys() : run_(os::random_key(static_cast<std::uint64_t>(os::wall_now().time_since_epoch().count() / 1000))) {}
  std::string next() { return fmt::format("{}-{:010}", run_, count_++); }

 private:
  std::string run_;
  std::uint64_t count_ = 0;
};

struct Times {
  std::vector<std::uint32_t> accept, end;
  std::uint64_t done = 0, failed = 0;
};

std::uint64_t percentile(std::vector<std::uint32_t>& values, double p) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * p);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

std::uint32_t since(Instant then) { return static_cast<std::uint32_t>((os::boot_now() - then).count()); }

// One submitter that keeps `window` jobs under way.
Result<Times> drive_one(Client& client, const Load& load, std::uint64_t jobs, std::uint32_t window) {
  Keys keys;
  const auto body = std::make_shared<const Body>(Body{"{}", std::string(load.payload_bytes, 'x')});
  std::map<std::string, Instant> submitted;  // by key, not yet accepted
  std::map<JobId, Instant> accepted;
  std::map<JobId, bool> early;               // ended before its accept was read
  Times times;
  std::uint64_t posted = 0;
  Instant heard = os::boot_now();
  while (times.done + times.failed < jobs) {
    while (posted < jobs && posted - times.done - times.failed < window) {
      JobRequest job;
      job.key = keys.next();
      job.engine = load.engine;
      job.watch = Watch::notice;
      job.body = body;
      submitted.emplace(job.key, os::boot_now());
      if (!client.post(std::move(job))) break;
      ++posted;
    }
    const auto came = client.poll(1s);
    if (!came.answers.empty() || !came.notices.empty()) heard = os::boot_now();
    for (const auto& answer : came.answers) {
      const auto place = submitted.find(answer.key);
      if (place == submitted.end()) continue;
      if (answer.standing == Standing::refused) return Error{"refused: " + answer.reason};
      times.accept.push_back(since(place->second));
      accepted.emplace(answer.job, place->second);
      submitted.erase(place);
    }
    for (const auto& notice : came.notices) {
      const auto place = accepted.find(notice.job);
      if (place == accepted.end()) continue;
      times.end.push_back(since(place->second));
      ++(notice.state == JobState::done ? times.done : times.failed);
      accepted.erase(place);
    }
    if (os::boot_now() - heard > silence_max)
      return Error{fmt::format("{} of {} jobs have ended, then nothing for {}", times.done + times.failed, jobs, to_string(silence_max))};
  }
  return times;
}

}  // namespace

Result<Measured> drive(const Client::Settings& settings, const Load& load) {
  std::vector<Client> clients;
  for (std::uint32_t i = 0; i < load.submitters; ++i) {
    auto client = Client::connect(settings);
    if (!client) return Error{client.error()};
    clients.push_back(std::move(*client));
  }
  const std::uint64_t share = load.jobs / load.submitters;
  const std::uint32_t window = std::max(1u, load.window / load.submitters);
  std::vector<Result<Times>> results(load.submitters, Result<Times>(Times{}));
  const Instant began = os::boot_now();
  std::vector<std::thread> threads;
  for (std::uint32_t i = 1; i < load.submitters; ++i)
    threads.emplace_back([&, i] { results[i] = drive_one(clients[i], load, share, window); });
  results[0] = drive_one(clients[0], load, share, window);
  for (auto& thread : threads) thread.join();
  Measured measured;
  measured.seconds = static_cast<double>((os::boot_now() - began).count()) / 1e6;
  Times all;
  for (auto& result : results) {
    if (!result) return Error{result.error()};
    all.accept.insert(all.accept.end(), result->accept.begin(), result->accept.end());
    all.end.insert(all.end.end(), result->end.begin(), result->end.end());
    measured.done += result->done;
    measured.failed += result->failed;
  }
  measured.accept_p50 = percentile(all.accept, 0.5);
  measured.accept_p99 = percentile(all.accept, 0.99);
  measured.end_p50 = percentile(all.end, 0.5);
  measured.end_p99 = percentile(all.end, 0.99);
  return measured;
}

}  // namespace cadre::ctl
