#include "tests/script/script.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cadre::script {

namespace {

constexpr std::size_t arrow_column_max = 60;

[[noreturn]] void fault(const std::string& text, const std::string& why) {
  throw std::runtime_error(fmt::format("'{}': {}", text, why));
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// "job x3" instead of three times the same.
std::vector<std::string> fold(const std::vector<std::string>& sayings) {
  std::vector<std::string> folded;
  for (std::size_t i = 0; i < sayings.size();) {
    std::size_t end = i + 1;
    while (end < sayings.size() && sayings[end] == sayings[i]) ++end;
    folded.push_back(end - i == 1 ? sayings[i] : fmt::format("{} x{}", sayings[i], end - i));
    i = end;
  }
  return folded;
}

}  // namespace

Words::Words(const std::string& text) : text_(text) {
  std::string word;
  bool quoted = false, any = false;
  const auto finish = [&] {
    if (!any) return;
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) plain_.push_back(word);
    else if (!named_.emplace(word.substr(0, equals), word.substr(equals + 1)).second) fault(text_, "said twice: " + word);
    word.clear();
    any = false;
  };
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (c == ' ' && !quoted) {
      finish();
    } else {
      word += c;
      any = true;
    }
  }
  finish();
}

std::string Words::next(const std::string& wanted) {
  if (at_ == plain_.size()) fault(text_, wanted + " is wanted");
  return plain_[at_++];
}

std::optional<std::string> Words::maybe() {
  if (at_ == plain_.size()) return std::nullopt;
  return plain_[at_++];
}

bool Words::take(const std::string& word) {
  if (at_ == plain_.size() || plain_[at_] != word) return false;
  ++at_;
  return true;
}

std::optional<std::string> Words::named(const std::string& name) {
  const auto place = named_.find(name);
  if (place == named_.end()) return std::nullopt;
  std::string value = place->second;
  named_.erase(place);
  return value;
}

std::uint64_t Words::number(const std::string& name, std::uint64_t fallback) {
  const auto value = named(name);
  return value ? parse_count(*value) : fallback;
}

Duration Words::duration(const std::string& name, Duration fallback) {
  const auto value = named(name);
  return value ? parse_duration(*value) : fallback;
}

void Words::all_used() const {
  if (at_ < plain_.size()) fault(text_, fmt::format("'{}' is not understood", plain_[at_]));
  if (!named_.empty()) fault(text_, fmt::format("'{}=' is not understood", named_.begin()->first));
}

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    const auto at = text.find(by, from);
    const std::string part = trimmed(text.substr(from, at == std::string::npos ? at : at - from));
    if (!part.empty()) parts.push_back(part);
    if (at == std::string::npos) return parts;
    from = at + by.size();
  }
}

std::uint64_t parse_count(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) fault(text, "a number is wanted");
  return value;
}

Duration parse_duration(const std::string& text) {
  const auto unit = text.find_first_not_of("0123456789");
  if (unit == 0 || unit == std::string::npos) fault(text, "a duration is wanted: 250ms, 31s, 5m, 1h");
  const auto count = static_cast<std::int64_t>(parse_count(text.substr(0, unit)));
  const std::string name = text.substr(unit);
  if (name == "ms") return std::chrono::milliseconds(count);
  if (name == "s") return std::chrono::seconds(count);
  if (name == "m") return std::chrono::minutes(count);
  if (name == "h") return std::chrono::hours(count);
  fault(text, "a duration is wanted: 250ms, 31s, 5m, 1h");
}

JobId parse_job(const std::string& text) {
  const bool now = text.starts_with("job"), before = text.starts_with("old");
  if (!now && !before) fault(text, "a job is wanted: job1, or old1 for one of the broker before");
  return JobId::make(now ? epoch_now : epoch_before, parse_count(text.substr(3)));
}

AttemptId parse_attempt(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) fault(text, "an attempt is wanted: job1/1");
  return {parse_job(text.substr(0, slash)), static_cast<std::uint32_t>(parse_count(text.substr(slash + 1)))};
}

std::vector<AttemptId> parse_attempts(const std::string& text) {
  std::vector<AttemptId> attempts;
  for (const auto& one : split(text, ",")) attempts.push_back(parse_attempt(one));
  return attempts;
}

std::string name_of(JobId id) {
  if (id.epoch() == epoch_now) return fmt::format("job{}", id.sequence());
  if (id.epoch() == epoch_before) return fmt::format("old{}", id.sequence());
  return to_string(id);
}

std::string name_of(AttemptId id) { return fmt::format("{}/{}", name_of(id.job), id.number); }

namespace {

struct Line {
  std::string text;      // as in the file, where it is no dialogue
  std::string input, expected, found;
  bool dialogue = false;
};

std::vector<Line> read_lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file.string() + ": cannot be read");
  std::vector<Line> lines;
  for (std::string text; std::getline(in, text);) {
    Line line{text, "", "", "", false};
    const auto arrow = text.find("->");
    if (!text.empty() && text[0] != '#') {
      if (arrow == std::string::npos) throw std::runtime_error(fmt::format("{}: '{}' has no ->", file.string(), text));
      line.dialogue = true;
      line.input = trimmed(text.substr(0, arrow));
      line.expected = fmt::format("{}", fmt::join(split(text.substr(arrow + 2), " | "), " | "));
    }
    lines.push_back(std::move(line));
  }
  if (lines.empty() || !lines[0].text.starts_with("# ")) throw std::runtime_error(file.string() + ": the first line is to say what is true");
  return lines;
}

std::string told(const std::string& input, std::size_t column, const std::string& words) {
  return trimmed(fmt::format("{:<{}} -> {}", input, column, words));
}

}  // namespace

std::optional<std::string> play_file(const std::filesystem::path& file, Stage& stage) {
  auto lines = read_lines(file);
  std::size_t column = 0;
  bool different = false;
  for (const auto& line : lines)
    if (line.dialogue) column = std::max(column, line.input.size());
  column = std::min(column, arrow_column_max);
  for (auto& line : lines) {
    if (!line.dialogue) continue;
    line.found = fmt::format("{}", fmt::join(fold(stage.play(line.input)), " | "));
    different = different || line.found != line.expected;
  }
  if (!different) return std::nullopt;
  if (std::getenv("CADRE_REWRITE_SCRIPTS") != nullptr) {
    std::ofstream out(file);
    for (const auto& line : lines) out << (line.dialogue ? told(line.input, column, line.found) : line.text) << '\n';
    return std::nullopt;
  }
  std::string story = file.string() + ":\n";
  for (const auto& line : lines) {
    if (!line.dialogue) story += line.text + '\n';
    else if (line.found == line.expected) story += "    " + told(line.input, column, line.found) + '\n';
    else story += "  - " + told(line.input, column, line.expected) + "\n  + " + told(line.input, column, line.found) + '\n';
  }
  return story;
}

}  // namespace cadre::script
