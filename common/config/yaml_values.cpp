// Reading values out of the tree: each way of asking knows what it wants and says so when it finds something else.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/base/assert.hpp"
#include "common/config/words.hpp"
#include "common/config/yaml_state.hpp"
#include "common/protocol/message.hpp"

namespace cadre::yaml {
namespace {

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown_max = 80;
  return '"' + std::string(text.substr(0, shown_max)) + (text.size() > shown_max ? "...\"" : "\"");
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return in_quotes(node.text);
    case Node::Kind::list:
      return "a list";
    case Node::Kind::mapping:
      return "a mapping";
  }
  CADRE_ASSERT(false);
}

bool leading_zero(std::string_view text) {
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

// Empty unless `text` has a leading zero, which some YAML readers take for octal.
std::string zero_hint(std::string_view text) { return leading_zero(text) ? "; a leading zero is not allowed" : ""; }

std::optional<std::uint64_t> whole_number(std::string_view text) {
  if (text.empty() || leading_zero(text)) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{}) return std::nullopt;
  return value;
}

// One key of one mapping, asked for.
struct Asked {
  State& state;
  int mapping;
  std::string path;
  const Node* node = nullptr;  // null where the key is absent

  Asked(State& in, int of, const std::string& section_path, std::string_view key)
      : state(in), mapping(of), path(join(section_path, key)) {
    state.ask(mapping, section_path, key);
    if (const Node::Entry* entry = state.find(mapping, key)) node = &at(entry->value);
  }

  const Node& at(int index) const { return state.nodes[static_cast<std::size_t>(index)]; }

  void wanted(const Node& where, std::string_view what, const std::string& hint = "") const {
    state.add(where.place, fmt::format("{}: wanted {}, found {}{}", path, what, found(where), hint));
  }

  void missing() const {
    const Place place = mapping < 0 ? Place{} : at(mapping).title;
    state.add(place, fmt::format("{}: is missing; this key is required", path));
  }

  // The text of the value; nothing where the key is absent or its value is no text (which is a fault).
  const std::string* scalar(std::string_view what) const {
    if (node == nullptr) return nullptr;
    if (node->kind == Node::Kind::scalar) return &node->text;
    wanted(*node, what);
    return nullptr;
  }
};

constexpr std::string_view name_words = "a name of 1 to 64 characters A-Z a-z 0-9 . _ -";

}  // namespace

bool Section::present() const { return index_ >= 0; }

bool Section::has(std::string_view key) const { return Asked(*state_, index_, path_, key).node != nullptr; }

std::string Section::text(std::string_view key) {
  const Asked asked(*state_, index_, path_, key);
  if (asked.node == nullptr) return asked.missing(), "";
  const std::string* text = asked.scalar("a text");
  if (text != nullptr && text->empty()) asked.wanted(*asked.node, "a text");
  return text == nullptr ? "" : *text;
}

std::string Section::text(std::string_view key, std::string fallback) {
  const std::string* text = Asked(*state_, index_, path_, key).scalar("a text");
  return text == nullptr ? fallback : *text;
}

std::string Section::name(std::string_view key) {
  const Asked asked(*state_, index_, path_, key);
  if (asked.node == nullptr) return asked.missing(), "";
  return name(key, "");
}

std::string Section::name(std::string_view key, std::string fallback) {
  const Asked asked(*state_, index_, path_, key);
  const std::string* text = asked.scalar(name_words);
  if (text == nullptr) return fallback;
  if (is_name(*text)) return *text;
  asked.wanted(*asked.node, name_words);
  return fallback;
}

std::uint64_t Section::number(std::string_view key, std::uint64_t min, std::uint64_t max, std::uint64_t fallback) {
  const Asked asked(*state_, index_, path_, key);
  const std::string what = fmt::format("a whole number from {} to {}", min, max);
  const std::string* text = asked.scalar(what);
  if (text == nullptr) return fallback;
  const auto value = whole_number(*text);
  if (value && *value >= min && *value <= max) return *value;
  asked.wanted(*asked.node, what, zero_hint(*text));
  return fallback;
}

