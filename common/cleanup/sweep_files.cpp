#include "common/cleanup/sweep_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include "common/base/assert.hpp"

namespace cadre::cleanup {

namespace {

constexpr std::size_t stamp_bytes_max = 256;  // more is no id of a cluster
constexpr std::uint64_t block_bytes = 512;    // what st_blocks counts in, on every file system

std::string errno_text(int number) { return std::generic_category().message(number); }

// Names are bytes that a stranger chose; people read them in a terminal.
std::string shown(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (text.size() >= bounds::path_shown_max) return text + "...";
    if (c >= ' ' && c < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

// The one way into the spool. errno says why it is shut.
Descriptor open_beneath(int at, const std::string& name, int flags) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);  // a FIFO must not make us wait
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return Descriptor{static_cast<int>(::syscall(SYS_openat2, at, name.c_str(), &how, sizeof how))};
}

// The names in one directory, one after another, without "." and "..".
class Listing {
 public:
  Listing(int at, const std::string& name) {
    Descriptor fd = open_beneath(at, name, O_RDONLY | O_DIRECTORY);
    if (fd) stream_.reset(::fdopendir(fd.get()));
    if (!stream_) {
      trouble_ = errno;
      return;
    }
    fd.release();  // the stream owns it now
  }

  explicit operator bool() const { return stream_ != nullptr; }
  int fd() const { return ::dirfd(stream_.get()); }
  int trouble() const { return trouble_; }  // errno; 0 where the end was reached in good order

  std::optional<std::string> next() {
    for (;;) {  // ends with the directory
      errno = 0;
      const dirent* entry = ::readdir(stream_.get());
      if (entry == nullptr) {
        trouble_ = errno;
        return std::nullopt;
      }
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return std::string{name};
    }
  }

