#include "worker/engine/host.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "common/base/assert.hpp"
#include "common/base/mix.hpp"
#include "worker/engine/builtin.hpp"
#include "worker/engine/exec_engine.hpp"
#include "worker/engine/serve_engine.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr std::size_t events_per_wait = 64;
constexpr int waits_per_turn = 4;
constexpr Duration sweep_interval = 1s;  // zombies of orphans are nobody's hurry
constexpr int guard_wait_milliseconds = 5000;

std::atomic<int> hosts_alive{0};  // TreeKeeper takes unknown children for its own

// The same for every life of a worker on this spool, and for no other spool.
std::string mark_prefix(const std::string& spool_path) {
  struct stat status {};
  ::stat(spool_path.c_str(), &status);
  const std::uint64_t identity = mix(mix(spool_path), mix(status.st_dev, status.st_ino));
  return fmt::format("{:016x}.", identity);
}

// cadre-guard waits at the other end of a pipe. When we are gone, however that came, it kills what carries our mark.
class Guard {
 public:
  Result<> start(const std::filesystem::path& program, const std::string& mark) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"cannot make a pipe for cadre-guard: " + errno_text(errno)};
    Fd theirs{ends[0]};
    ours_ = Fd{ends[1]};
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    Spawn spawn;
    spawn.program = program.string();
    spawn.arguments = {"cadre-guard", mark};
    spawn.directory = "/";
    spawn.in = theirs.get();
    spawn.out = spawn.err = null.get();
    spawn.is_guard = true;
    Spawner spawner;
    const auto failure = spawner.spawn(spawn, process_);
    if (!failure) return Done{};
    return Error{fmt::format("cannot start {}: {}", program.string(), errno_text(failure->error))};
  }
  ~Guard() {
    if (!process_.pidfd) return;
    ours_.close();
    pollfd entry{process_.pidfd.get(), POLLIN, 0};
    ::poll(&entry, 1, guard_wait_milliseconds);
    reap(process_.pidfd);
  }

 private:
  Fd ours_;
  Process process_;
};

class EngineHost final : public Host {
 public:
  explicit EngineHost(HostOptions options) : builtin_(parts_.events), exec_(parts_), serve_(parts_) {
    parts_.options = std::move(options);
    CADRE_ASSERT(hosts_alive.fetch_add(1) == 0);
  }
  ~EngineHost() override {
    parts_.keeper.reset();  // kills what still runs, and needs the rest to do it
    if (parts_.scratch.fd() >= 0) empty_directory(parts_.scratch.fd());
    hosts_alive.fetch_sub(1);
  }

  Result<> open() {
    std::signal(SIGPIPE, SIG_IGN);  // an engine that reads no more is told by errno
    parts_.epoll = Fd{::epoll_create1(EPOLL_CLOEXEC)};
    if (!parts_.epoll) return Error{"cannot make an epoll descriptor: " + errno_text(errno)};
    std::error_code error;
    std::filesystem::create_directories(parts_.options.spool, error);
    const std::filesystem::path spool = std::filesystem::canonical(parts_.options.spool, error);
    if (error) return Error{fmt::format("spool {}: {}", parts_.options.spool.string(), error.message())};
    const std::string mark = mark_prefix(spool.string());
    kill_marked(mark);  // before their directories go
    Result<Scratch> scratch = Scratch::open(spool);
    if (!scratch) return Error{scratch.error()};
    parts_.scratch = *std::move(scratch);
    Result<Separation> separation = Separation::make(parts_.options.engine_user, parts_.options.attempts_apart, parts_.scratch);
    if (!separation) return Error{separation.error()};
    parts_.separation = *std::move(separation);
    if (!parts_.options.guard.empty()) {
      if (auto started = guard_.start(parts_.options.guard, mark); !started) return started;
    }
    parts_.keeper.emplace(mark, [this](int pidfd) { parts_.watch(pidfd, Source::orphan, 0, EPOLLIN); });
    return Done{};
  }

