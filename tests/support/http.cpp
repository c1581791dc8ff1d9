#include "tests/support/http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "common/os/clock.hpp"

namespace cadre::test {

namespace {

// A connection that is being made: false where it does not come about in time.
bool made(int fd, Duration patience) {
  pollfd item{fd, POLLOUT, 0};
  int trouble = 0;
  socklen_t size = sizeof trouble;
  const auto wait = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(patience).count());
  return ::poll(&item, 1, wait) == 1 && ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &trouble, &size) == 0 && trouble == 0;
}

}  // namespace

Wire::Wire(std::uint16_t port, const std::string& address, Duration patience) {
  const bool six = address.find(':') != std::string::npos;
  fd_ = ::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  sockaddr_in6 there{};
  there.sin6_family = AF_INET6;
  there.sin6_port = htons(port);
  if (six)
    inet_pton(AF_INET6, address.c_str(), &there.sin6_addr);
  else
    inet_pton(AF_INET, address.c_str(), &four.sin_addr);
  const auto* place = six ? reinterpret_cast<const sockaddr*>(&there) : reinterpret_cast<const sockaddr*>(&four);
  const bool at_once = ::connect(fd_, place, six ? sizeof there : sizeof four) == 0;
  connected_ = at_once || (errno == EINPROGRESS && made(fd_, patience));
}

Wire::~Wire() {
  if (fd_ >= 0) ::close(fd_);
}

Wire::Wire(Wire&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}

bool Wire::send(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto sent = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent > 0)
      done += static_cast<std::size_t>(sent);
    else if (errno != EAGAIN || !made(fd_, 1s))
      return false;
  }
  return true;
}

std::optional<std::string> Wire::rest(Duration patience) {
  std::string all;
  const Instant until = os::boot_now() + patience;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - os::boot_now());
    pollfd item{fd_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&item, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    std::array<char, 4096> buffer{};
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Page get(std::uint16_t port, const std::string& path, Duration patience, const std::string& method) {
  Wire wire(port);
  if (!wire.connected() || !wire.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")) return {};
  const auto answer = wire.rest(patience);
  if (!answer || !answer->starts_with("HTTP/1.1 ")) return {};
  const auto end = answer->find("\r\n\r\n");
  return {std::stoi(answer->substr(9, 3)), answer->substr(0, end),
          end == std::string::npos ? "" : answer->substr(end + 4)};
}

}  // namespace cadre::test
