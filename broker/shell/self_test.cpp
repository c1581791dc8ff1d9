#include "broker/shell/self_test.hpp"

#include <array>
#include <cstring>

#include "common/net/dealer.hpp"

namespace cadre {

namespace {

// Refused: the monitor says so within two seconds, or (without a key) the handshake just never succeeds.
bool gets_in(zmq::context_t& context, const std::string& endpoint, const std::string& server_key, bool with_key) {
  zmq::socket_t stranger(context, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.set(zmq::sockopt::reconnect_ivl, -1);
  if (with_key) {
    const auto keys = net::make_key_pair();
    stranger.set(zmq::sockopt::curve_serverkey, server_key);
    stranger.set(zmq::sockopt::curve_publickey, keys.public_key);
    stranger.set(zmq::sockopt::curve_secretkey, keys.secret_key);
  }
  const std::string name = with_key ? "inproc://cadre.self.key" : "inproc://cadre.self.null";
  zmq_socket_monitor(stranger.handle(), name.c_str(), ZMQ_EVENT_ALL);
  zmq::socket_t monitor(context, zmq::socket_type::pair);
  monitor.set(zmq::sockopt::linger, 0);
  monitor.set(zmq::sockopt::rcvtimeo, 2000);
  monitor.connect(name);
  stranger.connect(endpoint);
  bool in = false;
  while (true) {
    zmq::message_t event, where;
    if (!monitor.recv(event)) break;
    if (event.more()) (void)monitor.recv(where);
    std::uint16_t kind = 0;
    std::memcpy(&kind, event.data(), sizeof kind);
    if (kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) in = true;
    if (kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED || kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || kind == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
        kind == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || kind == ZMQ_EVENT_DISCONNECTED)
      break;
  }
  zmq_socket_monitor(stranger.handle(), nullptr, 0);
  return in;
}

}  // namespace

std::optional<std::string> self_test(zmq::context_t& context, const std::string& endpoint, const std::string& server_key) {
  try {
    if (gets_in(context, endpoint, server_key, true)) return "self-test: a key that nobody admitted was let in; the broker does not start like this";
    if (gets_in(context, endpoint, server_key, false)) return "self-test: a peer without a key was let in; the broker does not start like this";
  } catch (const zmq::error_t& trouble) {
    return std::string("self-test: ") + trouble.what();
  }
  return std::nullopt;
}

}  // namespace cadre
