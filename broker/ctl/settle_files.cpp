#include "broker/ctl/settle_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

namespace fs = std::filesystem;

namespace {

std::optional<struct stat> facts_of(const fs::path& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return std::nullopt;
  return facts;
}

[[noreturn]] void give_up(const fs::path& path, const std::string& why) {
  throw Stop{Exit::no_output, fmt::format("{}: {}", path.string(), why)};
}

// A draft beside the file, on the disk; whoever reads the file never sees half of it.
void write_draft(const fs::path& draft, const std::string& content) {
  ::unlink(draft.c_str());  // from a run that was interrupted
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) give_up(draft, fmt::format("cannot be written: {}", std::strerror(errno)));
  const bool written = ::fchmod(fd, 0644) == 0 &&
                       ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                       ::fsync(fd) == 0;
  const int trouble = errno;
  ::close(fd);
  if (written) return;
  ::unlink(draft.c_str());
  give_up(draft, fmt::format("cannot be written: {}", std::strerror(trouble)));
}

}  // namespace

Owner::Owner(const std::string& name) : name_(name), uid_(geteuid()), gid_(getegid()) {
  const passwd* entry = name.empty() ? getpwuid(uid_) : getpwnam(name.c_str());
  if (entry == nullptr && !name.empty())
    throw Stop{Exit::usage, fmt::format("--owner {}: there is no such user on this machine", name)};
  if (entry == nullptr) return;  // a number is enough for who runs this
  name_ = entry->pw_name;
  if (entry->pw_uid == uid_) return;
  uid_ = entry->pw_uid;
  gid_ = entry->pw_gid;
  if (uid_ != geteuid() && geteuid() != 0)
    throw Stop{Exit::not_allowed, "--owner: only root gives files to another user; run this with sudo"};
}

bool Owner::takes(const fs::path& path) const {
  const auto facts = facts_of(path);
  if (!facts) give_up(path, "is not there any more");
  if (facts->st_uid == uid_ || uid_ == 0) return false;  // root reads what is another's
  if (S_ISREG(facts->st_mode) && facts->st_nlink != 1)
    give_up(path, "has another name too, and is not given away: what else would be?");
  if (facts->st_uid != 0)
    give_up(path, fmt::format("belongs to another user (uid {}), and {} was wanted: chown {} {}", facts->st_uid, name_,
                              name_, path.string()));
  if (::lchown(path.c_str(), uid_, gid_) != 0)
    give_up(path, fmt::format("cannot be given to the user {}: {}", name_, std::strerror(errno)));
  return true;
}

std::optional<os::User> Owner::other() const {
  if (uid_ == geteuid()) return std::nullopt;
  return os::User{uid_, gid_};
}

void Files::directory(const fs::path& path, mode_t mode) {
  const std::string what = "directory " + path.string();
  if (const auto facts = facts_of(path)) {
    std::error_code error;
    if (!fs::is_directory(path, error)) give_up(path, "is there, and is no directory");
    if ((mode & 077) == 0) {
      give(path);
      if ((facts->st_mode & 022) != 0)
        give_up(path, fmt::format("is writable for others (mode {:04o}): chmod {:04o} {}", facts->st_mode & 07777, mode,
                                  path.string()));
    }
    return steps_.found(what);
  }
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  // It gets its name when it has its owner and its mode.
  const fs::path draft = path.string() + ".draft";
  ::rmdir(draft.c_str());  // from a run that was interrupted
  if (::mkdir(draft.c_str(), 0700) != 0) give_up(path, fmt::format("cannot be made: {}", std::strerror(errno)));
  owner_.takes(draft);
  if (::chmod(draft.c_str(), mode) != 0 || ::rename(draft.c_str(), path.c_str()) != 0)
    give_up(path, fmt::format("cannot be made: {}", std::strerror(errno)));
  hold_mode(path, mode);
  steps_.did(what);
}

