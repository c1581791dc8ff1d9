#include "common/database/server_help.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace cadre::db {

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A row of the table at the end: the name, blanks, the value.
std::optional<std::string> value_in(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') return std::nullopt;
  const auto first = line.find_first_not_of(' ', name.size());
  if (first == std::string_view::npos) return "";
  const auto value = line.substr(first);
  return value == "(No default value)" ? "" : std::string(value);
}

}  // namespace

DefaultsOptions defaults_options(const std::vector<std::string>& arguments) {
  DefaultsOptions options;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    constexpr std::string_view file = "--defaults-file=";
    if (i == 1 && word == "--no-defaults") options.none = true;
    else if (!options.none && word.starts_with(file)) options.file = word.substr(file.size());
    else if (options.none || (!word.starts_with("--defaults-extra-file=") && !word.starts_with("--defaults-group-suffix="))) break;
    options.all.push_back(word);
  }
  return options;
}

std::vector<std::string> asking(const std::vector<std::string>& arguments, const std::string& empty_directory) {
  auto all = arguments;
  if (all.empty()) all.emplace_back("mariadbd");
  for (const char* option : {"--datadir=", "--aria-log-dir-path=", "--tmpdir="}) all.push_back(option + empty_directory);
  all.emplace_back("--verbose");
  all.emplace_back("--help");
  return all;
}

std::optional<ServerHelp> read_help(std::string_view text) {
  constexpr std::string_view files = "Default options are read from the following files", groups = "The following groups are read:";
  ServerHelp help;
  bool has_groups = false, has_address = false;
  const auto lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with(files) && i + 1 < lines.size()) help.files = words_of(lines[i + 1]);
    if (lines[i].starts_with(groups)) {
      help.groups = words_of(lines[i].substr(groups.size()));
      has_groups = true;
    }
    if (const auto value = value_in(lines[i], "bind-address")) {
      help.bind_address = *value;
      has_address = true;
    }
    if (const auto value = value_in(lines[i], "skip-networking")) help.networking = *value != "TRUE";
  }
  if (!has_groups || !has_address) return std::nullopt;
  return help;
}

std::string complaints_in(std::string_view log, std::size_t lines_max) {
  std::vector<std::string_view> errors, others;
  for (const auto line : lines_of(log)) {
    if (line.empty()) continue;
    const bool error = line.find("[ERROR]") != std::string_view::npos || line.starts_with("error:") || line.starts_with("Fatal error");
    (error ? errors : others).push_back(line);
  }
  const auto& chosen = errors.empty() ? others : errors;
  std::string text;
  for (std::size_t i = chosen.size() > lines_max ? chosen.size() - lines_max : 0; i < chosen.size(); ++i) text += (text.empty() ? "" : "\n") + std::string(chosen[i]);
  return text;
}

std::string unit_of(std::string_view control_groups) {
  for (const auto line : lines_of(control_groups)) {
    if (line.find(":/system.slice/") == std::string_view::npos || !line.ends_with(".service")) continue;
    return std::string(line.substr(line.rfind('/') + 1));
  }
  return "";
}

std::vector<std::string> arguments_of_unit(std::string_view shown) {
  constexpr std::string_view begin = "argv[]=";
  const auto at = shown.find(begin);
  if (at == std::string_view::npos) return {};
  const auto behind = shown.substr(at + begin.size());
  auto words = words_of(behind.substr(0, behind.find(" ;")));
  std::erase_if(words, [](const std::string& word) { return word.starts_with('$'); });
  return words;
}

}  // namespace cadre::db