 private:
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  std::unique_ptr<DIR, Close> stream_;
  int trouble_ = 0;
};

// 0, or errno. Of the name itself, wherever it points.
int look_at(int at, const std::string& name, struct stat& status) {
  return ::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

// The name is gone, or something else has taken it since we looked: our engines end and tidy up all the time.
bool is_change(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

bool is_same(const struct stat& status, std::uint64_t device, std::uint64_t inode) {
  return status.st_dev == device && status.st_ino == inode;
}

std::uint64_t bytes_back(const struct stat& status) {
  return status.st_nlink > 1 ? 0 : static_cast<std::uint64_t>(status.st_blocks) * block_bytes;
}

std::string kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "a file";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

// --- looking ---

class Weigher {
 public:
  explicit Weigher(const std::string& spool) : spool_(spool) {}

  // Adds what is directly in `place` ("." or "attempts"), but for `attempts` itself.
  Result<> weigh_place(int root, const std::string& place, std::vector<Entry>& entries) {
    Listing names(root, place);
    if (!names && names.trouble() == ENOENT) return Done{};  // no attempt has run yet
    if (!names) return trouble("look into", place, names.trouble());
    const std::string prefix = place == "." ? "" : place + "/";
    while (const auto name = names.next()) {
      if (prefix.empty() && *name == attempts_name) continue;
      if (entries.size() == bounds::entries_max || names_left_ == 0) return Done{};
      Entry entry;
      entry.path = prefix + *name;
      tree_names_left_ = bounds::tree_names_max;
      if (auto weighed = weigh(names.fd(), *name, entry.path, entry, 0); !weighed) return weighed;
      if (entry.inode != 0) entries.push_back(std::move(entry));
    }
    if (names.trouble() != 0) return trouble("read", place, names.trouble());
    return Done{};
  }

 private:
  Result<> weigh(int at, const std::string& name, const std::string& path, Entry& entry, std::uint32_t depth) {
    struct stat status {};
    if (const int error = look_at(at, name, status); error != 0)
      return error == ENOENT ? Result<>{Done{}} : trouble("look at", path, error);
    if (depth == 0) {
      entry.device = status.st_dev;
      entry.inode = status.st_ino;
    }
    entry.changed_ns =
        std::max(entry.changed_ns, std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec);
    if (S_ISREG(status.st_mode)) {
      ++entry.files;
      entry.bytes += bytes_back(status);
    }
    if (!S_ISDIR(status.st_mode) || depth > bounds::depth_max) return Done{};

    Listing below(at, name);
    const bool is_mount = !below && below.trouble() == EXDEV;
    if (is_mount || (!below && is_change(below.trouble()))) return Done{};
    if (!below) return trouble("look into", path, below.trouble());
    while (const auto next = below.next()) {
      if (tree_names_left_ == 0 || names_left_ == 0) return Done{};
      --tree_names_left_;
      --names_left_;
      if (auto weighed = weigh(below.fd(), *next, path + "/" + *next, entry, depth + 1); !weighed) return weighed;
    }
    if (below.trouble() != 0) return trouble("read", path, below.trouble());
    return Done{};
  }

  Result<> trouble(const char* doing, const std::string& path, int error) const {
    return Error{fmt::format("cannot {} {} in the spool {}: {}; nothing is swept until that works", doing, shown(path),
                             spool_, errno_text(error))};
  }

  const std::string& spool_;
  std::uint64_t names_left_ = bounds::look_names_max;
  std::uint64_t tree_names_left_ = 0;
};

// --- sweeping ---

enum class Deed { remove, list };
enum class Fate { gone, vanished, kept };  // by us; by somebody else; still there

struct Place {
  std::string directory;  // "." or "attempts"
  std::string name;
};

// Nothing if it is not of the form that look() gives.
std::optional<Place> take_apart(const std::string& path) {
  Place place{".", path};
  if (const auto slash = path.find('/'); slash != std::string::npos)
    place = {path.substr(0, slash), path.substr(slash + 1)};
  const bool known = place.directory == "." || place.directory == attempts_name;
  const bool named = !place.name.empty() && place.name != "." && place.name != "..";
  if (!known || !named || place.name.find_first_of(std::string_view{"/\0", 2}) != std::string::npos)
    return std::nullopt;
  return place;
}

class Sweeper {
 public:
  Sweeper(Deed deed, const Entry& entry, const std::function<bool()>& still_ours)
      : deed_(deed), entry_(entry), still_ours_(still_ours) {}

  Preview sweep(int root) && {
    const std::optional<Place> place = take_apart(entry_.path);
    if (!place) {
      leave(entry_.path, "is no name in a spool");
    } else if (is_workers_own(entry_.path)) {
      leave(entry_.path, "is the worker's own");
    } else if (const Descriptor directory = open_beneath(root, place->directory, O_RDONLY | O_DIRECTORY)) {
      sweep_entry(directory.get(), place->name);
    } else if (errno != ENOENT) {
      leave(entry_.path, fmt::format("cannot be reached: {}", errno_text(errno)));
    }
    return {std::move(removed_), std::move(listed_)};
  }

 private:
  void sweep_entry(int at, const std::string& name) {
    for (std::uint32_t passes = bounds::passes_max; passes > 0; --passes) {
      lifted_ = 0;
      removed_.left.clear();  // each pass meets everything that is still there
      sweep_name(at, name, entry_.path, 0);
      if (lifted_ == 0 || removed_.stopped) return;
    }
  }

  // Says whether nothing is left of it.
  bool sweep_name(int at, const std::string& name, const std::string& path, std::uint32_t depth) {
    struct stat status {};
    if (const int error = look_at(at, name, status); error != 0)
      return error == ENOENT || leave(path, fmt::format("cannot be looked at: {}", errno_text(error)));
    if (depth == 0 && !is_same(status, entry_.device, entry_.inode))
      return leave(path, "is no longer what was looked at");
    if (S_ISDIR(status.st_mode)) return sweep_directory(at, name, path, depth, status);
    if (!S_ISREG(status.st_mode)) return leave(path, "is " + kind_of(status.st_mode));
    if (status.st_uid != ::geteuid()) return leave(path, fmt::format("belongs to user {}", status.st_uid));
    const Fate fate = take(at, name, path, 0);
    if (fate == Fate::gone) {
      ++removed_.files;
      removed_.bytes += bytes_back(status);
    }
    return fate != Fate::kept;
  }

  bool sweep_directory(int at, const std::string& name, const std::string& path, std::uint32_t depth,
                       const struct stat& expected) {
    if (depth > bounds::depth_max) return lift(at, name, path, expected);
    Listing below(at, name);
    if (!below && below.trouble() == ENOENT) return true;
    if (!below && below.trouble() == EXDEV) return leave(path, "is a mount point");
    if (!below && is_change(below.trouble())) return leave(path, "is no longer what was looked at");
    if (!below) return leave(path, fmt::format("cannot be looked into: {}", errno_text(below.trouble())));
    struct stat held {};
    if (::fstat(below.fd(), &held) != 0 || !is_same(held, expected.st_dev, expected.st_ino))
      return leave(path, "is no longer what was looked at");
    if (depth == 0) top_ = below.fd();

    bool empty = true;
    while (const auto next = below.next()) {
      empty = sweep_name(below.fd(), *next, path + "/" + *next, depth + 1) && empty;
      if (removed_.stopped) return false;
    }
    if (below.trouble() != 0) return leave(path, fmt::format("cannot be read: {}", errno_text(below.trouble())));
    if (!empty) return false;
    const Fate fate = take(at, name, path, AT_REMOVEDIR);
    if (fate == Fate::gone) ++removed_.directories;
    return fate != Fate::kept;
  }

  // Too deep to be walked with the descriptors that we allow ourselves: it becomes a child of the entry, and the next
  // pass walks it from there. Inode numbers are unique, so the name is free unless somebody plays with us.
  bool lift(int at, const std::string& name, const std::string& path, const struct stat& status) {
    if (deed_ == Deed::list) return list(path + "/ and all below");
    if (!may_act()) return false;
    const std::string lifted = fmt::format(".deep.{}", status.st_ino);
    if (::syscall(SYS_renameat2, at, name.c_str(), top_, lifted.c_str(), RENAME_NOREPLACE) != 0)
      return leave(path, fmt::format("is deeper than {} directories: {}", bounds::depth_max, errno_text(errno)));
    ++lifted_;
    return true;
  }

  // The one place that removes a name.
  Fate take(int at, const std::string& name, const std::string& path, int flags) {
    if (deed_ == Deed::list) {
      list(flags == AT_REMOVEDIR ? path + "/" : path);
      return Fate::gone;
    }
    if (!may_act()) return Fate::kept;
    if (::unlinkat(at, name.c_str(), flags) == 0) return Fate::gone;
    if (errno == ENOENT) return Fate::vanished;
    if (errno == ENOTEMPTY || errno == EEXIST) return Fate::kept;  // somebody has just written there, or it was lifted
    leave(path, errno == EBUSY ? "is a mount point" : fmt::format("cannot be removed: {}", errno_text(errno)));
    return Fate::kept;
  }

  bool may_act() {
    if (removed_.stopped) return false;
    if (batch_left_ == 0) {
      if (!still_ours_()) {
        removed_.stopped = true;
        return false;
      }
      batch_left_ = bounds::batch_max;
    }
    --batch_left_;
    return true;
  }

  bool list(std::string path) {
    if (listed_.size() < bounds::listed_max) listed_.push_back(std::move(path));
    return true;
  }

  bool leave(const std::string& path, const std::string& why) {
    auto& left = removed_.left;
    if (left.size() + 1 < bounds::left_max) {
      left.push_back(fmt::format("left: {} {}", shown(path), why));
    } else if (left.size() < bounds::left_max) {
      left.push_back(fmt::format("left: and more below {}", shown(entry_.path)));
    }
    return false;
  }

  const Deed deed_;
  const Entry& entry_;
  const std::function<bool()>& still_ours_;
  Removed removed_;
  std::vector<std::string> listed_;
  int top_ = -1;  // the entry's own descriptor, while we are below it
  std::uint32_t lifted_ = 0;
  std::uint32_t batch_left_ = 0;
};

// --- opening ---

Error refusal(const std::string& spool, const std::string& why) {
  return Error{fmt::format("the spool {} is not swept: {}", spool, why)};
}

// The first word of the stamp that the first welcome wrote.
Result<std::string> read_stamp(int root, const std::string& spool) {
  const Descriptor file = open_beneath(root, "cluster", O_RDONLY);
  if (!file && errno == ENOSYS)
    return refusal(spool,
                   "this kernel has no openat2, without which strangers' files cannot be removed safely; "
                   "run Linux 5.6 or newer, or allow the call in the sandbox");
  if (!file && errno == ENOENT)
    return refusal(spool,
                   "it has no stamp `cluster`: either no broker has welcomed this worker yet, or it is no spool");
  if (!file) return refusal(spool, fmt::format("its stamp `cluster` cannot be opened: {}", errno_text(errno)));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid())
    return refusal(spool, "its stamp `cluster` is not a regular file of this user; give this worker a new spool");
  std::string text(stamp_bytes_max, '\0');
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), 0);
  if (got < 0) return refusal(spool, fmt::format("its stamp `cluster` cannot be read: {}", errno_text(errno)));
  text.resize(static_cast<std::size_t>(got));
  return text.substr(0, text.find_first_of(" \t\r\n"));
}

std::string without_slashes_behind(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();  // "link/" would be followed
  return path;
}

}  // namespace

