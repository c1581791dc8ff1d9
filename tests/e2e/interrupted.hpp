// A command that is killed in its middle, at a word of its own and not by a clock.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace cadre::test {

// Ends the command with SIGKILL when a line of its standard error begins with `words`; false: it came to its end, and
// well.
inline bool interrupted(const std::string& command, std::string_view words) {
  int pipe[2];
  EXPECT_EQ(::pipe(pipe), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    ::close(pipe[0]);
    ::execl("/bin/sh", "sh", "-c", ("exec " + command + " >/dev/null").c_str(), nullptr);
    ::_exit(127);
  }
  ::close(pipe[1]);
  FILE* told = ::fdopen(pipe[0], "r");
  char text[4096];
  bool killed = false;
  while (!killed && ::fgets(text, sizeof text, told) != nullptr)
    if (std::string_view(text).starts_with(words)) killed = ::kill(pid, SIGKILL) == 0;
  ::fclose(told);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << text;
  return killed;
}

}  // namespace cadre::test
