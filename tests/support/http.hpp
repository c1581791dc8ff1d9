// A bare HTTP client for tests: what a browser would never send can be sent, and a server that does not answer is seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/time.hpp"

namespace cadre::test {

// A TCP connection to 127.0.0.1 (or [::1]).
class Wire {
 public:
  // On loopback a connection is made at once, or the server's places and its queue are taken.
  explicit Wire(std::uint16_t port, const std::string& address = "127.0.0.1", Duration patience = 5s);
  ~Wire();
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&&) = delete;

  bool connected() const { return connected_; }
  bool send(const std::string& bytes);  // false: the other side has gone, or takes nothing for a second
  // Everything until the other side closes; nothing where it has not within the time.
  std::optional<std::string> rest(Duration patience);

 private:
  int fd_ = -1;
  bool connected_ = false;
};

struct Page {
  int code = 0;  // 0: no answer
  std::string head, body;
};
Page get(std::uint16_t port, const std::string& path, Duration patience = 5s, const std::string& method = "GET");

}  // namespace cadre::test
