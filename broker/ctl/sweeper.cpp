#include "broker/ctl/sweeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace cadre::ctl {

namespace {

constexpr int tries = 100;        // those who still write there are being killed by the kernel in this moment
constexpr int try_again_ms = 50;

[[noreturn]] void sweep(int line, const std::filesystem::path& directory) {
  setsid();  // Ctrl-C is not for us
  char nothing = 0;
  while (read(line, &nothing, 1) < 0 && errno == EINTR) {
  }
  std::error_code error;
  for (int left = tries; left > 0; --left) {
    std::filesystem::remove_all(directory, error);
    if (!std::filesystem::exists(directory, error)) break;
    poll(nullptr, 0, try_again_ms);
  }
  _exit(0);
}

}  // namespace

Sweeper::Sweeper(const std::filesystem::path& directory) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;  // then nobody sweeps after a kill -9; the next private server does
  pid_ = fork();
  if (pid_ == 0) {
    close(ends[1]);
    sweep(ends[0], directory);
  }
  close(ends[0]);
  line_ = ends[1];
}

Sweeper::~Sweeper() {
  if (line_ >= 0) close(line_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

}  // namespace cadre::ctl
