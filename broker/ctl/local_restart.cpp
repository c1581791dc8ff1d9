#include "broker/ctl/local_restart.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "broker/ctl/output.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace fs = std::filesystem;

namespace {

constexpr Duration stop_patience = 10min;    // a large buffer pool is written; killing it would cost a recovery
constexpr Duration command_patience = 15min;
constexpr Duration others_patience = 3s;     // who supervises a process starts it again at once, or within a second
constexpr Duration between_tries = 50ms;
constexpr std::size_t log_lines_max = 8;

class Undisturbed {
 public:
  Undisturbed() {
    sigset_t all;
    sigemptyset(&all);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&all, number);
    sigprocmask(SIG_BLOCK, &all, &before_);
  }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  ~Undisturbed() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// Where the server's outputs lead, opened once more while it still runs; a socket cannot be: /dev/null then.
class Outputs {
 public:
  explicit Outputs(const LocalServer& server) {
    for (int number = 1; number <= 2; ++number) {
      fds_[number - 1] = server.runs() ? ::open(fmt::format("/proc/{}/fd/{}", server.process, number).c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
      if (fds_[number - 1] >= 0) ::fcntl(fds_[number - 1], F_SETFL, O_APPEND);
    }
  }
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;
  ~Outputs() {
    for (const int fd : fds_)
      if (fd >= 0) ::close(fd);
  }
  int out() const { return fds_[0]; }
  int err() const { return fds_[1]; }

 private:
  int fds_[2] = {-1, -1};
};

// What the log gets from now on.
class LogEnd {
 public:
  explicit LogEnd(fs::path log) : log_(std::move(log)) {
    std::error_code error;
    begin_ = fs::file_size(log_, error);
    if (error) begin_ = 0;
  }
  std::string words() const {
    if (log_.empty()) return "the server keeps no log that can be read here";
    std::ifstream in(log_, std::ios::binary);
    std::error_code error;
    if (const auto size = fs::file_size(log_, error); !error && size >= begin_) in.seekg(static_cast<std::streamoff>(begin_));  // else it was begun anew
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string words = db::complaints_in(text, log_lines_max);
    return words.empty() ? "its log says nothing: " + log_.string() : words;
  }

