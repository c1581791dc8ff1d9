#include "common/config/edit.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>

#include "common/config/edit_lines.hpp"
#include "common/config/yaml.hpp"

namespace cadre::yaml {

namespace {

using Path = std::vector<std::string>;

// --- words ----------------------------------------------------------------------------------------------------------

bool is_plain(const std::string& text) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("_./:@%+ -").find(c) != std::string_view::npos; };
  if (text.empty() || text.find(": ") != std::string::npos || text.find(" #") != std::string::npos || text.back() == ':' || text.back() == ' ') return false;
  return (std::isalnum(static_cast<unsigned char>(text.front())) || text.front() == '/' || text.front() == '_' || text.front() == '.') && std::ranges::all_of(text, fits);
}

std::string quoted(const std::string& text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    if (c == '\n') made += "\\n";
    else if (c == '\t') made += "\\t";
    else made += c;
  }
  return made + '"';
}

// A tree on one line.
std::string flow(const YAML::Node& node) {
  std::string text;
  if (node.IsMap()) {
    for (const auto& entry : node) text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", flow(entry.first), flow(entry.second));
    return '{' + text + '}';
  }
  if (node.IsSequence()) {
    for (const auto& item : node) text += (text.empty() ? "" : ", ") + flow(item);
    return '[' + text + ']';
  }
  if (!node.IsScalar()) return "~";
  return is_plain(node.Scalar()) ? node.Scalar() : quoted(node.Scalar());
}

std::string step_name(const std::string& key) { return key.find('.') == std::string::npos ? key : quoted(key); }

std::optional<Path> path_of(std::string_view text) {
  Path path;
  while (true) {
    std::string key;
    if (text.starts_with('"')) {
      const auto end = text.find('"', 1);
      if (end == std::string_view::npos) return std::nullopt;
      key = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
    } else {
      key = text.substr(0, text.find('.'));
      text.remove_prefix(key.size());
    }
    if (key.empty()) return std::nullopt;
    path.push_back(std::move(key));
    if (text.empty()) return path;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
}

// --- trees ----------------------------------------------------------------------------------------------------------

Result<YAML::Node> parse(std::string_view text) {
  // Its own reader first: it refuses what yaml-cpp lets pass, and says where.
  const Document document = Document::parse(text, "the file");
  if (!document.faults().empty()) return Error{document.report()};
  try {
    YAML::Node root = YAML::Load(std::string(text));
    if (root.IsNull()) return YAML::Node(YAML::NodeType::Map);
    if (!root.IsMap()) return Error{"a mapping of keys to values was wanted"};
    return root;
  } catch (const YAML::Exception& error) {
    return Error{error.what()};
  }
}

// What a person wrote as a value.
YAML::Node value_of(std::string_view value) {
  try {
    const YAML::Node list = YAML::Load(fmt::format("[{}]", value));
    if (value.find('\n') == std::string_view::npos && list.IsSequence() && list.size() == 1 && list[0].IsDefined()) return list[0];
  } catch (const YAML::Exception&) {
  }
  return YAML::Node(std::string(value));
}

std::optional<std::pair<YAML::Node, YAML::Node>> entry_of(const YAML::Node& mapping, const std::string& key) {
  for (const auto& entry : mapping)
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return std::pair<YAML::Node, YAML::Node>(entry.first, entry.second);
  return std::nullopt;
}

// A copy of `node` with the value put in, or taken out where there is none; empty mappings on the way go with what was in them.
YAML::Node changed(const YAML::Node& node, const Path& path, std::size_t depth, const YAML::Node* value) {
  YAML::Node made(YAML::NodeType::Map);
  bool found = false;
  const auto put = [&](const std::string& key, const YAML::Node& old) {
    if (depth + 1 == path.size()) {
      if (value != nullptr) made[key] = *value;
      return;
    }
    const YAML::Node below = changed(old, path, depth + 1, value);
    if (value != nullptr || below.size() > 0) made[key] = below;
  };
  if (node.IsMap())
    for (const auto& entry : node) {
      const std::string key = entry.first.Scalar();
      if (key == path[depth]) {
        found = true;
        put(key, entry.second);
      } else {
        made[key] = entry.second;
      }
    }
  if (!found && value != nullptr) put(path[depth], YAML::Node());
  return made;
}

// --- lines ----------------------------------------------------------------------------------------------------------

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::optional<Extent> place_of(const std::vector<std::string>& lines, const std::pair<YAML::Node, YAML::Node>& entry) {
  const YAML::Mark mark = entry.first.Mark();
  if (mark.line < 0) return std::nullopt;
  return extent_of(lines, static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column), entry.second.IsSequence());
}

