#include "common/client/client.hpp"

#include <map>

#include <fmt/format.h>
#include <sodium.h>

#include "common/client/client_core.hpp"
#include "common/client/objection.hpp"
#include "common/net/dealer.hpp"
#include "common/os/clock.hpp"
#include "common/os/random.hpp"
#include "common/protocol/coalesce.hpp"

namespace cadre {

namespace {
constexpr Duration tick_every = 100ms;
constexpr int messages_per_turn = 256;
}  // namespace

struct Client::Parts {
  explicit Parts(std::shared_ptr<zmq::context_t> shared)
      : context(std::move(shared)), core(ClientPolicy{}, "cadre " CADRE_VERSION) {}

  const std::shared_ptr<zmq::context_t> context;  // ends behind the last of its sockets
  std::optional<net::Dealer> dealer;
  ClientCore core;
  Welcome welcome;
  bool welcomed = false;
  std::optional<Refusal> refusal;
  Instant next_tick{};
  std::uint64_t ids = 0;
  std::vector<Send> outgoing;
  // What came and has not been taken by a call yet.
  std::vector<Submission> submissions;
  std::string put_off;  // the broker's newest reason why a submit has to wait
  std::vector<Notice> notices;
  std::vector<CancelAnswer> cancels;
  std::map<std::uint64_t, Answer> answers;
  std::map<std::uint64_t, ResultAnswer> results;

  Now now() const { return {os::boot_now(), os::wall_now(), ServiceTime{}}; }

  void step(const ClientInput& input) {
    ClientEffects effects;
    core.step(now(), input, effects);
    for (auto& message : effects.sends) outgoing.push_back({PeerId{}, std::move(message)});
    for (auto& one : effects.submissions) submissions.push_back(std::move(one));
    for (auto& one : effects.put_off) put_off = std::move(one.reason);
    for (auto& one : effects.notices) notices.push_back(std::move(one));
    for (auto& one : effects.cancels) cancels.push_back(one);
    for (auto& one : effects.answers) answers[one.id] = std::move(one);
    for (auto& one : effects.results) results[one.id] = std::move(one);
    if (effects.welcome) welcome = *effects.welcome, welcomed = true;
    if (effects.refusal) refusal = effects.refusal;
    if (effects.reconnect) dealer->rebuild();
  }

  // A job that no broker could read is answered here; so is a payload over the limit, which would cost the connection
  // (libzmq drops the frame and the peer).
  void hand_in(JobRequest job) {
    if (auto why = objection_to(job, welcome.payload_max))
      submissions.push_back({{0, job.key, Standing::refused, JobId{}, std::move(*why), Duration{}}, true});
    else
      step(SubmitJobs{{std::move(job)}});
  }

  // What several inputs had to say leaves together: many jobs per message. What the socket does not take (it is full, or
  // there is no connection) is dropped: the core says everything again until it is answered.
  void flush() {
    for (auto& send : coalesce(std::exchange(outgoing, {}))) dealer->send(encode(send.message));
  }

  // Sending may have taken in what had come: the descriptor does not tell of it a second time.
  bool more_to_read() {
    int events = 0;
    std::size_t size = sizeof events;
    return zmq_getsockopt(dealer->handle(), ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) != 0;
  }

  // A hello that is said before the connection stands goes nowhere (ZMQ_IMMEDIATE), and the next is a second away.
  void wait_until_connected(Instant until) {
    zmq::pollitem_t item{dealer->handle(), 0, ZMQ_POLLOUT, 0};
    while ((item.revents & ZMQ_POLLOUT) == 0 && os::boot_now() < until) {
      try {
        zmq::poll(&item, 1, std::chrono::ceil<std::chrono::milliseconds>(tick_every));
      } catch (const zmq::error_t&) {
      }
      dealer->look();
    }
  }

