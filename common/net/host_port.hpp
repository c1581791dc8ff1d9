// The parts of tcp://HOST:PORT.
#pragma once

#include <optional>
#include <string>

namespace cadre::net {

struct HostPort {
  std::string host;  // an IPv6 address without its brackets
  std::string port;
};
// Nothing where it is another kind of endpoint.
std::optional<HostPort> host_port(const std::string& endpoint);

}  // namespace cadre::net
