// Is a backup one that a master can be made of?
#pragma once

#include <filesystem>
#include <string>

#include "broker/ctl/context.hpp"

namespace cadre::ctl {

// Reads it to its end, and restores its database into a server of its own in $TMPDIR or /tmp, which is gone afterwards; nothing
// else is touched, and it need not be the master's machine. Without a mariadbd on the machine a note says that this was left out.
Exit check_backup(Context& context, const std::filesystem::path& file, const std::string& passphrase);

}  // namespace cadre::ctl
