// cadre-guard MARK: waits until its standard input ends, that is, until the worker that holds the other end of the pipe
// is gone, and then kills every process that carries the worker's mark. The leaders of engine processes die by
// themselves then (PR_SET_PDEATHSIG); this is for what they had started. It does nothing else, and needs nothing.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "worker/engine/tree_keeper.hpp"

int main(int count, char** arguments) {
  if (count != 2 || arguments[1][0] == 0) {
    std::fputs("usage: cadre-guard MARK (started by cadre-worker)\n", stderr);
    return 64;
  }
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) std::signal(signal, SIG_IGN);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  cadre::engine::kill_marked(arguments[1]);
  return 0;
}
