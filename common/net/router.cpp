#include "common/net/router.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/loopback.hpp"
#include "common/net/host_port.hpp"
#include "common/net/keepalive.hpp"

namespace cadre::net {

namespace {

constexpr int zap_enforce_domain = 93;  // ZMQ_ZAP_ENFORCE_DOMAIN: a draft by name, present by number in Debian's build
constexpr const char* domain = "cadre";

void set_options(zmq::socket_t& socket, const Router::Settings& settings) {
  socket.set(zmq::sockopt::router_mandatory, 1);   // tell us of peers that are gone or full, do not drop silently
  socket.set(zmq::sockopt::router_handover, 0);    // nobody takes over another's routing id
  socket.set(zmq::sockopt::linger, 500);
  socket.set(zmq::sockopt::sndhwm, 1000);
  socket.set(zmq::sockopt::rcvhwm, 1000);
  socket.set(zmq::sockopt::maxmsgsize, frame_bytes_max(settings.payload_max));
  socket.set(zmq::sockopt::backlog, 4096);         // a restart brings everybody at once
  socket.set(zmq::sockopt::handshake_ivl, 3000);
  set_keepalive(socket);
  if (!settings.keys) return;
  socket.set(zmq::sockopt::curve_server, 1);
  socket.set(zmq::sockopt::curve_secretkey, settings.keys->secret_key);
  socket.set(zmq::sockopt::zap_domain, domain);
  const int enforce = 1;
  if (zmq_setsockopt(socket.handle(), zap_enforce_domain, &enforce, sizeof enforce) != 0) throw zmq::error_t();
  int enforced = 0;
  std::size_t size = sizeof enforced;
  if (zmq_getsockopt(socket.handle(), zap_enforce_domain, &enforced, &size) != 0 || enforced != 1) throw zmq::error_t();
}

bool is_local(const std::string& endpoint) {
  if (endpoint.starts_with("ipc://")) return true;
  const auto place = host_port(endpoint);
  return place && is_loopback(place->host).value_or(false);
}

}  // namespace

std::int64_t frame_bytes_max(std::size_t payload_max) {
  const std::size_t one = payload_max + limits::params_bytes_max + limits::files_max * 100;
  return static_cast<std::int64_t>(std::max(one, limits::message_payload_bytes + limits::params_bytes_max));
}

Result<Router> Router::open(zmq::context_t& context, const Settings& settings) {
  try {
    Router router(zmq::socket_t(context, zmq::socket_type::router));
    set_options(router.socket_, settings);
    for (const auto& endpoint : settings.listen) {
      if (!settings.keys && !is_local(endpoint))
        return Error{fmt::format("{}: without keys the broker listens on loopback and ipc only", endpoint)};
      try {
        router.socket_.bind(endpoint);
      } catch (const zmq::error_t& trouble) {
        return Error{fmt::format("cannot listen on {}: {}; is another broker running, or is the address not of this host?",
                                 endpoint, trouble.what())};
      }
      router.endpoints_.push_back(router.socket_.get(zmq::sockopt::last_endpoint));
    }
    return router;
  } catch (const zmq::error_t& trouble) {
    return Error{fmt::format("the broker's socket cannot be made: {}", trouble.what())};
  }
}

std::optional<Incoming> Router::receive() {
  try {
    zmq::message_t id;
    if (!socket_.recv(id, zmq::recv_flags::dontwait)) return std::nullopt;
    Incoming in;
    // An id that libzmq made is 0 and 32 bits; our peers choose none, and whoever does is not one of ours.
    in.malformed = id.size() != 5 || static_cast<const char*>(id.data())[0] != 0;
    if (!in.malformed) {
      const auto* bytes = static_cast<const unsigned char*>(id.data());
      for (int i = 1; i < 5; ++i) in.from.value = in.from.value << 8 | bytes[i];
    }
    std::size_t frames = 0;
    bool more = id.more();
    while (more) {
      zmq::message_t frame;
      if (!socket_.recv(frame, zmq::recv_flags::dontwait)) break;
      more = frame.more();
      if (++frames > limits::frames_max) in.malformed = true;
      else (frames == 1 ? in.header : in.payload) = std::move(frame);
    }
    if (frames == 0) in.malformed = true;
    // From the body: after a poll the id frame has lost it (libraries.md 1.6).
    if (const char* user = zmq_msg_gets(in.header.handle(), "User-Id"); user != nullptr) in.user_id = user;
    if (const char* address = zmq_msg_gets(in.header.handle(), "Peer-Address"); address != nullptr) in.address = address;
    return in;
  } catch (const zmq::error_t&) {
    return std::nullopt;
  }
}

Router::Sent Router::send(PeerId to, const Frames& frames) {
  unsigned char id[5] = {0};
  for (int i = 0; i < 4; ++i) id[4 - i] = static_cast<unsigned char>(to.value >> (8 * i));
  try {
    if (!socket_.send(zmq::buffer(id, sizeof id), zmq::send_flags::sndmore | zmq::send_flags::dontwait)) return Sent::full;
    const bool more = !frames.payload.empty();
    // The first frame was taken, so the rest of the message is too.
    socket_.send(zmq::buffer(frames.header), more ? zmq::send_flags::sndmore | zmq::send_flags::dontwait : zmq::send_flags::dontwait);
    if (more) socket_.send(zmq::buffer(frames.payload), zmq::send_flags::dontwait);
    return Sent::yes;
  } catch (const zmq::error_t&) {
    return Sent::gone;  // EHOSTUNREACH: no such connection (any more)
  }
}

}  // namespace cadre::net
