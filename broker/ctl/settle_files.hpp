// Directories, keys and texts of a node, made where they are missing and looked at where they are there. What is there
// is never overwritten; what an interruption left half made (an empty secret, a key without its public half, a file
// that still belongs to root) is made whole. Each step looks at what it made before it says so. Trouble ends the
// command (Stop).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "broker/ctl/steps.hpp"
#include "common/net/keys.hpp"
#include "common/os/child.hpp"

namespace cadre::ctl {

// Whose files they are to be; no name: who runs this. Another user's: root only.
class Owner {
 public:
  explicit Owner(const std::string& name);
  // True: it was somebody else's. Only what is root's is given.
  bool takes(const std::filesystem::path& path) const;
  std::optional<os::User> other() const;  // as whom programs run; nothing where it is who runs this
  const std::string& name() const { return name_; }
  gid_t group() const { return gid_; }

 private:
  std::string name_;
  uid_t uid_;
  gid_t gid_;
};

class Files {
 public:
  Files(Owner owner, Steps& steps) : owner_(std::move(owner)), steps_(steps) {}

  const Owner& owner() const { return owner_; }
  // `mode` as in 0700. One that is there keeps its mode, but must not be open to others where 0700 is wanted.
  void directory(const std::filesystem::path& path, mode_t mode);
  // 0644, all of it or nothing. `check` gets the draft and throws Stop where it is wrong; then nothing is left behind.
  void text(const std::filesystem::path& path, const std::string& content, const std::string& what,
            const std::function<void(const std::filesystem::path&)>& check = {});
  net::KeyPair key(const std::filesystem::path& path);
  // Root's, and readable for the owner's group (0640): only where root makes it for another user. That others get to it
  // is let_enter()'s.
  net::KeyPair group_key(const std::filesystem::path& path);
  // The owner's group may go in, and sees no names: what it may open there, it must know.
  void let_enter(const std::filesystem::path& directory);
  // A secret's file of an earlier run, where there is one: an empty one goes, one that is root's is given.
  void secret(const std::filesystem::path& path);
  // What was made just now, by a step that has told of it.
  void take(const std::filesystem::path& path);

 private:
  net::KeyPair pair(const std::filesystem::path& path, os::Readers readers, bool& made);
  void to_group(const std::filesystem::path& path, uid_t owner, mode_t mode);
  void give(const std::filesystem::path& path);
  void hold_mode(const std::filesystem::path& path, mode_t mode) const;
  void clear_empty(const std::filesystem::path& path);

  Owner owner_;
  Steps& steps_;
};

}  // namespace cadre::ctl
