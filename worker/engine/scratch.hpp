// The work directories of attempts, all below SPOOL/attempts, and what is left in them as a result.
//
// Whoever wrote into such a directory was a stranger: nothing here follows a symbolic link, and what is read as a
// result is opened beneath the directory only (openat2).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/protocol/message.hpp"
#include "worker/engine/fd.hpp"
#include "worker/engine/user.hpp"

namespace cadre::engine {

// Why there is no result.
struct OutputFault {
  Cause cause = Cause::none;
  std::string message;
};

class ScratchDirectory {
 public:
  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

  Result<Fd> create(const std::string& name, std::string_view content = {}) const;  // a new file, read and write
  Result<> make(const std::string& name, const User* user) const;                   // a new directory in it, of the user
  Result<> give_to(const User* user) const;                                         // itself; null: it stays ours

 private:
  friend class Scratch;
  std::string path_;
  std::string name_;
  Fd fd_;
};

class Scratch {
 public:
  // Makes SPOOL/attempts where it is not there yet, and empties it: what lies there is from a life that has ended.
  static Result<Scratch> open(const std::filesystem::path& spool);

  Result<ScratchDirectory> make(const std::string& name) const;
  bool rename(ScratchDirectory& directory, const std::string& name) const;  // false: the name is taken, or worse
  void remove(ScratchDirectory directory) const;  // with everything in it; what cannot be removed stays for the cleaner
  bool set_modes(mode_t mode) const;              // of SPOOL and SPOOL/attempts; false: errno
  const std::string& path() const { return path_; }  // of SPOOL/attempts
  std::string spool() const { return std::filesystem::path{path_}.parent_path(); }
  int fd() const { return fd_.get(); }

 private:
  std::string path_;
  Fd fd_;
};

// The owner of a file or directory becomes `user` and its group; null: nothing changes.
Result<> give(int fd, const User* user, const std::string& path);

int write_whole(int fd, std::string_view content);  // from the beginning of the file; errno, or 0
bool is_empty(int directory_fd);
void empty_directory(int directory_fd);  // bounded in depth; never follows a link

std::string too_large(std::uint64_t bytes, std::uint64_t bytes_max);  // "output too large: 41 MiB, limit 8 MiB"

// The regular files of `directory/name`, in order of name; nothing else may be in there. Sizes are checked before
// anything is read. With a user, they must be its own: we may read more than it, and a link to another's file is no result.
Result<Output> read_output_directory(const ScratchDirectory& directory, const std::string& name,
                                     std::uint64_t bytes_max, const User* user, OutputFault& fault);
Result<Bytes> read_file(int fd, std::uint64_t bytes_max, OutputFault& fault);

}  // namespace cadre::engine
