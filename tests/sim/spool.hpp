// A worker's spool in the simulated world: directories of attempts, and what strangers put down. It outlives the lives of
// its worker.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/cleanup/orphans.hpp"

namespace cadre::sim {

class Spool {
 public:
  struct Thing {
    cleanup::Entry entry;
    Instant changed{};                   // by the world's clock
    std::optional<AttemptId> attempt;    // whose directory it is
  };

  void make(AttemptId attempt, Instant now) { put(cleanup::attempt_path(attempt), now)->attempt = attempt; }
  void plant(const std::string& name, Instant now) { put(name, now); }
  void touch(const std::string& path, Instant now) {
    const auto found = things_.find(path);
    if (found == things_.end()) return;
    found->second.changed = now;
    ++found->second.entry.changed_ns;
  }
  void remove(const std::string& path) { things_.erase(path); }
  // What stands there now, if it is still the very thing that was looked at, as unlinking checks it (sweep_files.hpp).
  const Thing* same(const cleanup::Entry& entry) const {
    const auto found = things_.find(entry.path);
    if (found == things_.end() || found->second.entry.inode != entry.inode || found->second.entry.changed_ns != entry.changed_ns) return nullptr;
    return &found->second;
  }
  std::vector<cleanup::Entry> look() const {
    std::vector<cleanup::Entry> entries;
    for (const auto& [path, thing] : things_) entries.push_back(thing.entry);
    return entries;
  }
  const std::map<std::string, Thing>& things() const { return things_; }

 private:
  Thing* put(const std::string& path, Instant now) {
    cleanup::Entry entry;
    entry.path = path;
    entry.inode = ++inodes_;
    entry.files = 1;
    return &(things_[path] = Thing{std::move(entry), now, {}});
  }

  std::map<std::string, Thing> things_;
  std::uint64_t inodes_ = 0;
};

}  // namespace cadre::sim
