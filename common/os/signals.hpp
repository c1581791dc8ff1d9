// Signals as something to poll: blocked in every thread (call block() before the first), read from one descriptor.
#pragma once

#include <optional>

namespace cadre::os {

class Signals {
 public:
  Signals();  // SIGTERM, SIGINT, SIGHUP, SIGUSR1; SIGPIPE is ignored
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  int fd() const { return fd_; }
  std::optional<int> next();
  struct Told {
    bool stop = false;    // SIGTERM or SIGINT
    bool reload = false;  // SIGHUP
  };
  Told take();  // all that came
  bool told_to_stop() { return take().stop; }

 private:
  int fd_ = -1;
};

// An eventfd: one thread tells another that something is there.
class Bell {
 public:
  Bell();
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  int fd() const { return fd_; }
  void ring() const;
  void silence() const;

 private:
  int fd_ = -1;
};

}  // namespace cadre::os
