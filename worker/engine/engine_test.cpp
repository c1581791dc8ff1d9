#include "worker/engine/engine_test.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "worker/engine/catalog.hpp"
#include "worker/engine/engine_test_told.hpp"
#include "worker/engine/host.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

enum Code { succeeded = 0, failed = 1, bad_input = 65, no_input = 66, no_output = 73 };

Duration read_clock(clockid_t id) {
  timespec time{};
  ::clock_gettime(id, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_nsec / 1000};
}

Clock read_clocks() { return {Instant{read_clock(CLOCK_BOOTTIME)}, WallTime{read_clock(CLOCK_REALTIME)}}; }

// A directory of our own in TMPDIR that goes with us.
class TemporarySpool {
 public:
  TemporarySpool() {
    std::string name = (std::filesystem::temp_directory_path() / "cadre-engine-test.XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporarySpool() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Runs the attempt to its end, and enforces the two limits that a worker's core enforces.
class Run {
 public:
  Run(Host& host, std::ostream& out) : host_(host), out_(out) {}

  AttemptEnd to_end(Order order) {
    const Clock start = read_clocks();
    const AttemptId id = order.job.attempt;
    const DefinitionPtr engine = order.engine;
    const Duration time_limit = order.job.time_limit, stall_limit = order.job.stall_limit;
    active_at_ = start.boot;
    host_.start(start, std::move(order));
    for (bool stopped = false;;) {
      const Clock now = read_clocks();
      std::vector<Event> events;
      host_.turn(now, events);
      for (Event& event : events) take(now, event);
      if (end_) return *std::move(end_);
      const Instant time_out = start.boot + time_limit;
      const Instant stall_out = stall_limit > Duration{} ? active_at_ + stall_limit : Instant::max();
      if (!stopped && now.boot >= std::min(time_out, stall_out)) {
        host_.kill(now, id, now.boot >= time_out ? Cause::time_limit : Cause::stall, engine->stop_grace);
        stopped = true;
      }
      wait(now, stopped ? Instant::max() : std::min(time_out, stall_out));
    }
  }

 private:
  void take(const Clock& now, Event& event) {
    if (auto* ended = std::get_if<Ended>(&event)) end_ = std::move(ended->end);
    if (auto* progress = std::get_if<Progress>(&event)) {
      active_at_ = now.boot;
      out_ << fmt::format("progress   {:.0f} %  {}\n", progress->fraction * 100, progress->message) << std::flush;
    }
    if (std::holds_alternative<Active>(event)) active_at_ = now.boot;
  }

  void wait(const Clock& now, Instant limit) {
    if (const auto deadline = host_.next_deadline()) limit = std::min(limit, *deadline);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min<Duration>(limit - now.boot, 1min));
    pollfd entry{host_.fd(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  }

  Host& host_;
  std::ostream& out_;
  Instant active_at_{};
  std::optional<AttemptEnd> end_;
};

bool write_results(const Output& output, const std::filesystem::path& directory, std::ostream& out, std::ostream& err) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  for (const ResultFile& file : output) {
    std::ofstream stream(directory / file.name, std::ios::binary);
    stream.write(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
    stream.close();
    if (!stream) {
      err << fmt::format("{}: cannot be written; give another directory for the results\n",
                         (directory / file.name).string());
      return false;
    }
  }
  out << "written    to " << directory.string() << "\n";
  return true;
}

std::optional<Bytes> read_input(const std::filesystem::path& path, std::ostream& err) {
  if (path.empty()) return Bytes{};
  std::error_code error;
  std::ifstream stream(path, std::ios::binary);
  if (stream && !std::filesystem::is_directory(path, error)) {
    Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
    if (!stream.bad()) return bytes;
  }
  err << path.string() << ": cannot be read; give the file that the job gets as input\n";
  return std::nullopt;
}

Order order_for(DefinitionPtr engine, const EngineTest& test, Bytes payload) {
  Order order;
  order.job.attempt = {JobId::make(Epoch{1}, 1), 1};
  order.job.engine = engine->name;
  order.job.body = std::make_shared<const Body>(Body{test.params, std::move(payload)});
  order.job.time_limit = test.time_limit > Duration{} ? test.time_limit : engine->time_limit;
  order.job.stall_limit = engine->stall_limit;
  order.stop_grace = engine->stop_grace;
  order.memory_limit = engine->memory_limit;
  order.output_max = test.output_max;
  order.deadline = read_clocks().wall + order.job.time_limit;
  order.engine = std::move(engine);
  return order;
}

// Fills in what lies in the engine's directory; without any, `test` stays as it is.
bool read_own_test(const std::filesystem::path& directory, EngineTest& test, std::ostream& err) {
  std::error_code error;
  const auto input = directory / "test/input", params = directory / "test/params.json";
  const bool has_params = std::filesystem::exists(params, error);
  if (std::filesystem::exists(input, error) && test.input.empty()) test.input = input;
  if (!has_params) {
    if (!test.input.empty()) test.params = "{}";
    return true;
  }
  const std::optional<Bytes> text = read_input(params, err);
  if (text) test.params.assign(text->begin(), text->end());
  if (text && text->empty()) test.params = " ";  // is there, and no JSON object: a fault, not "none"
  return text.has_value();
}

int look_at(const Definition& engine, std::ostream& out, std::ostream& err, nlohmann::json& answer) {
  const std::string why =
      why_broken(engine, host_options_from_environment(std::filesystem::temp_directory_path()).path);
  answer["succeeded"] = why.empty();
  answer["message"] = why;
  if (!why.empty()) {
    err << why << "\n";
    return Code::failed;
  }
  out << fmt::format(
      "engine     {} {} ({})\nnot run    it has no test/input and no test/params.json; engine.yaml is good, and "
      "its program is there\n",
      engine.name, engine.version, to_string(engine.mode));
  return Code::succeeded;
}

// A version that is installed stays while it is tried. False: it goes at this moment.
bool hold_installed(Definition& engine, std::ostream& err) {
  std::error_code error;
  if (!std::filesystem::is_symlink(engine.directory.parent_path() / "current", error)) return true;
  Holding holding = hold_version(engine.directory);
  if (holding.leaving) err << fmt::format("{}: is being removed at this moment\n", engine.directory.string());
  engine.hold = std::move(holding.hold);
  return !holding.leaving;
}

int try_once(const std::filesystem::path& directory, EngineTest test, std::ostream& out, std::ostream& err,
             nlohmann::json& answer) {
  LoadedEngine loaded = load_engine(directory);
  for (const std::string& fault : loaded.faults) err << fault << "\n";
  if (!loaded.faults.empty()) return Code::bad_input;
  if (!hold_installed(loaded.definition, err)) return Code::no_input;
  if (test.params.empty() && !read_own_test(directory, test, err)) return Code::no_input;
  if (test.params.empty()) {
    answer = engine_in_json(loaded.definition);
    return look_at(loaded.definition, out, err, answer);
  }
  if (!nlohmann::json::parse(test.params, nullptr, false).is_object()) {
    err << fmt::format("parameters: wanted a JSON object such as {{\"width\": 200}}, found {}\n",
                       printable(test.params));
    return Code::bad_input;
  }
  std::optional<Bytes> payload = read_input(test.input, err);
  if (!payload) return Code::no_input;

  const TemporarySpool spool;
  SeparationTold apart;
  Result<std::unique_ptr<Host>> host = make_host(host_options_from_environment(spool.path()), &apart);
  if (!host) {
    err << host.error() << "\n";
    return Code::no_output;
  }
  const auto engine = std::make_shared<const Definition>(std::move(loaded.definition));
  answer = engine_in_json(*engine);
  const std::string& user = engine->user.empty() ? apart.user : engine->user;
  answer["user"] = user;
  out << fmt::format("engine     {} {} ({})\n", engine->name, engine->version, to_string(engine->mode)) << std::flush;
  if (!user.empty()) out << "user       " << user << "\n" << std::flush;
  const AttemptEnd end = Run{**host, out}.to_end(order_for(engine, test, *std::move(payload)));
  tell(end, out);
  add_end(answer, end);
  if (end.kind != EndKind::succeeded) return Code::failed;
  if (!test.output.empty() && !write_results(*end.output, test.output, out, err)) return Code::no_output;
  return Code::succeeded;
}

}  // namespace

int engine_test(const std::filesystem::path& directory, const EngineTest& test, std::ostream& out, std::ostream& err) {
  nlohmann::json answer;
  if (!test.json) return try_once(directory, test, out, err, answer);
  std::ostream for_people(nullptr);
  const int code = try_once(directory, test, for_people, err, answer);
  const auto lossy = nlohmann::json::error_handler_t::replace;  // stderr may be no UTF-8
  if (answer.is_null()) return code;
  out << answer.dump(2, ' ', false, lossy) << "\n";
  if (code == Code::failed && answer["run"].get<bool>())
    err << fmt::format("{} fails: {}; {}\n", answer["engine"].get<std::string>(), answer["cause"].get<std::string>(),
                       answer["would"].get<std::string>());
  return code;
}

}  // namespace cadre::engine
