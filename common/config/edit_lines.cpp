#include "common/config/edit_lines.hpp"

#include <algorithm>

namespace cadre::yaml {

namespace {

constexpr auto npos = std::string::npos;

// The column behind a quoted text that begins at `at`.
std::size_t behind_quotes(const std::string& line, std::size_t at) {
  const char quote = line[at];
  for (std::size_t i = at + 1; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') ++i;
    else if (line[i] == quote) return i + 1;
  }
  return line.size();
}

std::size_t colon_of(const std::string& line, std::size_t key) {
  std::size_t at = key < line.size() && (line[key] == '"' || line[key] == '\'') ? behind_quotes(line, key) : key;
  while (at < line.size() && !(line[at] == ':' && (at + 1 == line.size() || line[at + 1] == ' ' || line[at + 1] == '\t'))) ++at;
  return at < line.size() ? at : npos;
}

std::size_t comment_of(const std::string& line, std::size_t from) {
  for (std::size_t at = from; at < line.size();) {
    const bool begins = line[at - 1] == ' ' || line[at - 1] == '\t' || line[at - 1] == ':' || line[at - 1] == '[' || line[at - 1] == '{' || line[at - 1] == ',';
    if (begins && (line[at] == '"' || line[at] == '\'')) at = behind_quotes(line, at);
    else if (begins && line[at] == '#') return at;
    else ++at;
  }
  return npos;
}

bool says_nothing(const std::string& line) {
  const auto first = line.find_first_not_of(" \t");
  return first == npos || line[first] == '#';
}

}  // namespace

std::optional<Extent> extent_of(const std::vector<std::string>& lines, std::size_t line, std::size_t column, bool list) {
  if (line >= lines.size()) return std::nullopt;
  const auto colon = colon_of(lines[line], column);
  if (colon == npos) return std::nullopt;
  Extent at{line, column, colon + 1, "", 0, line};
  if (const auto comment = comment_of(lines[line], colon + 1); comment != npos) {
    at.comment = lines[line].substr(comment);
    at.comment_at = comment;
  }
  for (std::size_t next = line + 1; next < lines.size(); ++next) {
    if (says_nothing(lines[next])) continue;
    const auto indent = lines[next].find_first_not_of(' ');
    const bool item = list && indent == column && lines[next][indent] == '-';
    if (indent <= column && !item) break;
    at.last = next;
  }
  return at;
}

void replace_value(std::vector<std::string>& lines, const Extent& at, const std::string& value) {
  std::string& line = lines[at.line];
  const auto old = line.find_first_not_of(" \t", at.value);
  // A value keeps its column: some people line them up.
  const auto column = old == npos || (!at.comment.empty() && old >= at.comment_at) ? at.value + 1 : old;
  line = line.substr(0, at.value) + std::string(column - at.value, ' ') + value;
  if (!at.comment.empty()) line += std::string(std::max<std::size_t>(line.size() + 1, at.comment_at) - line.size(), ' ') + at.comment;
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at.line) + 1, lines.begin() + static_cast<std::ptrdiff_t>(at.last) + 1);
}

}  // namespace cadre::yaml
