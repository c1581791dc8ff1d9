#include "worker/engine/fence.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "common/base/mix.hpp"
#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

// The headers of Debian 12 know the interface as it was in Linux 6.1; the kernel that we run on may be newer.
struct RulesetAttributes {
  std::uint64_t access_fs;
  std::uint64_t access_net;
  std::uint64_t scoped;
};
constexpr std::uint64_t truncate_file = 1u << 14;  // from ABI 3
constexpr std::uint64_t scope_signal = 1u << 1;    // from ABI 6
constexpr int abi_min = 2;                         // before that, no file could be moved between directories

constexpr std::uint64_t of_files =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t of_directories = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                         LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                         LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                         LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                         LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

std::uint64_t files_for(int abi) { return abi >= 3 ? of_files | truncate_file : of_files; }

bool allow(const Fd& ruleset, int fd, std::uint64_t access) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = fd;
  return ::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

// The file is asked only where its directory does not tell: a network file system that hangs would hold us up.
mode_t kind_of(const dirent& entry, const Fd& fd) {
  if (entry.d_type != DT_UNKNOWN) return DTTOIF(entry.d_type);
  struct stat status {};
  return ::fstat(fd.get(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

// Whatever lies in `directory` but for one name. What vanishes meanwhile needs no rule; a link has none of its own.
int allow_beside(const Fd& ruleset, const std::string& directory, const std::string& closed, std::uint64_t files) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream{::opendir(directory.c_str()), ::closedir};
  if (stream == nullptr) return errno;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || name == closed || entry->d_type == DT_LNK) continue;
    const Fd fd{::openat(::dirfd(stream.get()), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    const mode_t kind = fd ? kind_of(*entry, fd) : 0;
    if (kind == 0 || kind == S_IFLNK) continue;
    if (kind == S_IFDIR && allow(ruleset, fd.get(), files | of_directories)) continue;
    if (!allow(ruleset, fd.get(), files)) return errno;  // also what was a directory until just now
  }
  return 0;
}

}  // namespace

Result<Fence> Fence::around(const std::filesystem::path& hidden) {
  Fence fence;
  fence.abi_ = static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  if (fence.abi_ < abi_min)
    return Error{fence.abi_ > 0
                     ? std::string{"Landlock of this kernel is too old, Linux 5.19 has what is needed"}
                     : fmt::format("this kernel offers no Landlock ({}); Linux 5.19 or newer does, where it is not "
                                   "left out of the boot parameter lsm=",
                                   errno_text(errno))};
  std::filesystem::path directory = hidden.root_path();
  for (const auto& name : hidden.relative_path()) {
    fence.levels_.push_back({directory.string(), name.string()});
    directory /= name;
  }
  const Fd own{::open(hidden.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (auto tried = fence.open_but(own.get()); !tried) return Error{tried.error()};
  return fence;
}

Result<Fd> Fence::open_but(int own) const {
  const std::uint64_t files = files_for(abi_);
  RulesetAttributes attributes{files | of_directories, 0, abi_ >= 6 ? scope_signal : 0};
  // A kernel refuses attributes that it does not know, unless they are zero.
  Fd ruleset{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0))};
  if (!ruleset) return Error{"landlock_create_ruleset: " + errno_text(errno)};
  for (const Level& level : levels_) {
    if (const int error = allow_beside(ruleset, level.directory, level.closed, files))
      return Error{fmt::format("{} cannot be listed: {}", level.directory, errno_text(error))};
  }
  if (!allow(ruleset, own, files | of_directories)) return Error{"landlock_add_rule: " + errno_text(errno)};
  return ruleset;
}

std::uint64_t Fence::stamp() const {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::uint64_t stamp = 1;
  for (const Level& level : levels_) {
    struct stat status {};
    if (::stat(level.directory.c_str(), &status) != 0) return 0;
    // File times move in steps: what comes right after our look may bear the same time.
    if (status.st_mtim.tv_sec >= now.tv_sec - 1) return 0;
    const auto written = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                         static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
    stamp = mix(stamp, mix(mix(status.st_dev, status.st_ino), written));
  }
  return stamp == 0 ? 1 : stamp;
}

}  // namespace cadre::engine
