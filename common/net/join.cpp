#include "common/net/join.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/net/dealer.hpp"
#include "common/os/clock.hpp"

namespace cadre::net {

namespace {

constexpr Duration try_for = 4s;     // one key: a handshake, an answer from a database that is slow
constexpr Duration say_every = 1s;
constexpr Duration look_every = 50ms;
constexpr std::uint64_t question_id = 1;
constexpr const char* stopped = "stopped";

// One connection with one key: says `message` until something comes back that `heard` understands.
class Attempt {
 public:
  Attempt(zmq::context_t& context, const Dealer::Settings& door, const Message& message) : dealer_(Dealer::open(context, door)), frames_(encode(message)) {}

  bool opened() const { return static_cast<bool>(dealer_); }
  std::optional<Message> answer(Instant until, int wake, JoinEnd& end) {
    if (!dealer_) {
      end = {Joining::refused, "", "", dealer_.error()};
      return std::nullopt;
    }
    Instant next{};
    while (os::boot_now() < until) {
      if (os::boot_now() >= next && dealer_->send(frames_)) next = os::boot_now() + say_every;
      std::array<zmq::pollitem_t, 2> items{{{dealer_->handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake, ZMQ_POLLIN, 0}}};
      try {
        zmq::poll(items.data(), wake < 0 ? 1 : 2, std::chrono::duration_cast<std::chrono::milliseconds>(look_every));
      } catch (const zmq::error_t& trouble) {
        if (trouble.num() != EINTR) throw;
      }
      if (wake >= 0 && items[1].revents != 0) {
        end = {Joining::stopped, "", "", stopped};
        return std::nullopt;
      }
      while (auto in = dealer_->receive())
        if (auto message = decode(in->header.to_string_view(), in->payload.to_string_view(), limits::answer_bytes_max)) return *std::move(message);
      dealer_->look();
      if (dealer_->refused()) break;
    }
    end = {dealer_->refused() ? Joining::refused : Joining::unreachable, "", "", dealer_->diagnose()};
    return std::nullopt;
  }

 private:
  Result<Dealer> dealer_;
  Frames frames_;
};

// `said`: the broker itself said no, and not its door.
JoinEnd with_ticket(zmq::context_t& context, const Ticket& ticket, const KeyPair& own, Instant until, int wake, bool& said) {
  JoinEnd end;
  said = false;
  const auto public_key = public_key_of(ticket.secret_key);
  if (!public_key) return {Joining::refused, "", "", "the ticket's key: " + public_key.error()};
  Attempt attempt(context, {ticket.address, ticket.server_key, "worker", KeyPair{*public_key, ticket.secret_key}}, Join{own.public_key, "cadre " CADRE_VERSION});
  const auto message = attempt.answer(until, wake, end);
  if (!message && end.how == Joining::refused && attempt.opened())
    end.why = fmt::format("{} knows the cluster's door, but does not let this ticket in: it was used, was taken back, or has expired "
                          "(it was valid until {}); on the master: cadre node ticket {}", ticket.address, to_string(ticket.not_after), ticket.name);
  if (!message) return end;
  if (const auto* joined = std::get_if<Joined>(&*message)) return {Joining::in, joined->name, joined->cluster, ""};
  said = true;
  if (const auto* refusal = std::get_if<Refusal>(&*message)) return {Joining::refused, "", "", refusal->reason};
  return {Joining::refused, "", "", fmt::format("the broker said '{}' to a ticket; is it of this release?", name_of(*message))};
}

JoinEnd with_own_key(zmq::context_t& context, const Ticket& ticket, const KeyPair& own, Instant until, int wake) {
  const auto known = introduce(context, {ticket.address, ticket.server_key, "worker", own}, until - os::boot_now(), wake);
  if (known.why == stopped) return {Joining::stopped, "", "", stopped};
  if (!known.why.empty()) return {known.refused ? Joining::refused : Joining::unreachable, "", "", known.why};
  if (known.role != to_string(Role::worker))
    return {Joining::refused, "", "", fmt::format("this node's key is admitted as {} ({}), not as a worker", known.name, known.role)};
  return {Joining::in, known.name, known.cluster, ""};
}

// A broker that is starting answers at once that it is.
void rest(int wake) {
  zmq::pollitem_t item{nullptr, wake, ZMQ_POLLIN, 0};
  zmq::poll(&item, wake < 0 ? 0 : 1, std::chrono::milliseconds(200));
}

}  // namespace

// Every admitted key may ask who it is; the answer shows that it is.
Introduction introduce(zmq::context_t& context, const Dealer::Settings& door, Duration patience, int wake) {
  JoinEnd end;
  Introduction known;
  Attempt attempt(context, door, Ask{question_id, "key.mine", "{}"});
  const auto message = attempt.answer(os::boot_now() + patience, wake, end);
  const auto* answer = message ? std::get_if<Answer>(&*message) : nullptr;
  if (answer == nullptr || !answer->ok || !answer->json) {
    known.why = answer != nullptr ? answer->error : message ? fmt::format("the broker said '{}'", name_of(*message)) : end.why;
    known.refused = !message && end.how == Joining::refused;
    return known;
  }
  const auto json = nlohmann::json::parse(*answer->json, nullptr, false);
  const auto field = [&](const char* name) {
    const auto place = json.is_object() ? json.find(name) : json.end();
    return place != json.end() && place->is_string() ? place->get<std::string>() : std::string();
  };
  known.name = field("name");
  known.role = field("role");
  known.cluster = field("cluster");
  if (const auto worker = json.find("worker"); json.is_object() && worker != json.end() && worker->is_object()) {
    known.worker_address = worker->value("address", "");
    known.worker_instance = worker->value("instance", "");
  }
  if (json.is_object() && json.contains("micros") && json["micros"].is_number_integer()) known.broker_time = WallTime{Duration{json["micros"].get<std::int64_t>()}};
  return known;
}

JoinEnd join(zmq::context_t& context, const Ticket& ticket, const KeyPair& own, Duration patience, int wake) {
  const Instant until = os::boot_now() + patience;
  while (true) {
    const auto turn = [&] { return std::min(until, os::boot_now() + try_for); };
    bool said = false;
    const JoinEnd first = with_ticket(context, ticket, own, turn(), wake, said);
    if (first.how == Joining::in || first.how == Joining::stopped) return first;
    if (first.how == Joining::refused) {
      const JoinEnd second = with_own_key(context, ticket, own, os::boot_now() + try_for, wake);
      if (second.how == Joining::in || second.how == Joining::stopped) return second;
      if (said || second.how == Joining::refused) return first;
    }
    if (os::boot_now() >= until) return first;
    rest(wake);
  }
}

}  // namespace cadre::net
