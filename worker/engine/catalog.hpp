// The engines of a node: DIR/*/engine.yaml, and the built-in ones. ENGINES.md lists the keys.
//
// An engine that was installed (`cadre engine install`) is DIR/NAME/current/engine.yaml, where `current` is a link to a
// version's directory beside it. It goes before an engine.yaml in DIR/NAME. Its directory is the version's own, so that
// attempts which run stay with it when the link is switched; its version is that directory's name, which tells the
// content apart. It is held (version_hold.hpp) as long as anybody has its definition.
//
// A file with faults offers no engine; all its faults are told at once, as file:line:column. When a file that was good
// becomes faulty, what it said before stays in force. An engine whose program is missing is kept and marked broken, so
// that the worker can say why it does not offer it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "worker/engine/engine.hpp"

namespace cadre::engine {

// What one engine.yaml says. `faults` empty: `definition` is good.
struct LoadedEngine {
  Definition definition;
  std::vector<std::string> faults;  // "engine.yaml:7:10: slots: wanted ..."
};
LoadedEngine load_engine(const std::filesystem::path& directory);

// Why the engine cannot be started on this machine; empty: nothing speaks against it.
std::string why_broken(const Definition& engine, const std::string& path);

class Catalog {
 public:
  struct Entry {
    DefinitionPtr definition;  // the same pointer as long as its file says the same
    std::string broken;
  };

  // `directory` need not exist: then there are only the built-in engines. `path`: PATH of engines (HostOptions).
  Catalog(std::filesystem::path directory, std::string path);

  bool changed() const;  // since the last reload: an engine.yaml was written, a program has come or gone
  void reload();

  const std::map<std::string, Entry>& entries() const { return entries_; }  // by name
  const std::vector<std::string>& faults() const { return faults_; }
  const Entry* find(const std::string& name) const;

 private:
  // Size and time of the last write of each engine.yaml: enough to notice an edit. An installed one has the path that
  // its link leads to: enough to notice a switch.
  struct Stamp {
    std::uintmax_t size = 0;
    std::filesystem::file_time_type written{};
    bool installed = false;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::map<std::filesystem::path, Stamp>;
  static bool add_stamp(const std::filesystem::path& file, bool installed, Stamps& stamps);
  Stamps look() const;
  void take(const std::filesystem::path& engine_directory, bool installed, std::map<std::string, Entry>& entries);
  // False: its version is just being removed.
  bool hold(Definition& engine, const std::filesystem::path& file);
  void keep_former(const std::filesystem::path& engine_directory, bool installed,
                   std::map<std::string, Entry>& entries);

  std::filesystem::path directory_;
  std::string path_;
  Stamps stamps_;
  std::map<std::string, Entry> entries_;
  std::vector<std::string> faults_;
};

bool same(const Definition& a, const Definition& b);

}  // namespace cadre::engine
