#include "worker/engine/engine_test_told.hpp"

#include <fmt/format.h>

#include <ostream>

#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

std::string would_be(const AttemptEnd& end) {
  switch (end.cause) {
    case Cause::exit_code:
      switch (end.code) {
        case 64:
        case 78:
          return "the job would be dead at once, and the engine quarantined on this node (misconfigured)";
        case 65:
          return "the job would be dead at once (bad input)";
        case 69:
        case 75:
          return "the job would be tried again, on another node if there is one";
        case 77:
          return "the job would be dead at once (no permission)";
        default:
          return "the job would be tried again, as long as it has attempts left";
      }
    case Cause::engine_broken:
      return "the engine would be quarantined on this node; the job goes elsewhere and loses no attempt";
    case Cause::signal:
      return "the job would be tried again; three such ends in a row quarantine the engine on this node";
    case Cause::output_too_large:
      return "the job would be dead at once (output too large)";
    case Cause::none:
    case Cause::out_of_memory:
    case Cause::time_limit:
    case Cause::stall:
    case Cause::protocol:
    case Cause::abandoned:
    case Cause::lease_lost:
    case Cause::node_lost:
    case Cause::scratch:
      return "the job would be tried again, as long as it has attempts left";
  }
  return {};
}

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

void tell(const AttemptEnd& end, std::ostream& out) {
  const bool good = end.kind == EndKind::succeeded;
  out << fmt::format("{}  after {}", good ? "succeeded" : "failed   ", to_string(end.ended - end.started));
  if (end.cpu > Duration{}) out << ", cpu " << to_string(end.cpu);
  if (end.peak_memory > 0) out << ", peak memory " << human_bytes(end.peak_memory);
  out << "\n";
  if (good) {
    for (const ResultFile& file : *end.output)
      out << fmt::format("result     {}  {}\n", file.name, human_bytes(file.bytes.size()));
  } else {
    const std::string message = end.message.empty() ? "" : " (" + end.message + ")";
    out << fmt::format("cause      {}{}: {}\n", describe(end.cause, end.code), message, would_be(end));
  }
  if (end.stderr_tail.empty()) return;
  out << "stderr\n" << end.stderr_tail;
  if (end.stderr_tail.back() != '\n') out << "\n";
}

nlohmann::json engine_in_json(const Definition& engine) {
  return {{"engine", engine.name},
          {"version", engine.version},
          {"mode", to_string(engine.mode)},
          {"directory", engine.directory.string()},
          {"user", engine.user},
          {"run", false},
          {"succeeded", false},
          {"seconds", 0.0},
          {"cpu_seconds", 0.0},
          {"peak_memory", 0},
          {"results", nlohmann::json::array()},
          {"stderr", ""},
          {"cause", ""},
          {"message", ""},
          {"would", ""}};
}

void add_end(nlohmann::json& answer, const AttemptEnd& end) {
  answer["run"] = true;
  answer["succeeded"] = end.kind == EndKind::succeeded;
  answer["seconds"] = seconds(end.ended - end.started);
  answer["cpu_seconds"] = seconds(end.cpu);
  answer["peak_memory"] = end.peak_memory;
  answer["stderr"] = end.stderr_tail;
  answer["message"] = end.message;
  if (end.kind != EndKind::succeeded) {
    answer["cause"] = describe(end.cause, end.code);
    answer["would"] = would_be(end);
    return;
  }
  for (const ResultFile& file : *end.output)
    answer["results"].push_back({{"name", file.name}, {"bytes", file.bytes.size()}});
}

}  // namespace cadre::engine