 private:
  fs::path log_;
  std::uintmax_t begin_ = 0;
};

// Whether a server answers that is not `old`; then `server` is it.
bool another_answers(LocalServer& server, pid_t old) {
  const auto looked = look_at(server);
  if (db::trouble_of(looked) == nullptr && server.process != old) return true;
  server.process = 0;
  return false;
}

// `ours`: the process that we started, whose end ends the waiting; 0: somebody else starts it.
bool answers_within(LocalServer& server, pid_t old, pid_t ours, Duration patience) {
  const os::Hold hold(ours);
  const Instant until = os::boot_now() + patience;
  while (os::boot_now() < until) {
    if (another_answers(server, old)) return true;
    if (ours == 0) ::poll(nullptr, 0, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(between_tries).count()));
    else if (hold.ended_within(between_tries)) return another_answers(server, old);
  }
  return false;
}

Result<> stop(const LocalServer& server) {
  const os::Hold hold(server.process);
  say(fmt::format("  stopping  process {}", server.process));
  if (!hold.signal(SIGTERM)) return Error{fmt::format("process {} cannot be told to stop: run this as root (sudo)", server.process)};
  if (!hold.ended_within(stop_patience)) return Error{fmt::format("process {} is still stopping after {}; it was not killed. Run this again when it has ended", server.process, age_for_people(stop_patience))};
  return Done{};
}

// Where a run before this one was killed: it may be on its way up, or still on its way down. Whether it answers; else it has ended.
Result<bool> on_its_way(LocalServer& server, Duration patience) {
  const pid_t there = os::started_like(server.launch);
  if (there == 0) return false;
  say(fmt::format("  waiting   for process {}, which is there and does not answer", there));
  if (answers_within(server, 0, there, patience)) return true;
  if (os::Hold(there).ended_within(Duration{})) return false;
  return Error{fmt::format("process {} is there, and neither answers nor ends: look into its log, and run this again", there)};
}

Result<> as_process(LocalServer& server, const std::string& wanted, Duration patience) {
  const Outputs outputs(server);
  const LogEnd log(server.log);
  const pid_t old = server.process, parent = os::parent_of(old);
  if (server.runs()) {
    if (auto stopped = stop(server); !stopped) return stopped;
    if (parent > 1 && answers_within(server, old, 0, others_patience)) {
      say(fmt::format("  noticed   process {} came by itself: process {} looks after it", server.process, parent));
      return Done{};
    }
  } else {
    const auto there = on_its_way(server, patience);
    if (!there) return Error{there.error()};
    if (*there && server.bind_address == wanted) return Done{};
    if (*there) return as_process(server, wanted, patience);  // it came up as it was before the edit
  }
  const auto started = os::start_apart(server.launch, outputs.out(), outputs.err());
  if (!started) return Error{started.error()};
  say(fmt::format("  starting  process {}, with the same command line, as the same user", *started));
  if (answers_within(server, old, *started, patience)) return Done{};
  const os::Hold hold(*started);
  const bool ended = hold.ended_within(Duration{});
  if (!ended) {  // so that it does not come up in the end with what was taken back
    hold.signal(SIGTERM);
    if (!hold.ended_within(patience)) hold.signal(SIGKILL);
  }
  ::waitpid(*started, nullptr, 0);
  return Error{(ended ? "" : "it did not answer in time, and was stopped; ") + log.words()};
}

Result<> by_command(LocalServer& server, const os::Launch& command, Duration patience) {
  const LogEnd log(server.log);
  const pid_t old = server.process;
  const auto ran = os::run_to_end(command, command_patience);
  if (!ran) return Error{ran.error()};
  const bool failed = ran->code != 0;
  if (!failed && answers_within(server, old, 0, patience)) return Done{};
  if (failed) server.process = 0;
  return Error{(failed ? fmt::format("the command ended with exit code {}: {}\n", ran->code, quoted(ran->err, "  ", log_lines_max)) : "") + log.words()};
}

}  // namespace

RestartWay restart_way(const LocalServer& server, const std::string& how) {
  if (how == "never") return {RestartWay::Kind::never, ""};
  if (how != "auto") return {RestartWay::Kind::command, how};
  if (!server.unit.empty()) return {RestartWay::Kind::unit, server.unit};
  if (!server.runs() && !server.left) return {RestartWay::Kind::unknown, ""};
  if (server.process == 1) throw Stop{Exit::config, "the server is process 1 of its container, which ends with it: --restart never, and start the container anew"};
  return {RestartWay::Kind::process, ""};
}

std::string to_string(const RestartWay& way) {
  switch (way.kind) {
    case RestartWay::Kind::never: return "not by us";
    case RestartWay::Kind::unit: return fmt::format("by systemd ({})", way.what);
    case RestartWay::Kind::command: return fmt::format("by '{}'", way.what);
    case RestartWay::Kind::process: return "as the process that it was";
    case RestartWay::Kind::unknown: return "by whoever starts it";
  }
  return "";
}

Result<> restart(LocalServer& server, const RestartWay& way, const std::string& wanted, Duration patience) {
  const Undisturbed undisturbed;
  switch (way.kind) {
    case RestartWay::Kind::unit: return by_command(server, os::plain_launch("/usr/bin/systemctl", {"systemctl", "restart", way.what}), patience);
    case RestartWay::Kind::command: return by_command(server, os::plain_launch("/bin/sh", {"sh", "-c", way.what}), patience);
    case RestartWay::Kind::process: return as_process(server, wanted, patience);
    case RestartWay::Kind::never:
    case RestartWay::Kind::unknown: break;
  }
  return Error{"how the server is started is not known here"};
}

}  // namespace cadre::ctl
