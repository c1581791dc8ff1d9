#include "common/base/ids.hpp"

#include <charconv>

namespace cadre {

std::string to_string(JobId id) {
  return std::to_string(id.epoch().value) + "-" + std::to_string(id.sequence());
}

std::string to_string(AttemptId id) { return to_string(id.job) + "/" + std::to_string(id.number); }

namespace {

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace

std::optional<JobId> parse_job_id(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto epoch = parse_number(text.substr(0, dash), JobId::epoch_max);
  const auto sequence = parse_number(text.substr(dash + 1), JobId::sequence_max);
  if (!epoch || !sequence || *epoch == 0 || *sequence == 0) return std::nullopt;
  return JobId::make(Epoch{*epoch}, *sequence);
}

}  // namespace cadre
