// The line database.accounts of a node's file, set and taken away; everything else as it was. Pure.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/result.hpp"

namespace cadre::ctl {

// The text with `accounts: legacy` below `database:`, or without such a line. The result is read again, and must say what the
// old text said in everything else; where that cannot be done line by line the error says what to write by hand.
Result<std::string> with_accounts(const std::string& text, const std::filesystem::path& file, bool legacy);

}  // namespace cadre::ctl
