// From text to the flat tree, over yaml-cpp's events: they tell of aliases and duplicates, which its Node hides
// (libraries.md 4.2, 4.4), and no shared YAML::Node is ever built (4.5).
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "common/config/yaml_state.hpp"
#include "common/config/yaml_text.hpp"

namespace cadre::yaml {
namespace {

struct Stop {};  // ends the parser from inside an event; the fault is recorded already

std::string in_mapping(const std::string& title) { return title.empty() ? "" : " in '" + title + "'"; }

class Grower : public YAML::EventHandler {
 public:
  Grower(State& state, const Lines& lines) : state_(state), lines_(lines) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) stop(place_of(mark), "a second YAML document begins here; put everything into one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { leaf(mark, Node::Kind::null, ""); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    state_.add(place_of(mark), "aliases (*name) are not allowed; write the value out");
    leaf(mark, Node::Kind::null, "");
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    state_.add(place_of(mark), "anchors (&" + name + ") are not allowed; write the value out where it is needed");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    check_tag(mark, tag);
    if (!lines_.closed(mark.line, mark.column)) stop(place_of(mark), "the quote that opens here is never closed");
    if (value.find('\0') != std::string::npos) state_.add(place_of(mark), "a text must not contain a NUL character");
    leaf(mark, Node::Kind::scalar, value, tag == "?");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, Node::Kind::list);
  }
  void OnSequenceEnd() override { stack_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, tag, Node::Kind::mapping);
  }
  void OnMapEnd() override { stack_.pop_back(); }

 private:
  struct Level {
    int node = -1;
    std::string path;
    bool wants_value = false;  // mapping: a key was read
    std::string key;
    Place key_place;
    bool key_counts = true;  // false: a faulty key; its value is read and forgotten
  };

  Place place_of(const YAML::Mark& mark) const { return lines_.place(mark.line, mark.column); }

  [[noreturn]] void stop(Place place, std::string message) {
    state_.add(place, std::move(message));
    state_.broken = true;
    throw Stop{};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;  // plain, quoted
    state_.add(place_of(mark), "tags (" + tag + ") are not allowed; write the value alone");
  }

  void leaf(const YAML::Mark& mark, Node::Kind kind, const std::string& text, bool plain = false) {
    if (!stack_.empty() && is_mapping(stack_.back()) && !stack_.back().wants_value) {
      return take_key(place_of(mark), kind, text, plain);
    }
    attach(mark, kind, text);
  }

  void open(const YAML::Mark& mark, const std::string& tag, Node::Kind kind) {
    check_tag(mark, tag);
    if (stack_.size() >= static_cast<std::size_t>(depth_max)) {
      stop(place_of(mark), "nested deeper than " + std::to_string(depth_max) + " levels");
    }
    std::string path = path_below();
    if (!stack_.empty() && is_mapping(stack_.back()) && !stack_.back().wants_value) {
      stop(place_of(mark), "a key must be a text, found a list or mapping");
    }
    Level level;
    level.node = attach(mark, kind, "");
    level.path = std::move(path);
    stack_.push_back(std::move(level));
  }

  void take_key(Place place, Node::Kind kind, const std::string& text, bool plain) {
    Level& level = stack_.back();
    level.wants_value = true;
    level.key = text;
    level.key_place = place;
    level.key_counts = false;
    if (kind != Node::Kind::scalar) return state_.add(place, "a key must be a text, found nothing");
    if (plain && text == "<<") return state_.add(place, "merge keys (<<) are not allowed; write the values out");
    if (const Node::Entry* first = state_.find(level.node, text)) {
      return state_.add(place, "duplicate key '" + text + "'" + in_mapping(level.path) + "; the first is on line " +
                                   std::to_string(first->place.line));
    }
    level.key_counts = true;
  }

  int attach(const YAML::Mark& mark, Node::Kind kind, const std::string& text) {
    if (state_.nodes.size() >= nodes_max) {
      stop(place_of(mark), "more than " + std::to_string(nodes_max) + " values in one file");
    }
    const int index = static_cast<int>(state_.nodes.size());
    Node& node = state_.nodes.emplace_back();
    node.kind = kind;
    node.text = text;
    node.place = place_of(mark);
    node.title = node.place;
    if (stack_.empty()) {
      state_.root = index;
      return index;
    }
    Level& level = stack_.back();
    Node& parent = state_.nodes[static_cast<std::size_t>(level.node)];
    if (parent.kind == Node::Kind::list) {
      parent.items.push_back(index);
      return index;
    }
    node.title = level.key_place;
    if (kind == Node::Kind::null) node.place = level.key_place;  // yaml-cpp names the next token's place
    if (level.key_counts) parent.entries.push_back({level.key, level.key_place, index});
    level.wants_value = false;
    return index;
  }

  std::string path_below() const {
    if (stack_.empty()) return "";
    const Level& level = stack_.back();
    if (!is_mapping(level)) {
      const Node& list = state_.nodes[static_cast<std::size_t>(level.node)];
      return level.path + "[" + std::to_string(list.items.size() + 1) + "]";
    }
    return level.path.empty() ? level.key : level.path + "." + level.key;
  }

  bool is_mapping(const Level& level) const {
    return state_.nodes[static_cast<std::size_t>(level.node)].kind == Node::Kind::mapping;
  }

  State& state_;
  const Lines& lines_;
  std::vector<Level> stack_;
  int documents_ = 0;
};

}  // namespace

void grow(State& state, std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (!plain_enough(state, text)) {
    state.broken = true;
    return;
  }
  const Lines lines(text);
  Grower grower(state, lines);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(grower)) {
    }
  } catch (const Stop&) {
    return;
  } catch (const YAML::Exception& error) {
    state.add(lines.place(error.mark.line, error.mark.column), "not valid YAML: " + error.msg);
    state.broken = true;
    return;
  }
  if (state.root < 0) {  // an empty file is an empty mapping
    state.root = static_cast<int>(state.nodes.size());
    Node& node = state.nodes.emplace_back();
    node.place = node.title = {1, 1};
  }
  Node& root = state.nodes[static_cast<std::size_t>(state.root)];
  if (root.kind == Node::Kind::null) root.kind = Node::Kind::mapping;
  if (root.kind != Node::Kind::mapping) {
    state.add(root.place, "wanted keys and values (\"key: value\") at the top of the file, found " +
                              std::string(root.kind == Node::Kind::list ? "a list" : "a single text"));
    state.broken = true;
  }
}

}  // namespace cadre::yaml
