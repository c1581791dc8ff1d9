// A node of a network for tests: a network namespace and a host name of its own, with one interface, "net0", whose other end
// is a descriptor of ours: what the node sends is read there, what is written there arrives (a TAP device).
//
// Neither namespace nor interface has a name outside. Whatever becomes of this process, also where it is killed, the kernel
// removes both behind the last process in it and the last descriptor; so nothing can be left behind.
// Throws std::runtime_error where the kernel, or who we are, does not allow it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace cadre::test {

// A descriptor that closes itself.
class Held {
 public:
  Held() = default;
  explicit Held(int fd) : fd_(fd) {}
  Held(Held&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Held& operator=(Held&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Held();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

class Island {
 public:
  // The number, 1 to 254, is the last byte of its addresses.
  Island(std::string name, std::uint8_t number);

  static std::string address(std::uint8_t number);  // of IPv4, the same network for all
  int frames() const { return frames_.get(); }      // nonblocking; one frame of Ethernet per read or write
  static constexpr std::size_t frame_bytes_max = 2048;
  // The last byte of the interface's hardware address is the number; nothing for what goes to all.
  static std::uint8_t number_of(const unsigned char* hardware_address);

  // The calling thread is on that node as long as the object lives, and so is what it starts meanwhile, processes and threads.
  class Visit {
   public:
    explicit Visit(const Island& island);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Held home_network_, home_names_;
  };

 private:
  void settle(const std::string& name, std::uint8_t number);

  Held network_, names_, frames_;
};

}  // namespace cadre::test
