#include "broker/ctl/bench_disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "broker/ctl/stop.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t stream_bytes = std::uint64_t{1} << 30;
constexpr std::size_t mib = std::size_t{1} << 20, block = 4096;
constexpr auto probe_every = std::chrono::milliseconds(20);

[[noreturn]] void cannot_write(const std::filesystem::path& file) {
  throw Stop{Exit::no_output, fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno))};
}

bool write_whole(int fd, const std::string& bytes) { return ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()); }

}  // namespace

double disk_rate(const std::filesystem::path& directory) {
  const auto file = directory / "disk-rate";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) cannot_write(file);
  const std::string piece(mib, 'x');
  const Instant began = os::boot_now();
  bool good = true;
  for (std::uint64_t written = 0; written < stream_bytes && good; written += piece.size()) good = write_whole(fd, piece);
  good = ::fdatasync(fd) == 0 && good;
  const Duration took = os::boot_now() - began;
  if (!good) cannot_write(file);
  ::close(fd);
  std::filesystem::remove(file);
  return static_cast<double>(stream_bytes) / static_cast<double>(took.count());
}

SyncProbe::SyncProbe(const std::filesystem::path& directory) : file_(directory / "sync-probe") {
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd_ < 0 || !write_whole(fd_, std::string(block, 'x')) || ::fsync(fd_) != 0) cannot_write(file_);
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void SyncProbe::run(std::stop_token stop) {
  const std::string bytes(block, 'y');
  std::mutex mutex;
  std::condition_variable_any rung;
  while (!stop.stop_requested()) {
    const Instant began = os::boot_now();
    if (::pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()) || ::fdatasync(fd_) != 0) return;
    longest_ = std::max(longest_, os::boot_now() - began);
    std::unique_lock lock(mutex);
    rung.wait_for(lock, stop, probe_every, [] { return false; });  // until it is stopped, at most so long
  }
}

Duration SyncProbe::longest() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  return longest_;
}

SyncProbe::~SyncProbe() {
  (void)longest();
  ::close(fd_);
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

}  // namespace cadre::ctl
