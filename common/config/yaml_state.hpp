// Inside of common/config/yaml: the flat copy of a YAML file, what was asked for, and the faults found so far.
// Nothing outside this directory includes this file.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/yaml.hpp"

namespace cadre::yaml {

// Configuration is small. What is larger or deeper than this is a mistake, or an attack (libraries.md 4.4).
inline constexpr std::size_t file_bytes_max = 1u << 20;
inline constexpr std::size_t nodes_max = 10'000;
inline constexpr int depth_max = 16;

struct Place {
  int line = 0;    // from 1; 0: the file as a whole
  int column = 0;  // from 1
};

struct Node {
  enum class Kind { null, scalar, list, mapping };
  struct Entry {
    std::string key;
    Place place;  // of the key
    int value = -1;
  };

  Kind kind = Kind::null;
  std::string text;            // scalar
  std::vector<int> items;      // list
  std::vector<Entry> entries;  // mapping; the first of duplicate keys
  Place place;                 // where the value stands; for an empty value, where its key stands
  Place title;                 // where the thing is named: its key, or its own place in a list
};

struct State {
  std::string file;
  std::vector<Node> nodes;
  int root = -1;
  // No tree to speak of: what is said after the reason for that would only be noise.
  bool broken = false;
  std::map<int, std::set<std::string, std::less<>>> asked;  // by mapping: the keys that a reader knows
  std::map<int, std::string> titles;                        // by mapping: its path, for messages
  std::vector<Fault> faults;                                // in order of line

  void add(Place place, std::string message);
  const Node::Entry* find(int mapping, std::string_view key) const;
  void ask(int mapping, const std::string& path, std::string_view key);
};

// Parses `text` into the state's tree; whatever is not allowed becomes a fault. Never throws what yaml-cpp throws.
void grow(State& state, std::string_view text);

}  // namespace cadre::yaml
