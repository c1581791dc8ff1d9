#include "broker/ctl/load.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "common/os/clock.hpp"
#include "common/os/random.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration silence_max = 60s;
constexpr Duration look_every = 100ms;  // at all connections: Client::fd

// Keys that grow: the index of submit keys grows at its end (performance of 10 million kept keys depends on it).
class Keys {
 public:
  Keys() : run_(os::random_key(static_cast<std::uint64_t>(os::wall_now().time_since_epoch().count() / 1000))) {}
  std::string next() { return fmt::format("{}-{:010}", run_, count_++); }

 private:
  std::string run_;
  std::uint64_t count_ = 0;
};

std::uint32_t since(Instant then) { return static_cast<std::uint32_t>((os::boot_now() - then).count()); }

// One connection that keeps its window of jobs under way.
class Submitter {
 public:
  Submitter(Client client, const Load& load, std::uint64_t jobs)
      : client_(std::move(client)), load_(load), jobs_(jobs), began_(os::boot_now()),
        body_(std::make_shared<const Body>(Body{"{}", std::string(load.payload_bytes, 'x')})) {}

  bool ended() const { return done + failed >= (stopped() ? posted_ : jobs_); }
  const std::string& refused() const { return refused_; }
  int fd() const { return client_.fd(); }

  // Posts what the window, the pace and the client allow; then hears what comes. False: nothing came.
  bool turn(Duration patience) {
    post();
    if (load_.per_second > 0 && posted_ < jobs_) patience = std::clamp(due(posted_) - os::boot_now(), Duration{}, patience);
    const auto came = client_.poll(patience);
    for (const auto& answer : came.answers) hear(answer);
    for (const auto& notice : came.notices) hear(notice);
    return !came.answers.empty() || !came.notices.empty();
  }

  std::vector<std::uint32_t> accept, end;  // microseconds
  std::uint64_t done = 0, failed = 0;

 private:
  bool stopped() const { return load_.stop != nullptr && *load_.stop; }
  Instant due(std::uint64_t number) const {
    return began_ + Duration{static_cast<std::int64_t>(static_cast<double>(number) * 1e6 / load_.per_second)};
  }

  void post() {
    while (posted_ < jobs_ && posted_ - done - failed < load_.window && !stopped()) {
      Instant from = os::boot_now();
      if (load_.per_second > 0) {
        if (from < due(posted_)) return;
        from = due(posted_);
      }
      JobRequest job;
      job.key = keys_.next();
      job.engine = load_.engine;
      if (!load_.queue.empty()) job.queue = load_.queue;
      if (load_.until_ended) job.watch = Watch::notice;
      job.body = body_;
      submitted_.emplace(job.key, from);
      if (!client_.post(std::move(job))) return;
      ++posted_;
    }
  }

  void hear(const SubmitAnswer& answer) {
    const auto place = submitted_.find(answer.key);
    if (place == submitted_.end()) return;
    if (answer.standing == Standing::refused) refused_ = answer.reason;
    accept.push_back(since(place->second));
    if (load_.until_ended) accepted_.emplace(answer.job, place->second);
    else ++done;
    submitted_.erase(place);
  }

  void hear(const Notice& notice) {
    const auto place = accepted_.find(notice.job);
    if (place == accepted_.end()) return;
    end.push_back(since(place->second));
    ++(notice.state == JobState::done ? done : failed);
    accepted_.erase(place);
  }

  Client client_;
  const Load& load_;
  const std::uint64_t jobs_;
  const Instant began_;
  const BodyPtr body_;
  Keys keys_;
  std::map<std::string, Instant> submitted_;  // by key, not yet accepted
  std::map<JobId, Instant> accepted_;
  std::uint64_t posted_ = 0;
  std::string refused_;
};

using Submitters = std::vector<std::unique_ptr<Submitter>>;

