#include "common/net/dealer.hpp"

#include <atomic>
#include <cstring>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/net/host_port.hpp"
#include "common/net/keepalive.hpp"
#include "common/net/router.hpp"

namespace cadre::net {

namespace {

std::atomic<unsigned> monitors = 0;

// The first step that fails on the way to a listening port, or nothing.
std::optional<std::string> try_tcp(const HostPort& to) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(to.host.c_str(), to.port.c_str(), &hints, &found); error != 0)
    return fmt::format("name: '{}' cannot be resolved: {}", to.host, gai_strerror(error));
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int error = 0;
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) error = errno;
  if (error == EINPROGRESS) {
    pollfd item{fd, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (poll(&item, 1, 1000) == 0) error = ETIMEDOUT;
    else getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  close(fd);
  freeaddrinfo(found);
  if (error == 0) return std::nullopt;
  return fmt::format("TCP: {} port {}: {}; is the broker running there, and is the port open in the firewall?", to.host,
                     to.port, strerror(error));
}

}  // namespace

Result<Dealer> Dealer::open(zmq::context_t& context, const Settings& settings) {
  Dealer dealer(context, settings);
  try {
    dealer.connect();
  } catch (const zmq::error_t& trouble) {
    return Error{fmt::format("{}: cannot be used as the broker's address: {}", settings.address, trouble.what())};
  }
  return dealer;
}

void Dealer::connect() {
  socket_ = zmq::socket_t(*context_, zmq::socket_type::dealer);
  socket_.set(zmq::sockopt::linger, 1000);
  socket_.set(zmq::sockopt::immediate, 1);             // nothing is queued for nobody
  socket_.set(zmq::sockopt::sndhwm, 1000);
  socket_.set(zmq::sockopt::rcvhwm, 1000);
  socket_.set(zmq::sockopt::maxmsgsize, frame_bytes_max(settings_.payload_max));
  socket_.set(zmq::sockopt::reconnect_ivl, 100 + std::rand() % 200);  // seeded in main: a herd comes back spread out
  socket_.set(zmq::sockopt::reconnect_ivl_max, 5000);
  socket_.set(zmq::sockopt::handshake_ivl, 5000);
  socket_.set(zmq::sockopt::connect_timeout, 5000);
  set_keepalive(socket_);
  if (!settings_.server_key.empty() && settings_.keys) {
    socket_.set(zmq::sockopt::curve_serverkey, settings_.server_key);
    socket_.set(zmq::sockopt::curve_publickey, settings_.keys->public_key);
    socket_.set(zmq::sockopt::curve_secretkey, settings_.keys->secret_key);
  }
  const std::string watch = fmt::format("inproc://cadre.dealer.{}", monitors++);
  constexpr int events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                         ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                         ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
  zmq_socket_monitor(socket_.handle(), watch.c_str(), events);
  monitor_ = zmq::socket_t(*context_, zmq::socket_type::pair);
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.connect(watch);
  socket_.connect(settings_.address);
  seen_ = Seen::nothing;
}

void Dealer::rebuild() {
  look();
  const Seen before = seen_;
  socket_.set(zmq::sockopt::linger, 0);
  zmq_socket_monitor(socket_.handle(), nullptr, 0);
  monitor_.close();
  socket_.close();
  connect();
  if (before != Seen::in) seen_ = before;  // until the new connection knows better
}

void Dealer::change_keys(KeyPair keys) {
  settings_.keys = std::move(keys);
  rebuild();
}

std::optional<Dealer::Incoming> Dealer::receive() {
  try {
    Incoming in;
    if (!socket_.recv(in.header, zmq::recv_flags::dontwait)) return std::nullopt;
    bool more = in.header.more();
    for (std::size_t frames = 1; more; ++frames) {
      zmq::message_t frame;
      if (!socket_.recv(frame, zmq::recv_flags::dontwait)) break;
      more = frame.more();
      if (frames == 1) in.payload = std::move(frame);
    }
    return in;
  } catch (const zmq::error_t&) {
    return std::nullopt;
  }
}

bool Dealer::send(const Frames& frames) {
  try {
    const bool more = !frames.payload.empty();
    if (!socket_.send(zmq::buffer(frames.header), more ? zmq::send_flags::sndmore | zmq::send_flags::dontwait : zmq::send_flags::dontwait))
      return false;
    if (more) socket_.send(zmq::buffer(frames.payload), zmq::send_flags::dontwait);
    return true;
  } catch (const zmq::error_t&) {
    return false;
  }
}

void Dealer::look() {
  try {
    zmq::message_t event, endpoint;
    while (monitor_.recv(event, zmq::recv_flags::dontwait)) {
      if (event.more() && !monitor_.recv(endpoint, zmq::recv_flags::dontwait)) break;
      std::uint16_t kind = 0;
      std::memcpy(&kind, event.data(), std::min(event.size(), sizeof kind));
      switch (kind) {
        case ZMQ_EVENT_CONNECTED: if (seen_ == Seen::nothing) seen_ = Seen::connected; break;
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: seen_ = Seen::in; break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: seen_ = Seen::refused_key; break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: seen_ = Seen::handshake_failed; break;
        case ZMQ_EVENT_DISCONNECTED: if (seen_ != Seen::refused_key) seen_ = seen_ == Seen::in ? Seen::nothing : Seen::closed; break;
        default: break;
      }
    }
  } catch (const zmq::error_t&) {
  }
}

std::string Dealer::diagnose() const {
  const std::string own = settings_.keys ? settings_.keys->public_key : "";
  if (seen_ == Seen::refused_key)
    return fmt::format("own key: {} knows the cluster's door, but our key {} is not admitted (or was revoked); on the master: "
                       "cadre key admit NAME --role {} --key '{}'", settings_.address, own, settings_.role, own);
  if (const auto to = host_port(settings_.address))
    if (auto step = try_tcp(*to)) return *step;
  switch (seen_) {
    case Seen::in: return "the broker let us in but does not answer; it may be starting, or waiting for its database or seat";
    case Seen::closed:
    case Seen::handshake_failed:
      return fmt::format("server key: {} answers, but not as the broker whose public key we have ({}); compare it with the "
                         "broker's server key", settings_.address, settings_.server_key);
    default: return fmt::format("{} does not answer yet", settings_.address);
  }
}

}  // namespace cadre::net
