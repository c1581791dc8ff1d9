#include "broker/ctl/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/ctl/output.hpp"
#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

namespace {

constexpr std::uint64_t text_bytes_max = 1u << 20;

struct Descriptor {
  explicit Descriptor(int number) : fd(number) {}
  ~Descriptor() {
    if (fd > STDERR_FILENO) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

// One byte more than allowed is read, so that too much is noticed.
Bytes read_all(int fd, const std::string& name, std::uint64_t bytes_max) {
  Bytes bytes;
  char buffer[1 << 16];
  while (bytes.size() <= bytes_max) {
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw Stop{Exit::no_input, fmt::format("{}: cannot be read: {}", name, std::strerror(errno))};
    if (size == 0) break;
    bytes.append(buffer, static_cast<std::size_t>(size));
  }
  return bytes;
}

int open_input(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Stop{Exit::no_input, fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno))};
  return fd;
}

}  // namespace

void check_input(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0)
    throw Stop{Exit::no_input, fmt::format("{}: {}; nothing was submitted", file.string(), std::strerror(errno))};
  if (S_ISDIR(info.st_mode))
    throw Stop{Exit::no_input,
               fmt::format("{}: is a directory, a file was wanted; nothing was submitted", file.string())};
}

std::string too_large(const std::string& what, std::uint64_t bytes, std::uint64_t bytes_max) {
  return fmt::format(
      "{}: a payload of {} is over this cluster's limit of {} (policy.payload_max on the master)\n"
      "  put the file on a share that all nodes see and add --by-path: the job then gets its absolute path",
      what, bytes_for_people(bytes), bytes_for_people(bytes_max));
}

Bytes read_payload(const std::filesystem::path& file, std::uint64_t bytes_max) {
  const bool standard = file == "-";
  const std::string name = standard ? "standard input" : file.string();
  const Descriptor source(standard ? STDIN_FILENO : open_input(file));
  struct stat info {};
  if (::fstat(source.fd, &info) == 0 && S_ISREG(info.st_mode) && !standard &&
      static_cast<std::uint64_t>(info.st_size) > bytes_max)
    throw Stop{Exit::bad_data, too_large(name, static_cast<std::uint64_t>(info.st_size), bytes_max)};
  Bytes bytes = read_all(source.fd, name, bytes_max);
  if (bytes.size() > bytes_max) throw Stop{Exit::bad_data, too_large(name, bytes.size(), bytes_max)};
  return bytes;
}

std::string read_text(const std::filesystem::path& file) {
  const bool standard = file == "-";
  const Descriptor source(standard ? STDIN_FILENO : open_input(file));
  std::string text = read_all(source.fd, file.string(), text_bytes_max);
  if (text.size() > text_bytes_max)
    throw Stop{Exit::bad_data, fmt::format("{}: is larger than {}", file.string(), bytes_for_people(text_bytes_max))};
  return text;
}

namespace {

void write_one(const ResultFile& file, const std::filesystem::path& directory) {
  const auto place = directory / file.name;
  const auto fail = [&](const char* what) -> Stop {
    return {Exit::no_output, fmt::format("{}: {}: {}", place.string(), what, std::strerror(errno))};
  };
  std::string draft = (directory / (".cadre-" + file.name + ".XXXXXX")).string();
  const int fd = ::mkostemp(draft.data(), O_CLOEXEC);
  if (fd < 0) throw fail("cannot be made");
  const Descriptor closing(fd);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  bool written = ::fchmod(fd, 0666 & ~mask) == 0;
  for (std::size_t at = 0; written && at < file.bytes.size();) {
    const ssize_t size = ::write(fd, file.bytes.data() + at, file.bytes.size() - at);
    if (size < 0 && errno == EINTR) continue;
    written = size > 0;
    if (written) at += static_cast<std::size_t>(size);
  }
  if (written && ::rename(draft.c_str(), place.c_str()) == 0) return;
  const Stop stop = fail("cannot be written");
  ::unlink(draft.c_str());
  throw stop;
}

}  // namespace

void write_results(const Output& output, const std::filesystem::path& directory) {
  // Names come over the network: nothing may leave the directory.
  for (const ResultFile& file : output)
    if (!is_name(file.name))
      throw Stop{Exit::bad_data, fmt::format("the result has a file with the unsafe name '{}'; nothing was written",
                                             printable(file.name))};
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    throw Stop{Exit::no_output,
               fmt::format("{}: the directory cannot be made: {}", directory.string(), error.message())};
  for (const ResultFile& file : output) write_one(file, directory);
}

void show_result(const ResultFile& file, const std::string& hint) {
  const bool binary = file.bytes.find('\0') != Bytes::npos || !is_utf8(file.bytes);
  if (::isatty(STDOUT_FILENO) == 0) return print(file.bytes);
  if (binary)
    throw Stop{Exit::usage, fmt::format("the result '{}' ({}) is not text, and standard output is a terminal: {}",
                                        file.name, bytes_for_people(file.bytes.size()), hint)};
  print(printable(file.bytes));
  if (!file.bytes.empty() && file.bytes.back() != '\n') print("\n");
}

}  // namespace cadre::ctl
