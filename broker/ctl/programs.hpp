// The programs that were installed or built together with this tool.
#pragma once

#include <string>

namespace cadre::ctl {

// Its path beside this program; else the bare name, for PATH.
std::string program_beside(const std::string& name);
std::string own_program();

}  // namespace cadre::ctl