  const SeparationTold& separation_told() const { return parts_.separation->told(); }

  void start(const Clock& now, Order order) override {
    CADRE_ASSERT(order.engine != nullptr);
    CADRE_ASSERT(order.job.body != nullptr);
    switch (order.engine->mode) {
      case EngineMode::exec:
        return exec_.start(now, std::move(order));
      case EngineMode::serve:
        return serve_.start(now, std::move(order));
      case EngineMode::builtin:
        return builtin_.start(now, std::move(order));
    }
  }

  void kill(const Clock& now, AttemptId attempt, Cause why, Duration grace) override {
    if (exec_.kill(now, attempt, why, grace)) return;
    if (serve_.kill(now, attempt, why, grace)) return;
    builtin_.kill(now, attempt, why);
  }

  void keep_only(const Clock& now, const std::vector<DefinitionPtr>& definitions) override {
    serve_.keep_only(now, definitions);
  }

  int fd() const override { return parts_.epoll.get(); }

  std::optional<Instant> next_deadline() const override {
    if (!parts_.events.empty()) return Instant{};
    std::optional<Instant> best = exec_.next_deadline();
    if (const auto serve = serve_.next_deadline()) earliest(best, *serve);
    if (const auto builtin = builtin_.next_deadline()) earliest(best, *builtin);
    if (!parts_.keeper->empty() || parts_.keeper->has_orphans()) earliest(best, sweep_at_);
    return best;
  }

  void turn(const Clock& now, std::vector<Event>& events) override {
    dispatch(now);
    exec_.tick(now);
    serve_.tick(now);
    builtin_.tick(now);
    if (now.boot >= sweep_at_) {
      sweep_at_ = now.boot + sweep_interval;
      parts_.keeper->sweep();
    }
    if (events.empty()) {
      events.swap(parts_.events);
    } else {
      std::move(parts_.events.begin(), parts_.events.end(), std::back_inserter(events));
      parts_.events.clear();
    }
  }

 private:
  void dispatch(const Clock& now) {
    for (int left = waits_per_turn; left > 0; --left) {
      std::array<epoll_event, events_per_wait> ready;
      const int count = ::epoll_wait(parts_.epoll.get(), ready.data(), static_cast<int>(ready.size()), 0);
      for (int i = 0; i < count; ++i) route(now, ready[static_cast<std::size_t>(i)].data.u64);
      if (count < static_cast<int>(ready.size())) return;
    }
  }

  void route(const Clock& now, std::uint64_t key) {
    const auto source = static_cast<Source>(key & 7);
    switch (source) {
      case Source::orphan:
        return parts_.keeper->sweep();
      case Source::exec_end:
      case Source::exec_stderr:
        return exec_.on_event(now, source, key >> 3);
      case Source::serve_end:
      case Source::serve_in:
      case Source::serve_out:
      case Source::serve_stderr:
        return serve_.on_event(now, source, key >> 3);
    }
  }

  Guard guard_;  // the last to go
  Parts parts_;
  BuiltinEngines builtin_;
  ExecEngine exec_;
  ServeEngine serve_;
  Instant sweep_at_{};
};

std::string environment_or(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] != 0 ? value : otherwise;
}

}  // namespace

HostOptions host_options_from_environment(std::filesystem::path spool) {
  HostOptions options;
  options.spool = std::move(spool);
  options.path = environment_or("PATH", options.path);
  options.timezone = environment_or("TZ", {});
  options.engine_user = engine_user_auto;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = program.parent_path() / "cadre-guard";
  if (!error && std::filesystem::exists(beside, error)) options.guard = beside;
  return options;
}

Result<std::unique_ptr<Host>> make_host(HostOptions options, SeparationTold* told) {
  auto host = std::make_unique<EngineHost>(std::move(options));
  if (auto opened = host->open(); !opened) return Error{opened.error()};
  if (told != nullptr) *told = host->separation_told();
  return std::unique_ptr<Host>{std::move(host)};
}

}  // namespace cadre::engine
