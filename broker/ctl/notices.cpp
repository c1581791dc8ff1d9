#include "broker/ctl/notices.hpp"

#include <fmt/format.h>

#include "broker/ctl/output.hpp"

namespace cadre::ctl {

namespace {

constexpr std::size_t stderr_lines_max = 20;

// The broker's words for why a job is final, for people.
std::string_view sentence(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "";
    case Reason::attempts_exhausted:
      return "no attempts are left";
    case Reason::poison:
      return "its attempts took workers down with them";
    case Reason::expired:
      return "its time to start passed (--not-after)";
    case Reason::bad_input:
      return "the engine says that the input is bad: another attempt cannot help";
    case Reason::misconfigured:
      return "the engine says that it is misconfigured on that node";
    case Reason::no_permission:
      return "the engine says that it lacks a permission";
    case Reason::output_too_large:
      return "its output is too large";
    case Reason::cancelled:
      return "somebody cancelled it";
  }
  return "";
}

std::string how(Cause cause, std::int32_t code, const std::string& message) {
  std::string text = describe(cause, code);
  if (!text.empty() && message.starts_with(text)) return printable(message);
  if (!message.empty() && message != text) text += text.empty() ? printable(message) : ": " + printable(message);
  return text;
}

std::string on(const std::string& node) { return node.empty() ? "" : " on " + node; }

}  // namespace

std::string tell(const Notice& notice, const std::string& engine) {
  const std::string job = to_string(notice.job) + (engine.empty() ? "" : " (" + engine + ")");
  if (notice.unknown) return fmt::format("{}: there is no such job", job);
  if (notice.result_gone) return fmt::format("{} is done, but its result is not kept any more (cleanup.keep_results); handed in with another key it runs again", job);
  std::string text;
  if (is_final(notice)) {
    text = fmt::format("{} is {}", job, to_string(notice.state));
    if (notice.state != JobState::done && notice.reason != Reason::none)
      text += fmt::format(": {}", sentence(notice.reason));
    if (notice.cause != Cause::none)
      text += fmt::format("\n  attempt {}{} ended: {}", notice.attempt, on(notice.node),
                          how(notice.cause, notice.code, notice.message));
  } else {
    text = fmt::format("{}: attempt {}{} failed: {}", job, notice.attempt, on(notice.node),
                       how(notice.cause, notice.code, notice.message));
  }
  const std::string log = quoted(notice.stderr_tail, "  | ", stderr_lines_max);
  if (!log.empty()) text += "\n" + log.substr(0, log.size() - 1);
  if (!is_final(notice))
    text +=
        notice.retry_after > Duration{} ? "\n  next try in " + to_string(notice.retry_after) : "\n  next try at once";
  return text;
}

std::string tell_attempt(const nlohmann::json& attempt) {
  const auto end = attempt.value("end", nlohmann::json::object());
  std::string what = cell(end, "description");
  if (const auto message = cell(end, "message"); !message.empty() && message != what)
    what += (what.empty() ? "" : ": ") + printable(message);
  std::string text =
      fmt::format("  attempt {}{}  {}", cell(attempt, "attempt"), on(cell(attempt, "node")), cell(attempt, "assigned"));
  if (end.empty()) return text + "  runs\n";
  text += fmt::format("  {}{}{}\n", cell(end, "result"), what.empty() ? "" : ": ", what);
  if (cell(end, "result") != "succeeded") text += quoted(cell(end, "stderr"), "    | ", stderr_lines_max);
  const double wait = attempt.value("retry_after", 0.0);
  if (wait > 0)
    text += fmt::format("    next try after {}\n", to_string(Duration{static_cast<std::int64_t>(wait * 1e6)}));
  return text;
}

nlohmann::json to_json(const Notice& notice) {
  nlohmann::json json{{"job", to_string(notice.job)}};
  if (notice.unknown) {
    json["state"] = nullptr;
    json["unknown"] = true;
    return json;
  }
  json["state"] = to_string(notice.state);
  json["reason"] = to_string(notice.reason);
  json["attempt"] = notice.attempt;
  json["node"] = notice.node;
  json["cause"] = to_string(notice.cause);
  json["code"] = notice.code;
  json["message"] = notice.message;
  json["stderr"] = notice.stderr_tail;
  if (notice.result_gone) json["result_gone"] = true;
  if (!notice.output) return json;
  json["files"] = nlohmann::json::array();
  for (const auto& file : *notice.output) json["files"].push_back({{"name", file.name}, {"bytes", file.bytes.size()}});
  return json;
}

}  // namespace cadre::ctl
