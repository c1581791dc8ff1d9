#include "worker/engine/builtin.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "worker/engine/ending.hpp"
#include "worker/engine/parts.hpp"

namespace cadre::engine {

namespace {

constexpr double seconds_max = 30.0 * 86400;

DefinitionPtr definition(const char* name, const char* description) {
  Definition made;
  made.name = name;
  made.version = CADRE_VERSION;
  made.description = description;
  made.mode = EngineMode::builtin;
  made.stop_grace = Duration{};
  return std::make_shared<const Definition>(std::move(made));
}

Ended ended(const Clock& now, AttemptEnd end) {
  end.ended = now.wall;
  return Ended{std::move(end)};
}

// What an engine does that cannot read its parameters: exit 65 with a sentence.
Ended refuse(const Clock& now, const Order& order, std::string message) {
  AttemptEnd end = begun(order.job.attempt, now.wall);
  fail(end, Cause::exit_code, std::move(message), exit_codes::bad_input);
  return ended(now, std::move(end));
}

nlohmann::json params_of(const Order& order) {
  const std::string& text = order.job.body->params;
  return text.empty() ? nlohmann::json::object() : nlohmann::json::parse(text, nullptr, false);
}

// The whole number under `key`, 0 where there is none.
std::int64_t number(const nlohmann::json& params, const char* key) {
  const auto found = params.find(key);
  return found != params.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

std::vector<DefinitionPtr> builtin_definitions() {
  return {definition("echo", "Gives its input back"), definition("sleep", "Waits for params.seconds"),
          definition("fail", "Ends with params.exit or params.signal")};
}

void BuiltinEngines::start(const Clock& now, Order order) {
  if (order.engine->name == "sleep") return sleep(now, std::move(order));
  if (order.engine->name == "fail") return fail_as_told(now, order);
  AttemptEnd end = begun(order.job.attempt, now.wall);
  if (order.job.body->payload.size() > order.output_max) {
    fail(end, Cause::output_too_large, too_large(order.job.body->payload.size(), order.output_max));
  } else {
    Output output;
    output.push_back({"stdout", order.job.body->payload});
    succeed(end, std::move(output));
  }
  events_.push_back(ended(now, std::move(end)));
}

void BuiltinEngines::sleep(const Clock& now, Order order) {
  const nlohmann::json params = params_of(order);
  const auto found = params.is_object() ? params.find("seconds") : params.end();
  const bool given = params.is_object() && found != params.end() && found->is_number();
  const double seconds = given ? found->get<double>() : -1;
  if (!(seconds >= 0 && seconds <= seconds_max)) {
    events_.push_back(refuse(now, order, fmt::format("sleep: wanted {{\"seconds\": 0 to {}}}", seconds_max)));
    return;
  }
  const Instant due = now.boot + Duration{static_cast<Duration::rep>(seconds * 1e6)};
  const AttemptId attempt = order.job.attempt;
  order.job.body.reset();  // read already: a sleeper holds no memory for its payload
  places_.emplace(attempt, sleepers_.emplace(due, Sleeper{std::move(order), now.wall}));
}

void BuiltinEngines::fail_as_told(const Clock& now, const Order& order) {
  const nlohmann::json params = params_of(order);
  if (!params.is_object()) {
    events_.push_back(refuse(now, order, "fail: wanted {\"exit\": 1 to 255} or {\"signal\": 1 to 64}"));
    return;
  }
  Exit exit;
  exit.by_signal = number(params, "signal") != 0;
  const std::int64_t code = exit.by_signal            ? number(params, "signal")
                            : params.contains("exit") ? number(params, "exit")
                                                      : 1;
  if (code < 1 || code > (exit.by_signal ? 64 : 255)) {
    events_.push_back(refuse(now, order, "fail: wanted {\"exit\": 1 to 255} or {\"signal\": 1 to 64}"));
    return;
  }
  exit.code = static_cast<int>(code);
  std::optional<FailLine> said;
  if (const auto found = params.find("message"); found != params.end() && found->is_string())
    said = FailLine{found->get<std::string>(), params.value("permanent", nlohmann::json(false)) == true};
  AttemptEnd end = begun(order.job.attempt, now.wall);
  judge_exit(end, exit, said);
  events_.push_back(ended(now, std::move(end)));
}

bool BuiltinEngines::kill(const Clock& now, AttemptId attempt, Cause why) {
  const auto found = places_.find(attempt);
  if (found == places_.end()) return false;
  const Sleeper& sleeper = found->second->second;
  AttemptEnd end = begun(attempt, sleeper.started);
  fail(end, why, words_for(why, limit_words(why, sleeper.order), true, Duration{}));
  sleepers_.erase(found->second);
  places_.erase(found);
  events_.push_back(ended(now, std::move(end)));
  return true;
}

void BuiltinEngines::tick(const Clock& now) {
  while (!sleepers_.empty() && sleepers_.begin()->first <= now.boot) {
    const AttemptId attempt = sleepers_.begin()->second.order.job.attempt;
    AttemptEnd end = begun(attempt, sleepers_.begin()->second.started);
    sleepers_.erase(sleepers_.begin());
    places_.erase(attempt);
    succeed(end, {{"stdout", {}}});
    events_.push_back(ended(now, std::move(end)));
  }
}

std::optional<Instant> BuiltinEngines::next_deadline() const {
  if (sleepers_.empty()) return std::nullopt;
  return sleepers_.begin()->first;
}

}  // namespace cadre::engine
