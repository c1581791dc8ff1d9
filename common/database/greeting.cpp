#include "common/database/greeting.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace cadre::db {

namespace {

constexpr std::size_t header_bytes = 4;       // three of length, one of sequence
constexpr std::uint8_t protocol_version = 10, error_packet = 0xff;
constexpr std::string_view replication_mark = "5.5.5-";  // before MariaDB's own version, for old clients

std::string connected(int fd, const std::string& address, std::uint16_t port) {
  sockaddr_in four{};
  sockaddr_in6 six{};
  four.sin_family = AF_INET;
  six.sin6_family = AF_INET6;
  four.sin_port = six.sin6_port = htons(port);
  const bool is_four = inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1;
  if (!is_four) inet_pton(AF_INET6, address.c_str(), &six.sin6_addr);
  const auto* to = is_four ? reinterpret_cast<const sockaddr*>(&four) : reinterpret_cast<const sockaddr*>(&six);
  if (::connect(fd, to, is_four ? sizeof four : sizeof six) == 0) return "";
  return errno == EINPROGRESS ? "no answer in time" : std::strerror(errno);
}

std::string first_packet(int fd) {
  std::string packet;
  std::array<char, 1024> buffer{};
  for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
    packet.append(buffer.data(), static_cast<std::size_t>(n));
    if (packet.size() < header_bytes) continue;
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(packet[i])); };
    if (packet.size() >= header_bytes + byte(0) + (byte(1) << 8) + (byte(2) << 16)) break;
  }
  return packet;
}

}  // namespace

Result<Greeting> read_greeting(std::string_view packet) {
  if (packet.empty()) return Error{"it was connected, and nothing came"};
  const auto first = packet.size() > header_bytes ? static_cast<std::uint8_t>(packet[header_bytes]) : 0;
  const auto rest = packet.substr(std::min(packet.size(), header_bytes + 1));
  if (first == error_packet && rest.size() > 2) return Greeting{"", std::string(rest.substr(2))};
  if (first != protocol_version || rest.find('\0') == std::string_view::npos) return Error{"what answers there is no MariaDB"};
  auto version = rest.substr(0, rest.find('\0'));
  if (version.starts_with(replication_mark)) version.remove_prefix(replication_mark.size());
  return Greeting{std::string(version), ""};
}

Result<Greeting> greeting_of(const std::string& address, std::uint16_t port, Duration patience) {
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error{std::strerror(errno)};
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
  const timeval bound{micros / 1'000'000, micros % 1'000'000};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);  // of connect(), too
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  const std::string trouble = connected(fd, address, port);
  const std::string packet = trouble.empty() ? first_packet(fd) : "";
  ::close(fd);
  if (!trouble.empty()) return Error{trouble};
  return read_greeting(packet);
}

}  // namespace cadre::db
