// A configuration file that somebody else reads, with a new text in place of the old one: all of it or nothing, and the old
// text beside it.
#pragma once

#include <filesystem>
#include <string>

namespace cadre::ctl {

// The text of a file of at most 1 MiB. Stop where it is not there, no regular file, larger, or not readable.
std::string text_of(const std::filesystem::path& file);

// Replaces the text of `file` (where that is a symbolic link, of what it leads to) by a rename of a new file with the same
// mode and owner, synced; the old text stays as FILE.before-cadre-YYYYMMDD-HHMMSS, whose path is returned. Stop where the
// directory cannot be written; then nothing is changed.
std::filesystem::path rewrite(const std::filesystem::path& file, const std::string& text);

// Makes renames in a directory, or in a file's, last. False: errno says why; where the file system cannot, the rename is as durable
// as that makes it, and this is true.
bool sync_directory(const std::filesystem::path& directory);
bool sync_directory_of(const std::filesystem::path& file);

}  // namespace cadre::ctl
