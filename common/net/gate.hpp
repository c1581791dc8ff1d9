// The gate: the ZAP handler that lets in admitted keys only, and knows by which name and role. It must be up before the
// first socket is bound (guarantees.md Z1). One per context, in a thread of its own.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <zmq.hpp>

#include "common/protocol/message.hpp"

namespace cadre::net {

struct Admitted {
  std::string name;
  Role role = Role::client;
  WallTime not_after{};  // a ticket's: from then on as if it were revoked. 0: for good
};

class Gate {
 public:
  explicit Gate(zmq::context_t& context);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Replaces the list: public key (Z85) -> who. Living connections are not cut: their messages are looked up again.
  void admit(std::map<std::string, Admitted> keys);
  void change(const std::string& public_key, std::optional<Admitted> who);
  // Who a User-Id is now; nothing where its key has been revoked. The User-Id is the public key.
  std::optional<Admitted> who(std::string_view user_id) const;
  std::uint64_t refused() const { return refused_; }
  bool alive() const { return alive_; }

 private:
  using Keys = std::map<std::string, Admitted, std::less<>>;
  std::shared_ptr<const Keys> keys() const;
  void serve(zmq::socket_t socket, zmq::socket_t stop);

  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_ = std::make_shared<Keys>();
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<bool> alive_ = true;
  std::thread thread_;
  zmq::socket_t stop_;
};

}  // namespace cadre::net