bool Section::flag(std::string_view key, bool fallback) {
  const Asked asked(*state_, index_, path_, key);
  const std::string* text = asked.scalar("true or false");
  if (text == nullptr) return fallback;
  if (*text == "true") return true;
  if (*text == "false") return false;
  std::string lower;
  for (const char c : *text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool yes = lower == "yes" || lower == "on" || lower == "y" || lower == "1" || lower == "true";
  const bool no = lower == "no" || lower == "off" || lower == "n" || lower == "0" || lower == "false";
  asked.wanted(*asked.node, "true or false", yes ? "; write true" : no ? "; write false" : "");
  return fallback;
}

Duration Section::duration(std::string_view key, Duration min, Duration max, Duration fallback) {
  const Asked asked(*state_, index_, path_, key);
  const std::string what =
      fmt::format("a time from {} to {} (such as 250ms, 30s, 5min, 2h)", duration_word(min), duration_word(max));
  const std::string* text = asked.scalar(what);
  if (text == nullptr) return fallback;
  const auto value = parse_duration(*text);
  if (value && *value >= min && *value <= max) return *value;
  asked.wanted(*asked.node, what, whole_number(*text) ? "; it needs a unit" : zero_hint(*text));
  return fallback;
}

std::uint64_t Section::bytes(std::string_view key, std::uint64_t min, std::uint64_t max, std::uint64_t fallback) {
  const Asked asked(*state_, index_, path_, key);
  const std::string what =
      fmt::format("a size from {} to {} (such as 512, 64KiB, 4GiB, 10MB)", bytes_word(min), bytes_word(max));
  const std::string* text = asked.scalar(what);
  if (text == nullptr) return fallback;
  const auto value = parse_bytes(*text);
  if (value && *value >= min && *value <= max) return *value;
  asked.wanted(*asked.node, what, zero_hint(*text));
  return fallback;
}

std::vector<std::string> Section::texts(std::string_view key) {
  const Asked asked(*state_, index_, path_, key);
  std::vector<std::string> values;
  if (asked.node == nullptr || asked.node->kind == Node::Kind::null) return values;
  if (asked.node->kind != Node::Kind::list) return asked.wanted(*asked.node, "a list of texts"), values;
  for (const int item : asked.node->items) {
    if (asked.at(item).kind == Node::Kind::scalar) {
      values.push_back(asked.at(item).text);
    } else {
      asked.wanted(asked.at(item), "a list of texts");
    }
  }
  return values;
}

std::size_t Section::choice(std::string_view key, const std::vector<std::string_view>& words, std::size_t fallback) {
  const Asked asked(*state_, index_, path_, key);
  const std::string what = fmt::format("one of {}", fmt::join(words, ", "));
  const std::string* text = asked.scalar(what);
  if (text == nullptr) return fallback;
  const auto word = std::find(words.begin(), words.end(), *text);
  if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
  const auto meant = nearest(*text, {words.begin(), words.end()});
  asked.wanted(*asked.node, what, meant ? "; did you mean '" + *meant + "'?" : "");
  return fallback;
}

Section Section::section(std::string_view key) {
  const Asked asked(*state_, index_, path_, key);
  Section section;
  section.state_ = state_;
  section.path_ = asked.path;
  if (asked.node == nullptr) return section;
  if (asked.node->kind == Node::Kind::mapping || asked.node->kind == Node::Kind::null) {
    // "worker:" with all its keys commented out is an empty section.
    section.index_ = static_cast<int>(asked.node - state_->nodes.data());
    state_->asked[section.index_];
    state_->titles.emplace(section.index_, section.path_);
    return section;
  }
  asked.wanted(*asked.node, "a mapping (\"key: value\" lines below it)");
  return section;
}

std::vector<Section> Section::sections(std::string_view key) {
  const Asked asked(*state_, index_, path_, key);
  std::vector<Section> sections;
  if (asked.node == nullptr || asked.node->kind == Node::Kind::null) return sections;
  if (asked.node->kind != Node::Kind::list) return asked.wanted(*asked.node, "a list of mappings"), sections;
  for (std::size_t i = 0; i < asked.node->items.size(); ++i) {
    const int item = asked.node->items[i];
    if (asked.at(item).kind != Node::Kind::mapping) {
      asked.wanted(asked.at(item), "a list of mappings");
      continue;
    }
    Section& section = sections.emplace_back();
    section.state_ = state_;
    section.index_ = item;
    section.path_ = fmt::format("{}[{}]", asked.path, i + 1);
    state_->asked[item];
    state_->titles.emplace(item, section.path_);
  }
  return sections;
}

std::vector<std::pair<std::string, Section>> Section::entries(std::string_view key) {
  Section mapping = section(key);
  std::vector<std::pair<std::string, Section>> entries;
  for (std::string& name : mapping.keys()) {
    Section value = mapping.section(name);
    entries.emplace_back(std::move(name), std::move(value));
  }
  return entries;
}

std::vector<std::string> Section::keys() const {
  std::vector<std::string> keys;
  if (!present()) return keys;
  for (const Node::Entry& entry : state_->nodes[static_cast<std::size_t>(index_)].entries) keys.push_back(entry.key);
  return keys;
}

void Section::fault(std::string_view key, std::string message) {
  const Asked asked(*state_, index_, path_, key);
  const Place place = asked.node != nullptr ? asked.node->place : index_ < 0 ? Place{} : asked.at(index_).title;
  state_->add(place, std::move(message));
}

std::string Section::where(std::string_view key) const {
  const Node::Entry* entry = state_->find(index_, key);
  if (entry == nullptr) return state_->file;
  const Place place = state_->nodes[static_cast<std::size_t>(entry->value)].place;
  return fmt::format("{}:{}:{}", state_->file, place.line, place.column);
}

}  // namespace cadre::yaml
