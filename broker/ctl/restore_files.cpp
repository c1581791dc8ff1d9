#include "broker/ctl/restore_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"

namespace cadre::ctl {

namespace {

namespace fs = std::filesystem;

// Whose a file was; where there is no such user, it is who restores.
class FormerOwner {
 public:
  explicit FormerOwner(const Json& facts) : name_(facts.value("user", "")) {
    const passwd* user = ::getpwnam(name_.c_str());
    const group* group = ::getgrnam(facts.value("group", "").c_str());
    if (user == nullptr) return;
    uid_ = user->pw_uid;
    gid_ = group == nullptr ? user->pw_gid : group->gr_gid;
  }
  void takes(const fs::path& path) const {
    if (uid_ == ::geteuid() && (gid_ == ::getegid() || uid_ != 0)) return;
    if (uid_ == static_cast<uid_t>(-1) || ::lchown(path.c_str(), uid_, gid_) != 0)
      say(fmt::format("note: {} belonged to {}, and belongs to who runs this now: {}", path.string(), name_,
                      uid_ == static_cast<uid_t>(-1) ? "there is no such user here" : std::strerror(errno)));
  }

 private:
  std::string name_;
  uid_t uid_ = static_cast<uid_t>(-1);
  gid_t gid_ = static_cast<gid_t>(-1);
};

}  // namespace

void refuse_other_files(const Kept& kept, const fs::path& config) {
  const bool ours = std::ranges::any_of(kept.files, [&](const auto& file) { return file.first.value("path", "") == fs::absolute(config).lexically_normal().string(); });
  if (!ours)
    throw Stop{Exit::usage, fmt::format("the backup's configuration lies at {}, not at {}: give --config {}", kept.files.empty() ? "" : kept.files.front().first.value("path", ""),
                                        config.string(), kept.files.empty() ? "" : kept.files.front().first.value("path", ""))};
  for (const auto& [facts, content] : kept.files) {
    const fs::path path = facts.value("path", "");
    std::error_code error;
    if (fs::exists(fs::symlink_status(path, error)) && text_of(path) != content)
      throw Stop{Exit::bad_data, fmt::format("{} is there, and other than in the backup; move it away first. Nothing was changed", path.string())};
  }
}

void put_back(const Json& facts, const std::string& content, Steps& steps) {
  const fs::path path = facts.value("path", "");
  std::error_code error;
  if (fs::exists(path, error)) return steps.found("file " + path.string());
  const auto mode = facts.value("mode", mode_t{0600});
  const FormerOwner owner(facts);
  if (!fs::exists(path.parent_path(), error)) {  // its owner must get in
    fs::create_directories(path.parent_path(), error);
    if ((mode & 077) == 0) fs::permissions(path.parent_path(), fs::perms::owner_all, error);
    owner.takes(path.parent_path());
  }
  const fs::path part = path.string() + ".part";
  fs::remove(part, error);
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) throw Stop{Exit::no_output, fmt::format("{}: cannot be made: {}", part.string(), std::strerror(errno))};
  const File out(::fdopen(fd, "w"), std::fclose);
  const bool written = std::fwrite(content.data(), 1, content.size(), out.get()) == content.size() && std::fflush(out.get()) == 0 && ::fsync(fd) == 0;
  owner.takes(part);
  if (!written || ::fchmod(fd, mode) != 0 || ::rename(part.c_str(), path.c_str()) != 0 || !sync_directory_of(path))
    throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno))};
  steps.did("file " + path.string());
}

}  // namespace cadre::ctl