Result<SpoolRoot> SpoolRoot::open(const std::filesystem::path& path, std::string_view cluster_id) {
  const std::string spool = without_slashes_behind(path.string());
  if (cluster_id.empty()) return refusal(spool, "no broker has told this worker which cluster it belongs to");
  struct stat status {};
  const bool found = ::lstat(spool.c_str(), &status) == 0;
  if (found && !S_ISDIR(status.st_mode))
    return refusal(spool, fmt::format("it is {}; give worker.spool the directory itself", kind_of(status.st_mode)));
  Descriptor root{::open(spool.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!root || ::fstat(root.get(), &status) != 0)
    return refusal(spool, fmt::format("it cannot be opened: {}", errno_text(errno)));
  if (status.st_uid != ::geteuid())
    return refusal(spool, fmt::format("it belongs to user {}, and this worker runs as user {}; give each its own",
                                      status.st_uid, ::geteuid()));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refusal(spool, fmt::format("others can write in it (mode {:04o}); chmod 0700", status.st_mode & 07777));
  const Result<std::string> owner = read_stamp(root.get(), spool);
  if (!owner) return Error{owner.error()};
  if (*owner != cluster_id)
    return refusal(spool,
                   fmt::format("it belongs to cluster {}, and this worker to cluster {}; give this worker another "
                               "spool",
                               shown(*owner), shown(cluster_id)));
  return SpoolRoot{spool, std::move(root)};
}

Result<std::vector<Entry>> SpoolRoot::look() const {
  std::vector<Entry> entries;
  Weigher weigher(path_);
  for (const std::string& place : {std::string{attempts_name}, std::string{"."}}) {
    if (auto weighed = weigher.weigh_place(root_.get(), place, entries); !weighed) return Error{weighed.error()};
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

Removed SpoolRoot::remove(const Entry& entry, const std::function<bool()>& still_ours) const {
  CADRE_ASSERT(still_ours != nullptr);
  return Sweeper{Deed::remove, entry, still_ours}.sweep(root_.get()).sum;
}

Preview SpoolRoot::preview(const Entry& entry) const { return Sweeper{Deed::list, entry, nullptr}.sweep(root_.get()); }

}  // namespace cadre::cleanup
