// What an engine's directory holds, as a list and as one digest that tells one content from another on every machine.
//
// The list has a line for each entry below the directory, in the order of the bytes of its path:
//
//   KIND SUM PATH \0      KIND: d directory, f file, x file that its owner may execute, l symbolic link
//                         SUM:  SHA-256 in hex of a file's bytes, of a link's target; "-" for a directory
//                         PATH: relative, parts with a / between them
//
// The digest is the SHA-256 of all lines. Owners, times, other modes and hard links are no content. Left out, and not
// copied either: __pycache__ (it comes by running) and .git.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cadre::ctl {

struct EngineEntry {
  char kind = 'f';
  std::string sum = "-";
  std::string path;
  bool operator==(const EngineEntry&) const = default;
};

struct EngineContent {
  std::vector<EngineEntry> entries;
  std::string digest;  // 64 hex characters
};

// Stop, where something cannot be read, or would not be the same elsewhere: a socket, a pipe or a device, a link to a
// place in the directory by its whole path, or by .. to one outside.
EngineContent read_engine_content(const std::filesystem::path& directory);

// Copies the entries into `target`, which must not be there: directories and what may be executed 0755, files 0644,
// whatever the umask, so that engines of another user can be run. All is on the disk when it returns.
void copy_engine(const std::filesystem::path& directory, const EngineContent& content,
                 const std::filesystem::path& target);

// By their names alone: `place` is `root`, or something below it.
bool lies_in(const std::filesystem::path& place, const std::filesystem::path& root);

// Durable: what has a name in the directory, as it has it now. Stop where it cannot be.
void sync_engine_directory(const std::filesystem::path& directory);

}  // namespace cadre::ctl
