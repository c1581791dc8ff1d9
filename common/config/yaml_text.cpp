#include "common/config/yaml_text.hpp"

#include <algorithm>
#include <string>

#include "common/protocol/message.hpp"

namespace cadre::yaml {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }  // UTF-8, not a first byte

int characters(std::string_view text) {
  return static_cast<int>(text.size()) - static_cast<int>(std::count_if(text.begin(), text.end(), continues));
}

// The length of the longest beginning that is UTF-8.
std::size_t utf8_beginning(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size()) {
    std::size_t length = 1;
    while (length < 4 && at + length < line.size() && continues(line[at + length])) ++length;
    if (!is_utf8(line.substr(at, length))) return at;
    at += length;
  }
  return at;
}

void check_line(State& state, int number, std::string_view line) {
  const auto place = [&](std::size_t at) { return Place{number, 1 + characters(line.substr(0, at))}; };
  const std::size_t indented = std::min(line.size(), line.find_first_not_of(' '));
  if (line.substr(indented).starts_with('\t')) {
    state.add(place(indented), "tabs are not allowed in YAML indentation; use spaces");
  }
  const auto control = std::find_if(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f;
  });
  if (control != line.end()) {
    state.add(place(static_cast<std::size_t>(control - line.begin())),
              "a control character (byte " + std::to_string(*control) + ") is not allowed in this file");
  }
  const std::size_t good = utf8_beginning(line);
  if (good < line.size()) {
    state.add(place(good), "byte " + std::to_string(static_cast<unsigned char>(line[good])) +
                               " is not UTF-8; save the file in the encoding UTF-8");
  }
}

}  // namespace

bool plain_enough(State& state, std::string_view text) {
  const std::size_t before = state.faults.size();
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    check_line(state, number, line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return state.faults.size() == before;
}

Lines::Lines(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
  }
}

Place Lines::place(int line, int column) const {
  if (line < 0) return {};
  const std::size_t start = offset(line, 0);
  return {line + 1, 1 + characters(text_.substr(start, offset(line, column) - start))};
}

bool Lines::closed(int line, int column) const {
  const std::string_view rest = text_.substr(offset(line, column));
  if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return true;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[0] == '"' && rest[i] == '\\') {
      ++i;  // \" is a character
    } else if (rest[0] == '\'' && rest.substr(i, 2) == "''") {
      ++i;  // '' is a character
    } else if (rest[i] == rest[0]) {
      return true;
    }
  }
  return false;
}

std::size_t Lines::offset(int line, int column) const {
  const auto index = static_cast<std::size_t>(line);
  if (index >= starts_.size()) return text_.size();
  return std::min(text_.size(), starts_[index] + static_cast<std::size_t>(column));
}

}  // namespace cadre::yaml
