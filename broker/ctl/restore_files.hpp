// The files of a backup, put back where they were.
#pragma once

#include "broker/ctl/restore_database.hpp"

namespace cadre::ctl {

// All are looked at before the first is written. Stop where one is there with another content, or `config`, the node's file,
// is not of this backup.
void refuse_other_files(const Kept& kept, const std::filesystem::path& config);

// With its mode and, where there is such a user, its owner. One that is there is left alone.
void put_back(const Json& facts, const std::string& content, Steps& steps);

}  // namespace cadre::ctl
