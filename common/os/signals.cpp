#include "common/os/signals.hpp"

#include <csignal>
#include <cstdint>

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/assert.hpp"

namespace cadre::os {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  CADRE_ASSERT(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  std::signal(SIGPIPE, SIG_IGN);
  fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  CADRE_ASSERT(fd_ >= 0);
}

Signals::~Signals() { close(fd_); }

std::optional<int> Signals::next() {
  signalfd_siginfo info{};
  if (read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

Signals::Told Signals::take() {
  Told told;
  while (const auto signal = next()) {
    told.stop = told.stop || *signal == SIGTERM || *signal == SIGINT;
    told.reload = told.reload || *signal == SIGHUP;
  }
  return told;
}

Bell::Bell() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { CADRE_ASSERT(fd_ >= 0); }
Bell::~Bell() { close(fd_); }

void Bell::ring() const {
  const std::uint64_t one = 1;
  if (write(fd_, &one, sizeof one) < 0) {}  // full means that it rings already
}

void Bell::silence() const {
  std::uint64_t count = 0;
  if (read(fd_, &count, sizeof count) < 0) {}  // it did not ring
}

}  // namespace cadre::os
