// The broker's socket. Options are set once, here, with the reasons (libraries.md 1e, guarantees.md Z1 to Z6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/result.hpp"
#include "common/net/keys.hpp"
#include "common/protocol/codec.hpp"

namespace cadre::net {

// What came in: whole, bounded, from a connection whose key was admitted.
struct Incoming {
  PeerId from;
  std::string user_id;  // the public key of the connection
  std::string address;
  zmq::message_t header;
  zmq::message_t payload;
  bool malformed = false;  // too many frames, or a routing id of its own choosing
};

class Router {
 public:
  struct Settings {
    std::vector<std::string> listen;  // tcp://ADDRESS:PORT, ipc://PATH
    std::optional<KeyPair> keys;      // none: no CURVE; only for ipc and loopback, only when asked for
    std::size_t payload_max = limits::payload_bytes_default;
  };
  static Result<Router> open(zmq::context_t& context, const Settings& settings);

  std::optional<Incoming> receive();  // never blocks
  enum class Sent : std::uint8_t { yes, full, gone };
  Sent send(PeerId to, const Frames& frames);  // never blocks
  void* handle() { return socket_.handle(); }
  const std::vector<std::string>& endpoints() const { return endpoints_; }  // as bound: a port * is a number here

 private:
  explicit Router(zmq::socket_t socket) : socket_(std::move(socket)) {}
  zmq::socket_t socket_;
  std::vector<std::string> endpoints_;
};

// Bytes that one frame may have where one payload may have `payload_max`.
std::int64_t frame_bytes_max(std::size_t payload_max);

}  // namespace cadre::net
