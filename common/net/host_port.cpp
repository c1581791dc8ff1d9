#include "common/net/host_port.hpp"

namespace cadre::net {

std::optional<HostPort> host_port(const std::string& endpoint) {
  if (!endpoint.starts_with("tcp://")) return std::nullopt;
  const auto colon = endpoint.rfind(':');
  if (colon < 6) return std::nullopt;
  std::string host = endpoint.substr(6, colon - 6);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return HostPort{host, endpoint.substr(colon + 1)};
}

}  // namespace cadre::net
