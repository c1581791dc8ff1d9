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

[[noreturn]] void cannot_write(const std::filesystem::path& directory) {
  throw Stop{Exit::no_output, fmt::format("{} cannot be written into: {}; is the disk full?", directory.string(), std::strerror(errno))};
}

// A file without a name: it goes with its descriptor, whatever happens.
os::Descriptor nameless_file(const std::filesystem::path& directory) {
  const auto name = directory / "bench-disk";
  os::Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file || ::unlink(name.c_str()) != 0) cannot_write(directory);
  return file;
}

bool write_whole(const os::Descriptor& file, const std::string& bytes) {
  return ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

double disk_rate(const std::filesystem::path& directory) {
  const os::Descriptor file = nameless_file(directory);
  const std::string piece(mib, 'x');
  const Instant began = os::boot_now();
  for (std::uint64_t written = 0; written < stream_bytes; written += piece.size())
    if (!write_whole(file, piece)) cannot_write(directory);
  if (::fdatasync(file.get()) != 0) cannot_write(directory);
  return static_cast<double>(stream_bytes) / static_cast<double>((os::boot_now() - began).count());
}

SyncProbe::SyncProbe(const std::filesystem::path& directory) : file_(nameless_file(directory)) {
  if (!write_whole(file_, std::string(block, 'x')) || ::fsync(file_.get()) != 0) cannot_write(directory);
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void SyncProbe::run(std::stop_token stop) {
  const std::string bytes(block, 'y');
  std::mutex mutex;
  std::condition_variable_any rung;
  while (!stop.stop_requested()) {
    const Instant began = os::boot_now();
    if (::pwrite(file_.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()) || ::fdatasync(file_.get()) != 0) return;
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

}  // namespace cadre::ctl
