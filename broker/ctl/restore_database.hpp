// What a backup holds, and its database put into a server.
#pragma once

#include <utility>
#include <vector>

#include "broker/ctl/backup_file.hpp"
#include "broker/ctl/db.hpp"
#include "broker/ctl/settle_files.hpp"

namespace cadre::ctl {

struct Kept {  // of the backup, all but the database
  Json cluster;
  std::vector<std::pair<Json, std::string>> files;  // facts, content
  std::string row;                                  // gzip
};

// Reads it to its end. Stop where it is no whole backup that this release can restore.
Kept look_through(const std::filesystem::path& file, const std::string& passphrase);

// Into an empty schema, or one that an interrupted restore left; the epoch jumps. Twice is harmless. Stop where there is
// anything else: nothing is overwritten.
void settle_database(Database& database, const std::filesystem::path& file, const std::string& passphrase, const Kept& kept, Steps& steps);

}  // namespace cadre::ctl