Result<Submitters> connect(const Client::Settings& settings, const Load& load) {
  std::vector<Client> clients;
  for (std::uint32_t i = 0; i < load.submitters; ++i) {
    auto client = i == 0 ? Client::connect(settings) : Client::connect(settings, clients.front());
    if (!client) return Error{client.error()};
    clients.push_back(std::move(*client));
  }
  Submitters submitters;
  for (auto& client : clients) submitters.push_back(std::make_unique<Submitter>(std::move(client), load, load.jobs / load.submitters));
  return submitters;
}

// Turns of those to whom something came, as the kernel tells.
class Waiting {
 public:
  explicit Waiting(const Submitters& all) : epoll_(epoll_create1(EPOLL_CLOEXEC)), known_(all.size(), -1) {
    for (std::size_t i = 0; i < all.size(); ++i) watch(i, all[i]->fd());
  }
  ~Waiting() { close(epoll_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  void watch(std::size_t number, int fd) {
    if (known_[number] == fd) return;
    epoll_event event{EPOLLIN | EPOLLET, {.u64 = number}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    known_[number] = fd;
  }
  std::vector<std::size_t> wait(Duration patience) {
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(patience.count() / 1000));
    std::vector<std::size_t> ready;
    for (int i = 0; i < count; ++i) ready.push_back(events[static_cast<std::size_t>(i)].data.u64);
    return ready;
  }

 private:
  int epoll_;
  std::vector<int> known_;
};

// Hears until there is nothing more, and says what follows from it.
bool exhaust(Submitter& one) {
  bool came = false;
  while (one.turn(Duration{})) came = true;
  return came;
}

std::optional<Error> trouble(const Submitters& all, const Load& load, Instant heard) {
  std::uint64_t ended = 0;
  for (const auto& one : all) {
    if (!one->refused().empty()) return Error{"refused: " + one->refused()};
    ended += one->done + one->failed;
  }
  if (os::boot_now() - heard <= silence_max) return std::nullopt;
  return Error{fmt::format("{} of {} jobs have ended, then nothing for {}", ended, load.jobs, to_string(silence_max))};
}

std::optional<Error> drive_one(const Submitters& all, const Load& load) {
  Instant heard = os::boot_now();
  while (!all.front()->ended()) {
    if (all.front()->turn(1s)) heard = os::boot_now();
    if (auto error = trouble(all, load, heard)) return error;
  }
  return std::nullopt;
}

std::optional<Error> drive_many(const Submitters& all, const Load& load) {
  Waiting waiting(all);
  Instant heard = os::boot_now(), next_look{};
  std::size_t open = all.size();
  std::vector<bool> over(all.size(), false);
  const auto turn = [&](std::size_t number) {
    if (exhaust(*all[number])) heard = os::boot_now();
    waiting.watch(number, all[number]->fd());
    if (!over[number] && all[number]->ended()) over[number] = true, --open;
  };
  while (open > 0) {
    if (os::boot_now() >= next_look) {
      next_look = os::boot_now() + look_every;
      for (std::size_t i = 0; i < all.size(); ++i) turn(i);
      if (auto error = trouble(all, load, heard)) return error;
      continue;
    }
    for (const std::size_t number : waiting.wait(look_every)) turn(number);
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t percentile(std::vector<std::uint32_t>& values, double p) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * p);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

Result<Measured> drive(const Client::Settings& settings, const Load& load) {
  const auto submitters = connect(settings, load);
  if (!submitters) return Error{submitters.error()};
  const Instant began = os::boot_now();
  if (auto error = submitters->size() == 1 ? drive_one(*submitters, load) : drive_many(*submitters, load)) return *error;
  Measured measured;
  measured.seconds = static_cast<double>((os::boot_now() - began).count()) / 1e6;
  std::vector<std::uint32_t> accept, end;
  for (const auto& one : *submitters) {
    accept.insert(accept.end(), one->accept.begin(), one->accept.end());
    end.insert(end.end(), one->end.begin(), one->end.end());
    measured.done += one->done;
    measured.failed += one->failed;
  }
  measured.accept_p50 = percentile(accept, 0.5);
  measured.accept_p99 = percentile(accept, 0.99);
  measured.end_p50 = percentile(end, 0.5);
  measured.end_p99 = percentile(end, 0.99);
  return measured;
}

}  // namespace cadre::ctl