  // One turn: waits until something comes, a tick is due, or `until`.
  void turn(Instant until) {
    flush();
    const Instant wake = std::min(until, next_tick);
    const auto wait = std::max<Duration>(Duration{}, wake - os::boot_now());
    zmq::pollitem_t item{dealer->handle(), 0, ZMQ_POLLIN, 0};
    try {
      if (wait > Duration{}) zmq::poll(&item, 1, std::chrono::ceil<std::chrono::milliseconds>(wait));
    } catch (const zmq::error_t&) {
    }
    for (int left = messages_per_turn; left > 0; --left) {
      auto in = dealer->receive();
      if (!in) break;
      auto message = decode(in->header.to_string_view(), in->payload.to_string_view(), limits::payload_bytes_ceiling);
      if (message) step(ToClient{std::move(*message)});
    }
    if (const Instant now = os::boot_now(); now >= next_tick) {
      next_tick = now + tick_every;
      dealer->look();
      step(ClientTick{});
    }
    flush();
  }
};

Client::Client(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

const Welcome& Client::welcome() const { return parts_->welcome; }

Result<Client> Client::connect(const Settings& settings) {
  return connect(settings, std::make_unique<Parts>(std::make_shared<zmq::context_t>(1)));
}

Result<Client> Client::connect(const Settings& settings, const Client& beside) {
  return connect(settings, std::make_unique<Parts>(beside.parts_->context));
}

Result<Client> Client::connect(const Settings& settings, std::unique_ptr<Parts> parts) {
  if (sodium_init() < 0) return Error{"libsodium cannot be used"};
  net::Dealer::Settings door;
  door.address = settings.address;
  if (!settings.no_curve) {
    auto server = net::read_public_key(settings.server_key_file);
    if (!server) return Error{server.error()};
    auto own = net::read_secret_key(settings.key_file, os::Readers::group);
    if (!own) return Error{own.error()};
    door.server_key = *server;
    door.keys = *own;
  }
  auto dealer = net::Dealer::open(*parts->context, door);
  if (!dealer) return Error{dealer.error()};
  parts->dealer.emplace(std::move(*dealer));
  const Instant until = os::boot_now() + settings.patience;
  parts->wait_until_connected(until);
  while (!parts->welcomed && os::boot_now() < until) {
    parts->turn(until);
    if (parts->refusal && parts->refusal->final) return Error{"version: " + parts->refusal->reason};
  }
  if (!parts->welcomed) return Error{parts->dealer->diagnose()};
  return Client(std::move(parts));
}

Result<std::vector<SubmitAnswer>> Client::submit(std::vector<JobRequest> jobs, Duration patience,
                                                 const std::function<void(const SubmitAnswer&)>& each) {
  std::map<std::string, SubmitAnswer> by_key;
  std::vector<std::string> order;
  for (auto& job : jobs) {
    if (job.key.empty()) job.key = os::random_key(static_cast<std::uint64_t>(os::wall_now().time_since_epoch().count() / 1000));
    order.push_back(job.key);
  }
  parts_->put_off.clear();
  std::size_t posted = 0;
  std::size_t distinct_answered = 0;
  std::map<std::string, bool> distinct;
  for (const auto& key : order) distinct[key] = false;
  const auto settle = [&](SubmitAnswer answer) {
    const auto place = distinct.find(answer.key);
    if (place == distinct.end() || std::exchange(place->second, true)) return;
    ++distinct_answered;
    if (each) each(answer);
    by_key[answer.key] = std::move(answer);
  };
  const Instant until = os::boot_now() + patience;
  while (distinct_answered < distinct.size()) {
    while (posted < jobs.size() && parts_->core.has_room()) parts_->hand_in(std::move(jobs[posted++]));
    if (parts_->submissions.empty()) parts_->turn(until);
    for (auto& one : std::exchange(parts_->submissions, {})) {
      if (!one.definite) one.answer.reason += " (an earlier send of this key was not answered: repeat it to know)";
      settle(std::move(one.answer));
    }
    if (os::boot_now() >= until && distinct_answered < distinct.size())
      return Error{fmt::format("{} of {} submits are unanswered after {}{}{}; they may be stored or not: repeat them under the same keys",
                               distinct.size() - distinct_answered, distinct.size(), to_string(patience),
                               parts_->put_off.empty() ? "" : "; the broker puts submits off: ", parts_->put_off)};
  }
  std::vector<SubmitAnswer> answers;
  for (const auto& key : order) answers.push_back(by_key.at(key));
  return answers;
}

Result<std::vector<Notice>> Client::wait(const std::vector<JobId>& jobs, Watch watch, Duration patience,
                                         const std::function<void(const Notice&)>& each) {
  std::map<JobId, std::optional<Notice>> ends;
  for (const JobId job : jobs) ends[job] = std::nullopt;
  parts_->step(AwaitJobs{jobs, watch});
  const Instant until = os::boot_now() + patience;
  std::size_t left = ends.size();
  while (left > 0) {
    for (auto& notice : std::exchange(parts_->notices, {})) {
      const auto place = ends.find(notice.job);
      if (place == ends.end() || place->second) continue;
      if (each) each(notice);
      const bool last = notice.unknown || notice.state == JobState::done || notice.state == JobState::dead || notice.state == JobState::cancelled;
      if (!last) continue;
      place->second = std::move(notice);
      --left;
    }
    if (left == 0) break;
    if (os::boot_now() >= until) return Error{fmt::format("{} of {} jobs have not ended after {}", left, ends.size(), to_string(patience))};
    parts_->turn(until);
  }
  std::vector<Notice> notices;
  for (const JobId job : jobs) notices.push_back(*ends.at(job));
  return notices;
}

Result<std::vector<CancelAnswer>> Client::cancel(const std::vector<JobId>& jobs, Duration patience) {
  std::map<JobId, CancelAnswer> found;
  parts_->step(CancelJobs{jobs});
  const Instant until = os::boot_now() + patience;
  while (true) {
    for (const auto& one : std::exchange(parts_->cancels, {})) found[one.job] = one;
    std::vector<CancelAnswer> answers;
    for (const JobId job : jobs)
      if (found.contains(job)) answers.push_back(found.at(job));
    if (answers.size() == jobs.size()) return answers;
    if (os::boot_now() >= until) return Error{fmt::format("no answer after {}; repeating a cancel is harmless", to_string(patience))};
    parts_->turn(until);
  }
}

Result<std::string> Client::ask(const std::string& question, const std::string& arguments_json, Duration patience) {
  const std::uint64_t id = ++parts_->ids;
  parts_->step(AskQuestion{{id, question, arguments_json}});
  const Instant until = os::boot_now() + patience;
  while (!parts_->answers.contains(id)) {
    if (os::boot_now() >= until) return Error{fmt::format("no answer to '{}' after {}", question, to_string(patience))};
    parts_->turn(until);
  }
  const Answer answer = std::move(parts_->answers.at(id));
  parts_->answers.erase(id);
  if (!answer.ok) return Error{answer.error};
  return answer.json ? *answer.json : std::string("{}");
}

Result<OutputPtr> Client::result(JobId job, Duration patience) {
  const std::uint64_t id = ++parts_->ids;
  parts_->step(AskResult{{id, job}});
  const Instant until = os::boot_now() + patience;
  while (!parts_->results.contains(id)) {
    if (os::boot_now() >= until) return Error{fmt::format("the result of {} has not come after {}", to_string(job), to_string(patience))};
    parts_->turn(until);
  }
  ResultAnswer answer = std::move(parts_->results.at(id));
  parts_->results.erase(id);
  if (!answer.ok) return Error{answer.error};
  return answer.output ? answer.output : std::make_shared<const Output>();
}

bool Client::post(JobRequest job) {
  if (!parts_->core.has_room()) return false;
  parts_->hand_in(std::move(job));
  return true;
}

int Client::fd() const {
  int fd = -1;
  std::size_t size = sizeof fd;
  zmq_getsockopt(parts_->dealer->handle(), ZMQ_FD, &fd, &size);
  return fd;
}

Client::Heard Client::poll(Duration patience) {
  const Instant until = os::boot_now() + patience;
  do {
    parts_->turn(parts_->submissions.empty() ? until : os::boot_now());
  } while (parts_->submissions.empty() && parts_->notices.empty() && parts_->put_off.empty() &&
           (os::boot_now() < until || parts_->more_to_read()));
  Heard heard;
  for (auto& one : std::exchange(parts_->submissions, {})) heard.answers.push_back(std::move(one.answer));
  heard.notices = std::exchange(parts_->notices, {});
  heard.put_off = std::exchange(parts_->put_off, {});
  return heard;
}

}  // namespace cadre
