#include "broker/ctl/interrupt.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>

#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

namespace {

std::atomic<const char*> last_words{nullptr};
static_assert(std::atomic<const char*>::is_always_lock_free);

// Only what may be called in a signal handler.
void handle(int) {
  const char* text = last_words;
  if (text != nullptr) {
    ssize_t ignored = write(STDERR_FILENO, "\n", 1);
    ignored = write(STDERR_FILENO, text, std::strlen(text));
    ignored = write(STDERR_FILENO, "\n", 1);
    static_cast<void>(ignored);
  }
  _exit(static_cast<int>(Exit::interrupted));
}

}  // namespace

void on_interrupt(const char* text) {
  last_words = text;
  struct sigaction action {};
  action.sa_handler = handle;
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace cadre::ctl