bool is_block(const YAML::Node& node) { return node.IsMap() && node.size() > 0 && node.Style() != YAML::EmitterStyle::Flow; }

// Behind the last key of a block mapping, or at the end of a file that says nothing yet.
bool insert(std::vector<std::string>& lines, const YAML::Node& mapping, const Path& path, std::size_t depth, const YAML::Node& value) {
  std::size_t behind = lines.size(), indent = 0;
  for (const auto& entry : mapping) {
    const auto at = place_of(lines, std::pair<YAML::Node, YAML::Node>(entry.first, entry.second));
    if (!at) return false;
    behind = at->last + 1;
    indent = at->column;
  }
  YAML::Node rest = value;
  std::vector<std::string> made;
  if (depth == 0 && path.size() > 1) made.push_back(path[0] + ":");
  const std::size_t first = made.empty() ? depth : depth + 1;
  if (first + 1 < path.size()) {
    const Path below(path.begin() + static_cast<std::ptrdiff_t>(first) + 1, path.end());
    rest = changed(YAML::Node(), below, 0, &value);
  }
  made.push_back(fmt::format("{}{}: {}", std::string(made.empty() ? indent : 2, ' '), path[first], flow(rest)));
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(behind), made.begin(), made.end());
  return true;
}

// False where the text is written in a way that this does not know.
bool edit(std::vector<std::string>& lines, const YAML::Node& root, const Path& path, const YAML::Node* value) {
  YAML::Node mapping = root;
  std::optional<std::pair<YAML::Node, YAML::Node>> alone;  // the outermost key that would be left with nothing
  for (std::size_t depth = 0;; ++depth) {
    const auto entry = entry_of(mapping, path[depth]);
    if (!entry) return value != nullptr && insert(lines, mapping, path, depth, *value);
    const auto at = place_of(lines, *entry);
    if (!at) return false;
    if (mapping.size() > 1 || !alone) alone = entry;
    const bool last = depth + 1 == path.size();
    if (!last && is_block(entry->second)) {
      mapping.reset(entry->second);
      continue;
    }
    const YAML::Node below = last ? YAML::Node() : changed(entry->second, path, depth + 1, value);
    if (value != nullptr || (!last && below.size() > 0)) {
      replace_value(lines, *at, flow(last ? *value : below));
      return true;
    }
    const auto whole = place_of(lines, *alone);
    if (!whole) return false;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(whole->line), lines.begin() + static_cast<std::ptrdiff_t>(whole->last) + 1);
    return true;
  }
}

Result<std::string> edited(std::string_view text, std::string_view path_text, const YAML::Node* value) {
  const auto path = path_of(path_text);
  if (!path) return Error{fmt::format("'{}' is no path: keys with dots between them were wanted, such as policy.lease_ttl", path_text)};
  const auto root = parse(text);
  if (!root) return Error{root.error()};
  const YAML::Node wanted = changed(*root, *path, 0, value);
  if (flow(wanted) == flow(*root)) return std::string(text);
  const bool returns = text.find("\r\n") != std::string_view::npos;
  std::vector<std::string> lines = lines_of(text);
  for (std::string& line : lines)
    if (line.ends_with('\r')) line.pop_back();
  std::string made;
  if (edit(lines, *root, *path, value))
    for (const std::string& line : lines) made += line + (returns ? "\r\n" : "\n");
  const auto now = parse(made);
  if (made.empty() || !now || flow(*now) != flow(wanted))
    return Error{fmt::format("{} stands in a form that is not changed by a program; change it by hand{}", path_text, value == nullptr ? "" : ": " + flow(*value))};
  return made;
}

void gather(const YAML::Node& node, const std::string& path, std::vector<Leaf>& all) {
  for (const auto& entry : node) {
    const std::string here = (path.empty() ? "" : path + ".") + step_name(entry.first.Scalar());
    if (entry.second.IsMap() && entry.second.size() > 0) gather(entry.second, here, all);
    else all.push_back({here, flow(entry.second), entry.first.Mark().line + 1});
  }
}

}  // namespace

Result<std::vector<Leaf>> leaves(std::string_view text) {
  const auto root = parse(text);
  if (!root) return Error{root.error()};
  std::vector<Leaf> all;
  gather(*root, "", all);
  return all;
}

Result<std::string> with_value(std::string_view text, std::string_view path, std::string_view value) {
  const YAML::Node node = value_of(value);
  return edited(text, path, &node);
}

Result<std::string> without_value(std::string_view text, std::string_view path) { return edited(text, path, nullptr); }

}  // namespace cadre::yaml
