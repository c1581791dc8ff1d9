#include "common/client/objection.hpp"

#include <fmt/format.h>

namespace cadre {

namespace {

constexpr Duration duration_max = std::chrono::hours(24 * 365 * 30);  // of the protocol

// Any bytes, as something that can be shown.
std::string shown(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, limits::name_bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return out;
}

std::optional<std::string> not_a_name(const char* what, const std::string& text) {
  if (is_name(text)) return std::nullopt;
  return fmt::format("the {} '{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -", what, shown(text));
}

std::optional<std::string> not_a_text(const char* what, const std::string& text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return fmt::format("the {} has {} bytes, the limit is {}", what, text.size(), bytes_max);
  if (!is_utf8(text)) return fmt::format("the {} '{}' is not text in UTF-8", what, shown(text));
  return std::nullopt;
}

}  // namespace

std::optional<std::string> objection_to(const JobRequest& job, std::uint64_t payload_max) {
  if (auto why = not_a_name("engine", job.engine)) return why;
  if (auto why = not_a_name("queue", job.queue)) return why;
  if (!job.batch.empty())
    if (auto why = not_a_name("batch", job.batch)) return why;
  if (auto why = not_a_text("submit key", job.key, limits::key_bytes_max)) return why;
  if (job.priority < limits::priority_min || job.priority > limits::priority_max)
    return fmt::format("the priority is {}, {} to {} was wanted", job.priority, limits::priority_min, limits::priority_max);
  if (job.attempts_max < 1 || job.attempts_max > limits::attempts_max)
    return fmt::format("the attempts are {}, 1 to {} was wanted", job.attempts_max, limits::attempts_max);
  for (const Duration one : {job.backoff, job.time_limit, job.stall_limit}) {
    if (one < Duration{}) return "a duration is negative";
    if (one > duration_max) return fmt::format("a duration is {}, at most {} was wanted", to_string(one), to_string(duration_max));
  }
  if (!job.body) return "the job has no body: parameters and a payload, either may be empty";
  if (auto why = not_a_text("JSON of the parameters", job.body->params, limits::params_bytes_max)) return why;
  if (job.body->payload.size() > payload_max)
    return fmt::format("the payload has {} bytes, the limit is {}; put the file on a share that all nodes see and send its "
                       "path (--by-path)", job.body->payload.size(), payload_max);
  return std::nullopt;
}

}  // namespace cadre
