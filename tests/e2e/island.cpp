#include "tests/e2e/island.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "common/base/assert.hpp"

namespace cadre::test {

namespace {

constexpr const char* interface = "net0";
constexpr unsigned char hardware_prefix[] = {0x02, 0xca, 0xd3, 0, 0};  // 02: given by hand, not by a maker

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno))); }

Held opened(const char* path, int flags) {
  Held file(open(path, flags | O_CLOEXEC));
  if (file.get() < 0) fail(path);
  return file;
}

void set(int socket, unsigned long what, ifreq request, const char* wanted) {
  if (ioctl(socket, what, &request) != 0) fail(fmt::format("{} of {}", wanted, request.ifr_name));
}

ifreq request_for(const char* name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return request;
}

ifreq with_address(const char* name, const std::string& text) {
  ifreq request = request_for(name);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  CADRE_ASSERT(inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  return request;
}

void bring_up(int socket, const char* name) {
  ifreq request = request_for(name);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  set(socket, SIOCSIFFLAGS, request, "bringing up");
}

}  // namespace

Held::~Held() {
  if (fd_ >= 0) close(fd_);
}

std::string Island::address(std::uint8_t number) { return fmt::format("10.77.0.{}", number); }

std::uint8_t Island::number_of(const unsigned char* hardware_address) {
  return std::memcmp(hardware_address, hardware_prefix, sizeof hardware_prefix) == 0 ? hardware_address[sizeof hardware_prefix] : 0;
}

// In a thread that ends there: whoever leaves a namespace for a new one does not easily come back.
Island::Island(std::string name, std::uint8_t number) {
  std::exception_ptr trouble;
  std::thread([&] {
    try {
      settle(name, number);
    } catch (...) {
      trouble = std::current_exception();
    }
  }).join();
  if (trouble) std::rethrow_exception(trouble);
}

void Island::settle(const std::string& name, std::uint8_t number) {
  if (unshare(CLONE_NEWNET | CLONE_NEWUTS) != 0) fail("a network namespace");
  network_ = opened("/proc/thread-self/ns/net", O_RDONLY);
  names_ = opened("/proc/thread-self/ns/uts", O_RDONLY);
  if (sethostname(name.data(), name.size()) != 0) fail("the host name " + name);
  frames_ = opened("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq tap = request_for(interface);
  tap.ifr_flags = IFF_TAP | IFF_NO_PI;
  set(frames_.get(), TUNSETIFF, tap, "a TAP device in place");
  const Held socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) fail("a socket");
  ifreq hardware = request_for(interface);
  hardware.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(hardware.ifr_hwaddr.sa_data, hardware_prefix, sizeof hardware_prefix);
  hardware.ifr_hwaddr.sa_data[sizeof hardware_prefix] = static_cast<char>(number);
  set(socket.get(), SIOCSIFHWADDR, hardware, "the hardware address");
  set(socket.get(), SIOCSIFADDR, with_address(interface, address(number)), "the address");
  set(socket.get(), SIOCSIFNETMASK, with_address(interface, "255.255.255.0"), "the netmask");
  bring_up(socket.get(), interface);
  bring_up(socket.get(), "lo");
}

Island::Visit::Visit(const Island& island) : home_network_(opened("/proc/thread-self/ns/net", O_RDONLY)), home_names_(opened("/proc/thread-self/ns/uts", O_RDONLY)) {
  if (setns(island.network_.get(), CLONE_NEWNET) != 0) fail("entering a network namespace");
  if (setns(island.names_.get(), CLONE_NEWUTS) != 0) fail("entering a namespace of names");
}

Island::Visit::~Visit() {
  CADRE_ASSERT(setns(home_network_.get(), CLONE_NEWNET) == 0);
  CADRE_ASSERT(setns(home_names_.get(), CLONE_NEWUTS) == 0);
}

}  // namespace cadre::test
