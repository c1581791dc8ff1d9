#include "worker/engine/stderr_log.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/protocol/limits.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

constexpr std::string_view marker = "@job ";

// True as long as `line` may still become an "@job" line.
bool may_be_marked(std::string_view line) {
  const std::size_t length = std::min(line.size(), marker.size());
  return line.substr(0, length) == marker.substr(0, length);
}

}  // namespace

void StderrLog::feed(std::string_view bytes) {
  if (lines_) scan(bytes);
  if (bytes.size() >= limits::stderr_bytes_max) {
    tail_.assign(bytes.substr(bytes.size() - limits::stderr_bytes_max));
    return;
  }
  tail_.append(bytes);
  // Cut rarely: moving 64 KiB for every line would cost more than all the rest.
  if (tail_.size() > 2 * limits::stderr_bytes_max) tail_.erase(0, tail_.size() - limits::stderr_bytes_max);
}

std::string StderrLog::take_tail() {
  if (tail_.size() > limits::stderr_bytes_max) tail_.erase(0, tail_.size() - limits::stderr_bytes_max);
  return std::exchange(tail_, {});
}

std::optional<ProgressLine> StderrLog::take_progress() { return std::exchange(progress_, std::nullopt); }

void StderrLog::scan(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const bool whole = newline != std::string_view::npos;
    if (!skipping_) {
      partial_.append(bytes.substr(0, std::min(newline, line_bytes_max + 1)));
      if (whole && may_be_marked(partial_)) line(partial_);
      skipping_ = !may_be_marked(partial_) || partial_.size() > line_bytes_max;
    }
    if (whole || skipping_) partial_.clear();
    if (!whole) return;
    skipping_ = false;
    bytes.remove_prefix(newline + 1);
  }
}

void StderrLog::line(std::string_view text) {
  if (text.size() > line_bytes_max || text.size() <= marker.size()) return;
  const auto json = nlohmann::json::parse(text.substr(marker.size()), nullptr, false);
  if (!json.is_object()) return;
  const auto word = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  if (const auto found = json.find("progress"); found != json.end() && found->is_number()) {
    progress_ =
        ProgressLine{std::clamp(found->get<double>(), 0.0, 1.0), fitting_text(word("message"), limits::text_bytes_max)};
  }
  if (std::string reason = word("fail"); !reason.empty()) {
    const auto permanent = json.find("permanent");
    fail_ = FailLine{fitting_text(std::move(reason), limits::text_bytes_max),
                     permanent != json.end() && permanent->is_boolean() && permanent->get<bool>()};
  }
}

}  // namespace cadre::engine
