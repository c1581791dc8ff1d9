// Files of one line: passwords and keys, which nobody else may read, and public keys. Nothing is written over.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "common/base/result.hpp"

namespace cadre::os {

enum class Readers : std::uint8_t {
  owner,     // refused unless it is a regular file, no symbolic link, 0600 or stricter, and ours (root reads anybody's)
  group,     // that, or root's with 0640: root has decided who is in the group (as libpq takes its sslkey)
  everyone,  // no secret
};

// Without the line's end. The error names the file and what is wrong with it.
Result<std::string> read_line(const std::filesystem::path& file, Readers readers);

// A new file (must not exist), on the disk when this returns.
Result<> write_line(const std::filesystem::path& file, mode_t mode, const std::string& line);

inline Result<std::string> read_secret(const std::filesystem::path& file) { return read_line(file, Readers::owner); }
inline Result<> write_secret(const std::filesystem::path& file, const std::string& secret) {
  return write_line(file, 0600, secret);
}

// Its bytes are gone from this place in memory.
void forget(std::string& secret);

}  // namespace cadre::os
