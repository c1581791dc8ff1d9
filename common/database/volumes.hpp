// The file systems on which a database server keeps what grows, as this machine sees them, and how much room they have: a
// full one ends MariaDB, which then does not start again until there is room (guarantees.md R20).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cadre::db {

// A line of /proc/PID/mountinfo.
struct Mount {
  std::string device;           // "259:1": which file system
  std::filesystem::path point;  // where it is seen
};
std::vector<Mount> mounts_in(std::string_view mountinfo);

// On which of them the path lies: the deepest point above it, and of several there the last, which covers the others.
const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path);

// Places of ours on the file system on which the server, whose mounts are `theirs`, has the directory; the best first.
// `real`: the same directory without symbolic links, as far as we can tell.
std::vector<std::filesystem::path> places_of(const std::filesystem::path& directory, const std::filesystem::path& real,
                                             const std::vector<Mount>& theirs, const std::vector<Mount>& ours);

struct Space {
  std::uint64_t free = 0, total = 0;  // bytes; free: for whoever is not root
};
std::optional<Space> space_at(const std::filesystem::path& place);

struct Volume {
  std::filesystem::path directory;  // as the server calls it
  std::filesystem::path seen_at;    // where we look
};

struct Volumes {
  std::vector<Volume> all;  // that of the data directory first; empty: none is visible
  std::string why_not;      // then: a sentence
};

struct FullestVolume {
  std::filesystem::path directory;
  Space space;
};
// The one with the least room; nothing where none is visible.
std::optional<FullestVolume> fullest(const Volumes& volumes);

}  // namespace cadre::db
