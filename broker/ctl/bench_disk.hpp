// What the disk below a directory does, whoever uses it: a benchmark is to say how much of a figure is the disk's.
#pragma once

#include <filesystem>
#include <thread>

#include "common/base/time.hpp"
#include "common/os/descriptor.hpp"

namespace cadre::ctl {

// What it takes in one stream, synced once at the end; MB/s.
double disk_rate(const std::filesystem::path& directory);

// Syncs 4 KiB that lie in a file already, 50 times a second, from here to `longest`: as a redo log does, and so rarely that
// others hardly notice.
class SyncProbe {
 public:
  explicit SyncProbe(const std::filesystem::path& directory);
  SyncProbe(const SyncProbe&) = delete;  // its thread knows where it stands
  SyncProbe& operator=(const SyncProbe&) = delete;

  // Ends the probe. Jobs cannot be faster than the disk when it stands still for so long.
  Duration longest();

 private:
  void run(std::stop_token stop);

  os::Descriptor file_;
  Duration longest_{};
  std::jthread thread_;  // the last member: it ends before what it uses
};

}  // namespace cadre::ctl
