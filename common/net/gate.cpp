#include "common/net/gate.hpp"

#include <array>

#include <zmq.h>

#include "common/log/log.hpp"
#include "common/os/clock.hpp"

namespace cadre::net {

namespace {
constexpr const char* zap_endpoint = "inproc://zeromq.zap.01";
constexpr const char* stop_endpoint = "inproc://cadre.gate.stop";
constexpr std::size_t request_frames = 7;  // version, id, domain, address, identity, "CURVE", key
}  // namespace

Gate::Gate(zmq::context_t& context) : stop_(context, zmq::socket_type::pair) {
  zmq::socket_t handler(context, zmq::socket_type::rep);
  handler.set(zmq::sockopt::linger, 0);
  handler.bind(zap_endpoint);
  stop_.bind(stop_endpoint);
  stop_.set(zmq::sockopt::linger, 0);
  // Connected here, not in the thread: a gate that is closed at once (the port is in use) would find nobody to tell, and
  // wait for ever for its thread.
  zmq::socket_t stop(context, zmq::socket_type::pair);
  stop.connect(stop_endpoint);
  thread_ = std::thread([this, socket = std::move(handler), told = std::move(stop)]() mutable { serve(std::move(socket), std::move(told)); });
}

Gate::~Gate() {
  try {
    stop_.send(zmq::str_buffer("stop"), zmq::send_flags::dontwait);
  } catch (const zmq::error_t&) {
  }
  thread_.join();
}

std::shared_ptr<const Gate::Keys> Gate::keys() const {
  const std::lock_guard guard(mutex_);
  return keys_;
}

void Gate::admit(std::map<std::string, Admitted> keys) {
  auto next = std::make_shared<Keys>(keys.begin(), keys.end());
  const std::lock_guard guard(mutex_);
  keys_ = std::move(next);
}

void Gate::change(const std::string& public_key, std::optional<Admitted> who) {
  const std::lock_guard guard(mutex_);
  auto next = std::make_shared<Keys>(*keys_);
  if (who) next->insert_or_assign(public_key, *who);
  else next->erase(public_key);
  keys_ = std::move(next);
}

std::optional<Admitted> Gate::who(std::string_view user_id) const {
  const auto now = keys();
  const auto place = now->find(user_id);
  if (place == now->end()) return std::nullopt;
  if (place->second.not_after != WallTime{} && os::wall_now() >= place->second.not_after) return std::nullopt;
  return place->second;
}

// Answers always and fast: handshakes wait on it. A refusal is 400, final for that socket: our peers build a new one
// after a while, and are told why (libraries.md 1.11).
void Gate::serve(zmq::socket_t socket, zmq::socket_t stop) {
  try {
    while (true) {
      std::array<zmq::pollitem_t, 2> items{{{socket.handle(), 0, ZMQ_POLLIN, 0}, {stop.handle(), 0, ZMQ_POLLIN, 0}}};
      zmq::poll(items.data(), items.size(), std::chrono::milliseconds(-1));
      if (items[1].revents != 0) return;
      std::vector<std::string> frames;
      do {
        zmq::message_t frame;
        if (!socket.recv(frame)) break;
        frames.push_back(frame.to_string());
      } while (socket.get(zmq::sockopt::rcvmore));
      std::string user_id;
      if (frames.size() == request_frames && frames[5] == "CURVE" && frames[6].size() == 32) {
        std::array<char, 41> text{};
        zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(frames[6].data()), 32);
        if (who(text.data())) user_id = text.data();
      }
      const bool in = !user_id.empty();
      if (!in) {
        ++refused_;
        log::warn("refused_key", {{"address", frames.size() > 3 ? frames[3] : ""}});
      }
      const std::array<std::string, 6> reply{"1.0", frames.size() > 1 ? frames[1] : "", in ? "200" : "400",
                                             in ? "OK" : "not admitted", user_id, ""};
      for (std::size_t i = 0; i < reply.size(); ++i)
        socket.send(zmq::buffer(reply[i]), i + 1 < reply.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  } catch (const zmq::error_t&) {
    alive_ = false;  // new peers are refused from now on: the broker ends and is restarted
  }
}

}  // namespace cadre::net
