#include "common/database/volumes.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <sstream>

namespace cadre::db {

namespace {

// Blanks, tabs, line ends and backslashes stand as \040 in it (proc_pid_mountinfo(5)).
std::string plain(const std::string& escaped) {
  std::string text;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const bool octal = escaped[i] == '\\' && i + 3 < escaped.size() &&
                       std::all_of(escaped.begin() + static_cast<std::ptrdiff_t>(i) + 1, escaped.begin() + static_cast<std::ptrdiff_t>(i) + 4,
                                   [](char c) { return c >= '0' && c <= '7'; });
    if (!octal) {
      text += escaped[i];
      continue;
    }
    text += static_cast<char>((escaped[i + 1] - '0') * 64 + (escaped[i + 2] - '0') * 8 + (escaped[i + 3] - '0'));
    i += 3;
  }
  return text;
}

bool lies_below(const std::filesystem::path& path, const std::filesystem::path& point) {
  return std::mismatch(point.begin(), point.end(), path.begin(), path.end()).first == point.end();
}

std::filesystem::path without_slash_at_its_end(const std::filesystem::path& path) {
  const auto normal = path.lexically_normal();
  return normal.has_filename() || !normal.has_relative_path() ? normal : normal.parent_path();
}

}  // namespace

std::vector<Mount> mounts_in(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, point;
    if (words >> id >> parent >> device >> root >> point) mounts.push_back({device, plain(point)});
  }
  return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path) {
  const Mount* best = nullptr;
  const auto depth = [](const Mount& mount) { return std::distance(mount.point.begin(), mount.point.end()); };
  for (const Mount& mount : mounts)
    if (lies_below(without_slash_at_its_end(path), mount.point) && (best == nullptr || depth(mount) >= depth(*best))) best = &mount;
  return best;
}

// The same path may be another directory in the server's own view of the machine (a container, a sandbox of systemd), and one
// file system may be seen at several places. What counts is the file system, and that has one number for all.
std::vector<std::filesystem::path> places_of(const std::filesystem::path& directory, const std::filesystem::path& real,
                                             const std::vector<Mount>& theirs, const std::vector<Mount>& ours) {
  std::vector<std::filesystem::path> places;
  const auto same_for_both = [&](const std::filesystem::path& path) -> const Mount* {
    const Mount* there = mount_of(theirs, path);
    const Mount* here = mount_of(ours, path);
    return there != nullptr && here != nullptr && there->device == here->device ? here : nullptr;
  };
  const auto add = [&](const std::filesystem::path& path, const Mount& mount) {
    places.push_back(path);
    places.push_back(mount.point);  // where directories in between are closed to us
  };
  if (const Mount* mount = same_for_both(real)) {
    add(real, *mount);
    return places;
  }
  if (const Mount* mount = same_for_both(directory)) add(directory, *mount);
  if (const Mount* there = mount_of(theirs, directory))
    for (const Mount& mount : ours)
      if (mount.device == there->device) places.push_back(mount.point);
  return places;
}

std::optional<Space> space_at(const std::filesystem::path& place) {
  struct statvfs info{};
  if (statvfs(place.c_str(), &info) != 0) return std::nullopt;
  return Space{static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize, static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize};
}

std::optional<FullestVolume> fullest(const Volumes& volumes) {
  std::optional<FullestVolume> least;
  for (const Volume& volume : volumes.all) {
    const auto space = space_at(volume.seen_at);
    if (space && (!least || space->free < least->space.free)) least = FullestVolume{volume.directory, *space};
  }
  return least;
}

}  // namespace cadre::db
