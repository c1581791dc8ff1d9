// The socket of workers and clients, and why it does not get in when it does not.
#pragma once

#include <optional>
#include <string>

#include <zmq.hpp>

#include "common/base/result.hpp"
#include "common/net/keys.hpp"
#include "common/protocol/codec.hpp"

namespace cadre::net {

class Dealer {
 public:
  struct Settings {
    std::string address;             // tcp://HOST:PORT or ipc://PATH
    std::string server_key;          // the broker's public key; empty: no CURVE
    std::string role = "client";     // as what our key is to be admitted: for the sentence that says how
    std::optional<KeyPair> keys;
    std::size_t payload_max = limits::payload_bytes_ceiling;
  };
  static Result<Dealer> open(zmq::context_t& context, const Settings& settings);
  Dealer(Dealer&&) = default;
  Dealer& operator=(Dealer&&) = default;

  struct Incoming {
    zmq::message_t header;
    zmq::message_t payload;
  };
  std::optional<Incoming> receive();  // never blocks
  bool send(const Frames& frames);    // never blocks; false: not connected, or full
  void rebuild();                     // a new connection: names are resolved again, old messages forgotten
  void change_keys(KeyPair keys);     // and a new connection, with these
  void* handle() { return socket_.handle(); }

  // Call now and then: what happened to the connection.
  void look();
  bool refused() const { return seen_ == Seen::refused_key; }  // after look(): our key is not admitted
  // One sentence: which step fails - name, TCP, server key, own key - as far as it is known. Blocks up to a second.
  std::string diagnose() const;

 private:
  Dealer(zmq::context_t& context, Settings settings) : context_(&context), settings_(std::move(settings)) {}
  void connect();

  enum class Seen : std::uint8_t { nothing, connected, refused_key, closed, handshake_failed, in };
  zmq::context_t* context_;
  Settings settings_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  Seen seen_ = Seen::nothing;
};

}  // namespace cadre::net
