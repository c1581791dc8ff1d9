// Removes a directory when we are gone, however we went: also after Ctrl-C and after kill -9.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace cadre::ctl {

class Sweeper {
 public:
  // Make it before the first thread: it is a fork of this process.
  explicit Sweeper(const std::filesystem::path& directory);
  ~Sweeper();  // it removes the directory now; waits for that
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  pid_t pid_ = -1;
  int line_ = -1;  // nothing is written to it: its end is the signal
};

}  // namespace cadre::ctl
