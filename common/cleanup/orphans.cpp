#include "common/cleanup/orphans.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace cadre::cleanup {

namespace {

constexpr std::array<std::string_view, 5> own_names = {"lock", "instance", "lives", "cluster", attempts_name};
constexpr std::array<std::string_view, 2> own_families = {"attempts/.spare.", "attempts/serve."};

// The number of files is compared as well: the times of some file systems are too coarse to tell two changes in a row.
bool is_very_same(const Entry& a, const Entry& b) {
  return a.device == b.device && a.inode == b.inode && a.changed_ns == b.changed_ns && a.files == b.files;
}

}  // namespace

bool is_workers_own(std::string_view path) {
  for (const std::string_view name : own_names) {
    if (path == name) return true;
  }
  for (const std::string_view family : own_families) {
    if (path.starts_with(family)) return true;
  }
  return false;
}

std::string attempt_name(AttemptId attempt) { return fmt::format("{}.{}", to_string(attempt.job), attempt.number); }

std::string attempt_path(AttemptId attempt) { return fmt::format("{}/{}", attempts_name, attempt_name(attempt)); }

std::vector<Entry> Orphans::ripe(Instant now, const std::vector<Entry>& seen, const Owned& owned, Duration grace) {
  std::vector<Entry> ripe;
  std::vector<const Entry*> unknown;
  // Built anew from what is seen and ownerless now: whatever is missing here is forgotten.
  std::map<std::string, Sighting, std::less<>> still_ownerless;
  for (const Entry& entry : seen) {
    if (owned.has(entry.path)) continue;
    const auto before = ownerless_.find(entry.path);
    if (before == ownerless_.end() || !is_very_same(before->second.entry, entry)) {
      unknown.push_back(&entry);
      continue;
    }
    const Instant since = before->second.since;
    if (now - since >= grace) ripe.push_back(entry);
    still_ownerless.emplace(entry.path, Sighting{entry, since});
  }
  for (const Entry* entry : unknown) {  // last, so that newcomers push out nothing that has waited already
    if (still_ownerless.size() >= remembered_max) break;
    still_ownerless.emplace(entry->path, Sighting{*entry, now});
  }
  ownerless_ = std::move(still_ownerless);
  return ripe;
}

std::optional<Duration> Orphans::ownerless_for(std::string_view path, Instant now) const {
  const auto found = ownerless_.find(path);
  return found == ownerless_.end() ? std::nullopt : std::optional(now - found->second.since);
}

}  // namespace cadre::cleanup
