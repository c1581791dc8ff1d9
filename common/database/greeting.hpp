// Whether a MariaDB really answers at an address: a connection by TCP, and the first packet that it sends by itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace cadre::db {

// What that packet is: the server's version ("10.11.19-MariaDB"), or the sentence with which it turns our address away, which
// proves as well that it listens there. An error: no packet of MariaDB's. Pure.
struct Greeting {
  std::string version;
  std::string refusal;
};
Result<Greeting> read_greeting(std::string_view packet);

// `address` in numbers, IPv4 or IPv6. `patience` for the connection and for the packet, each.
Result<Greeting> greeting_of(const std::string& address, std::uint16_t port, Duration patience);

}  // namespace cadre::db
