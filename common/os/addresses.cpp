#include "common/os/addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace cadre::os {

namespace {

bool may_bind(int family, const sockaddr* address, socklen_t size) {
  const int fd = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool bound = fd >= 0 && ::bind(fd, address, size) == 0;
  if (fd >= 0) ::close(fd);
  return bound;
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(), text.size());
  const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
  if (address->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)) ::inet_ntop(AF_INET6, &six->sin6_addr, text.data(), text.size());
  return text.data();
}

}  // namespace

std::vector<std::string> own_addresses() {
  std::vector<std::string> four, six;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_UP) == 0) continue;
    const std::string text = text_of(one->ifa_addr);
    if (!text.empty()) (one->ifa_addr->sa_family == AF_INET ? four : six).push_back(text);
  }
  ::freeifaddrs(all);
  four.insert(four.end(), six.begin(), six.end());
  return four;
}

bool is_own_address(const std::string& address) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  if (::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) return may_bind(AF_INET, reinterpret_cast<const sockaddr*>(&four), sizeof four);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  return ::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1 && may_bind(AF_INET6, reinterpret_cast<const sockaddr*>(&six), sizeof six);
}

}  // namespace cadre::os
