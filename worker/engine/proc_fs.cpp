#include "worker/engine/proc_fs.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include "worker/engine/fd.hpp"

namespace cadre::engine {

namespace {

constexpr std::size_t file_bytes_max = 1u << 20;  // no file of /proc that we read is larger

std::string read_whole(const std::string& path) {
  std::string text;
  const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return text;
  for (std::size_t have = 0; have < file_bytes_max;) {
    text.resize(have + 4096);
    const ssize_t got = ::read(fd.get(), text.data() + have, 4096);
    have += got > 0 ? static_cast<std::size_t>(got) : 0;
    text.resize(have);
    if (got <= 0) break;
  }
  return text;
}

template <class Number>
Number number_at(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  Number value{};
  std::from_chars(text.data() + std::min(at, text.size()), text.data() + text.size(), value);
  return value;
}

void append_pids(std::string_view text, std::vector<pid_t>& pids) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    pid_t pid = 0;
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error == std::errc{} && pids.size() < processes_max) pids.push_back(pid);
    at = next + 1;
  }
}

// The fields of /proc/PID/stat behind the program's name, which may hold anything: state, ppid, pgrp, session ...
std::string_view fields_behind_name(std::string_view stat) {
  const std::size_t end = stat.rfind(')');
  return end == std::string_view::npos ? std::string_view{} : stat.substr(end + 1);
}

template <class Number>
Number field(std::string_view fields, int index) {
  std::size_t at = 0;  // at the blank before the first
  for (int left = index; left > 0 && at != std::string_view::npos; --left) at = fields.find(' ', at + 1);
  return at == std::string_view::npos ? Number{} : number_at<Number>(fields, at);
}

void for_each_process(const std::function<void(pid_t)>& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir("/proc"), ::closedir};
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    visit(number_at<pid_t>(entry->d_name, 0));
  }
}

void append_children(pid_t parent, std::vector<pid_t>& pids) {
  const std::string tasks = fmt::format("/proc/{}/task", parent);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(tasks.c_str()), ::closedir};
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    append_pids(read_whole(fmt::format("{}/{}/children", tasks, entry->d_name)), pids);
  }
}

std::uint64_t kilobytes_after(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  return at == std::string_view::npos ? 0 : number_at<std::uint64_t>(text, at + label.size()) << 10;
}

}  // namespace

std::vector<pid_t> own_children() {
  std::vector<pid_t> pids;
  const Fd fd{::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)};
  if (fd) {
    // A child that is adopted goes to the first thread that lives: the main thread, which is ours (engine.hpp).
    char buffer[4096];
    std::string text;
    for (ssize_t got; (got = ::read(fd.get(), buffer, sizeof buffer)) > 0 && text.size() < file_bytes_max;)
      text.append(buffer, static_cast<std::size_t>(got));
    append_pids(text, pids);
    return pids;
  }
  // A kernel without CONFIG_PROC_CHILDREN: look at everybody's parent.
  for_each_process([&](pid_t pid) {
    const std::string stat = read_whole(fmt::format("/proc/{}/stat", pid));
    if (field<pid_t>(fields_behind_name(stat), 1) == ::getpid()) pids.push_back(pid);
  });
  return pids;
}

pid_t session_of(pid_t pid) {
  return field<pid_t>(fields_behind_name(read_whole(fmt::format("/proc/{}/stat", pid))), 3);
}

std::string tree_mark_of(pid_t pid) {
  std::string environment = read_whole(fmt::format("/proc/{}/environ", pid));
  environment.insert(0, 1, '\0');
  const std::string wanted = fmt::format("{}{}=", '\0', tree_variable);
  const std::size_t at = environment.find(wanted);
  return at == std::string::npos ? std::string{} : std::string{environment.c_str() + at + wanted.size()};
}

std::vector<pid_t> descendants_of(pid_t pid) {
  std::vector<pid_t> found{pid};
  for (std::size_t next = 0; next < found.size() && found.size() < processes_max; ++next)
    append_children(found[next], found);
  return found;
}

std::uint64_t resident_bytes(pid_t pid) {
  const std::string text = read_whole(fmt::format("/proc/{}/statm", pid));
  const std::size_t second = text.find(' ');
  if (second == std::string::npos) return 0;
  return number_at<std::uint64_t>(text, second) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t proportional_bytes(pid_t pid) {
  const std::uint64_t share = kilobytes_after(read_whole(fmt::format("/proc/{}/smaps_rollup", pid)), "\nPss:");
  return share != 0 ? share : resident_bytes(pid);
}

std::uint64_t peak_bytes(pid_t pid) {
  return kilobytes_after(read_whole(fmt::format("/proc/{}/status", pid)), "\nVmHWM:");
}

void for_each_marked(std::string_view prefix, const std::function<void(pid_t)>& visit) {
  for_each_process([&](pid_t pid) {
    if (tree_mark_of(pid).starts_with(prefix)) visit(pid);
  });
}

}  // namespace cadre::engine
