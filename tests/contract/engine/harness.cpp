#include "tests/contract/engine/harness.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "worker/engine/builtin.hpp"

namespace cadre::engine::test {

namespace {

Duration read_clock(clockid_t id) {
  timespec time{};
  ::clock_gettime(id, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_nsec / 1000};
}

}  // namespace

Clock read_clocks() { return {Instant{read_clock(CLOCK_BOOTTIME)}, WallTime{read_clock(CLOCK_REALTIME)}}; }

Directory::Directory() {
  std::string name = (std::filesystem::temp_directory_path() / "cadre-engine.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = std::filesystem::canonical(name);
  ::chmod(path_.c_str(), 0755);  // engines may run as another user
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& path, const std::string& text, bool executable) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  stream.close();
  ASSERT_TRUE(stream.good()) << path;
  if (executable) ::chmod(path.c_str(), 0755);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool gone_within(pid_t pid, Duration limit) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return errno == ESRCH;
  pollfd entry{pidfd, POLLIN, 0};
  const int ready = ::poll(&entry, 1, static_cast<int>(limit / 1ms));
  ::close(pidfd);
  return ready == 1;
}

Bench::Bench(HostOptions options) {
  options.spool = spool_.path();
  const char* guard = std::getenv("CADRE_TEST_GUARD");  // for whom the build's directory is closed
  options.guard = guard != nullptr ? guard : CADRE_GUARD;
  auto made = make_host(std::move(options));
  if (!made) ADD_FAILURE() << made.error();
  host_ = *std::move(made);
}

Order Bench::order(DefinitionPtr engine, const std::string& params, std::string payload) const {
  Order order;
  order.job.attempt = {JobId::make(Epoch{1}, ++sequence_), 1};
  order.job.engine = engine->name;
  order.job.body = std::make_shared<const Body>(Body{params, std::move(payload)});
  order.stop_grace = engine->stop_grace;
  order.memory_limit = memory_limit;
  order.output_max = output_max;
  order.engine = std::move(engine);
  return order;
}

AttemptId Bench::start(Order order) {
  const AttemptId id = order.job.attempt;
  host_->start(read_clocks(), std::move(order));
  return id;
}

AttemptId Bench::start(DefinitionPtr engine, const std::string& params, std::string payload) {
  return start(order(std::move(engine), params, std::move(payload)));
}

bool Bench::until(const std::function<bool()>& done, Duration limit) {
  for (const Instant give_up = read_clocks().boot + limit;;) {
    const Clock now = read_clocks();
    std::vector<Event> events;
    host_->turn(now, events);
    for (Event& event : events) {
      if (auto* ended = std::get_if<Ended>(&event)) ends_.push_back(std::move(ended->end));
      if (auto* moved = std::get_if<Progress>(&event)) progress.push_back(std::move(*moved));
      if (auto* alive = std::get_if<Active>(&event)) active.push_back(*alive);
    }
    if (done()) return true;
    if (now.boot >= give_up) return false;
    // 20 ms: some tests wait for a thing outside of the host, which wakes nobody.
    Instant wake = std::min(give_up, now.boot + 20ms);
    if (const auto deadline = host_->next_deadline()) wake = std::min(wake, *deadline);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - now.boot).count();
    pollfd entry{host_->fd(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
  }
}

AttemptEnd Bench::end_of(AttemptId attempt) {
  const auto is_it = [&](const AttemptEnd& end) { return end.attempt == attempt; };
  const auto ended = [&] { return std::any_of(ends_.begin(), ends_.end(), is_it); };
  if (!until(ended)) {
    ADD_FAILURE() << "attempt " << to_string(attempt) << " has not ended";
    return {};
  }
  EXPECT_EQ(std::count_if(ends_.begin(), ends_.end(), is_it), 1);
  return *std::find_if(ends_.begin(), ends_.end(), is_it);
}

AttemptEnd Bench::run(DefinitionPtr engine, const std::string& params, std::string payload) {
  return end_of(start(std::move(engine), params, std::move(payload)));
}

void Bench::kill(AttemptId attempt, Cause why, Duration grace) { host_->kill(read_clocks(), attempt, why, grace); }

bool Bench::progressed(AttemptId attempt) {
  return until([&] {
    return std::any_of(progress.begin(), progress.end(),
                       [&](const Progress& event) { return event.attempt == attempt; });
  });
}

std::size_t Bench::directories() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{spool_ / "attempts"})
    count += entry.path().filename().string().starts_with(".spare.") ? 0 : 1;
  return count;
}

DefinitionPtr behave(EngineMode mode) {
  Definition engine;
  engine.name = "behave";
  engine.mode = mode;
  engine.directory = CADRE_SOURCE_DIR "/tests/contract/engine/engines/behave";
  engine.command = {"./behave.py", std::string{to_string(mode)}};
  engine.stop_grace = 200ms;
  return std::make_shared<const Definition>(std::move(engine));
}

DefinitionPtr builtin(const std::string& name) {
  for (const DefinitionPtr& engine : builtin_definitions()) {
    if (engine->name == name) return engine;
  }
  ADD_FAILURE() << "no built-in engine " << name;
  return nullptr;
}

DefinitionPtr script(const Directory& directory, const std::string& text, EngineMode mode) {
  write_file(directory / "run", text, true);
  Definition engine;
  engine.name = "script";
  engine.mode = mode;
  engine.directory = directory.path();
  engine.command = {"./run"};
  engine.stop_grace = 200ms;
  return std::make_shared<const Definition>(std::move(engine));
}

DefinitionPtr with(DefinitionPtr engine, const std::function<void(Definition&)>& change) {
  Definition changed = *engine;
  change(changed);
  return std::make_shared<const Definition>(std::move(changed));
}

std::string only_output(const AttemptEnd& end) {
  EXPECT_EQ(end.kind, EndKind::succeeded) << describe(end.cause, end.code) << " " << end.message << "\n"
                                          << end.stderr_tail;
  if (!end.output || end.output->size() != 1) {
    ADD_FAILURE() << "wanted one result file";
    return {};
  }
  EXPECT_EQ(end.output->front().name, "stdout");
  return end.output->front().bytes;
}

}  // namespace cadre::engine::test
