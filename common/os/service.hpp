// What a program tells the service manager that started it (sd_notify(3)): one datagram each to $NOTIFY_SOCKET. Where that is
// not set, nothing. Our own lines, because systemd itself advises against linking its library for this alone.
#pragma once

#include "common/base/time.hpp"

namespace cadre::os {

void notify_service(const char* state);  // READY=1, STOPPING=1, STATUS=...

// "I am alive", from the loop that does the work and from nowhere else: a loop that hangs is ended and started anew. Silent
// where the manager did not ask for it ($WATCHDOG_USEC, or $WATCHDOG_PID is another process).
class Watchdog {
 public:
  Watchdog();
  void alive(Instant now);  // as often as one likes; says it four times per interval

 private:
  Duration every_{};  // 0: nobody asked
  Instant next_{};
};

}  // namespace cadre::os
