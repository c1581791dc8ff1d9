// Strict reading of YAML: every fault of a file is reported at once, each with file:line:column, what was wanted, what
// was found, and the nearest known key. Duplicate and unknown keys, tabs, aliases, merge keys, several documents and
// numbers with leading zeros are faults (yaml-cpp lets most of them pass: libraries.md 4.1 to 4.5).
//
//   Document document = Document::load("/etc/cadre/node.yaml");
//   Section root = document.root();
//   config.name = root.name("name");                                  // required: a fault where it is missing
//   config.slots = root.number("slots", 1, 1024, cores);              // optional: has a fallback
//   Section broker = root.section("broker");                          // optional sections read as empty ones
//   config.ttl = broker.duration("lease_ttl", 1s, 24h, 60s);
//   document.finish();                                                // unknown keys become faults
//   if (!document.faults().empty()) ...
//
// A reader asks for every key that it knows; what nobody asked for is unknown. Values are copied out: no node escapes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/time.hpp"

namespace cadre::yaml {

struct Fault {
  std::string file;
  int line = 0;    // from 1; 0 where the file as a whole is meant
  int column = 0;  // from 1
  std::string message;
};

// "node.yaml:7:10: slots: wanted a whole number from 1 to 1024, found \"eight\""
std::string to_string(const Fault& fault);

struct State;  // the tree, what was asked for, the faults; shared by a document and its sections

// A mapping. Cheap to copy; valid as long as its document.
class Section {
 public:
  // False for a section that is not in the file: its values are the fallbacks.
  bool present() const;
  bool has(std::string_view key) const;  // also counts as asked for

  std::string text(std::string_view key);                          // required
  std::string text(std::string_view key, std::string fallback);
  std::string name(std::string_view key);                          // required, is_name()
  std::string name(std::string_view key, std::string fallback);
  std::uint64_t number(std::string_view key, std::uint64_t min, std::uint64_t max, std::uint64_t fallback);
  bool flag(std::string_view key, bool fallback);                  // true or false, nothing else
  Duration duration(std::string_view key, Duration min, Duration max, Duration fallback);  // "250ms", "30s", "5m", "2h", "30d", "P30D"
  std::uint64_t bytes(std::string_view key, std::uint64_t min, std::uint64_t max, std::uint64_t fallback);  // "64KiB", "4GiB", "10MB"
  std::vector<std::string> texts(std::string_view key);            // a list of texts; absent reads as empty
  // One of `words`; the index of the one found. Aliases are written "word=canonical index" by the caller's own table.
  std::size_t choice(std::string_view key, const std::vector<std::string_view>& words, std::size_t fallback);

  Section section(std::string_view key);                           // a mapping below
  std::vector<Section> sections(std::string_view key);             // a list of mappings
  std::vector<std::pair<std::string, Section>> entries(std::string_view key);  // a mapping whose keys are the user's own

  std::vector<std::string> keys() const;                           // in order; where they are the user's own. Ask for each

  // A fault at the value of `key` (or at the section itself where the key is absent).
  void fault(std::string_view key, std::string message);
  // Where the value of `key` stands, "node.yaml:7:10", for messages that speak of it later.
  std::string where(std::string_view key) const;

 private:
  friend class Document;
  friend struct State;
  std::shared_ptr<State> state_;
  int index_ = -1;  // into the state's flat copy of the tree; -1: absent
  std::string path_;
};

class Document {
 public:
  // Never throws: a file that cannot be read or parsed is one fault, and its root reads as empty.
  static Document load(const std::filesystem::path& path);
  static Document parse(std::string_view text, std::string file_name);

  Section root();
  void finish();  // after everything was read: keys that nobody asked for become faults, with the nearest known key
  const std::vector<Fault>& faults() const;  // in order of line
  std::string report() const;                // all faults, one per line

 private:
  std::shared_ptr<State> state_;
};

// For the command line and for other texts that are not YAML. "10s", "1.5h", "250ms", "P30D" (ISO 8601); "4GiB", "10MB", "512".
std::optional<Duration> parse_duration(std::string_view text);
std::optional<std::uint64_t> parse_bytes(std::string_view text);

// The word of `known` that `word` is most likely meant to be (edit distance at most 2, and less than half of it).
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace cadre::yaml