void Files::text(const fs::path& path, const std::string& content, const std::string& what,
                 const std::function<void(const fs::path&)>& check) {
  const std::string step = fmt::format("{} {}", what, path.string());
  if (facts_of(path)) return steps_.found(step);
  const fs::path draft = path.string() + ".draft";
  write_draft(draft, content);
  try {
    if (check) check(draft);
    owner_.takes(draft);
  } catch (const Stop&) {
    ::unlink(draft.c_str());
    throw;
  }
  // Not in the place of one that somebody else has made meanwhile; and never under two names, whenever this is killed.
  const bool renamed = ::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0;
  const int trouble = errno;
  if (!renamed) ::unlink(draft.c_str());
  if (!renamed) give_up(path, fmt::format("cannot be written: {}", std::strerror(trouble)));
  hold_mode(path, 0644);
  steps_.did(step);
}

net::KeyPair Files::key(const fs::path& path) {
  bool made = false;
  const net::KeyPair keys = pair(path, os::Readers::owner, made);
  if (made) {
    take(path);
    take(net::public_file_of(path));
    hold_mode(path, 0600);
  } else {
    give(path);
    give(net::public_file_of(path));
  }
  steps_.tell(made, "key " + path.string());
  return keys;
}

net::KeyPair Files::group_key(const fs::path& path) {
  bool made = false;
  const net::KeyPair keys = pair(path, os::Readers::group, made);
  steps_.tell(made, "key " + path.string());
  to_group(path, 0, 0640);
  return keys;
}

void Files::let_enter(const fs::path& directory) {
  const auto facts = facts_of(directory);
  if (!facts) give_up(directory, "is not there any more");
  to_group(directory, facts->st_uid, 0710);
}

void Files::to_group(const fs::path& path, uid_t owner, mode_t mode) {
  const auto facts = facts_of(path);
  if (!facts) give_up(path, "is not there any more");
  const std::string step = fmt::format("group of {} for {}", owner_.name(), path.string());
  const mode_t wanted = (facts->st_mode & 07777) | mode;
  if (facts->st_uid == owner && facts->st_gid == owner_.group() && (facts->st_mode & 07777) == wanted)
    return steps_.found(step);
  if (::lchown(path.c_str(), owner, owner_.group()) != 0 || ::chmod(path.c_str(), wanted) != 0)
    give_up(path, fmt::format("cannot be opened to the group: {}", std::strerror(errno)));
  hold_mode(path, wanted);
  steps_.did(step);
}

net::KeyPair Files::pair(const fs::path& path, os::Readers readers, bool& made) {
  clear_empty(path);
  const fs::path open = net::public_file_of(path);
  clear_empty(open);
  const bool there = facts_of(path).has_value();
  if (!there && facts_of(open))
    give_up(open, fmt::format("is there, and its secret key {} is not: put that back from the backup; where it is "
                              "lost, move the public one away and have the new key admitted",
                              path.string()));
  auto keys = there ? net::read_secret_key(path, readers) : Result<net::KeyPair>(net::make_key_pair());
  if (!keys) throw Stop{Exit::config, keys.error()};
  if (!there) {
    if (auto written = net::write_key_pair(path, *keys); !written) throw Stop{Exit::no_output, written.error()};
  } else if (!facts_of(open)) {
    text(open, keys->public_key + "\n", "public key");
  }
  const auto known = net::read_public_key(open);
  if (!known || *known != keys->public_key)
    throw Stop{Exit::config,
               fmt::format("{} is not the public half of {}: remove it, it is made again from the secret one",
                           open.string(), path.string())};
  made = !there;
  return *keys;
}

void Files::secret(const fs::path& path) {
  clear_empty(path);
  if (facts_of(path)) give(path);
}

void Files::give(const fs::path& path) {
  if (owner_.takes(path)) steps_.did(fmt::format("owner {} of {}", owner_.name(), path.string()));
}

void Files::take(const fs::path& path) { (void)owner_.takes(path); }

void Files::hold_mode(const fs::path& path, mode_t mode) const {
  const auto facts = facts_of(path);
  if (!facts || (facts->st_mode & 07777) != mode)
    give_up(path, fmt::format("was made, and has not the mode {:04o}: does this volume keep modes?", mode));
}

void Files::clear_empty(const fs::path& path) {
  const auto facts = facts_of(path);
  if (!facts || !S_ISREG(facts->st_mode) || facts->st_size != 0) return;
  if (::unlink(path.c_str()) != 0)
    give_up(path, fmt::format("is empty, and cannot be removed: {}", std::strerror(errno)));
}

}  // namespace cadre::ctl
