// All commands as one CLI11 tree, and words for what is wrong with a command line.
#pragma once

#include "broker/ctl/command.hpp"

namespace CLI {
class App;
class ParseError;
}

namespace cadre::ctl {

// After parsing, `chosen` runs the command (status where none was named).
void build_tree(CLI::App& app, Globals& globals, Run& chosen);

// What is wrong, the nearest word, and where help is.
std::string what_is_wrong(const CLI::App& app, const CLI::ParseError& error);

}  // namespace cadre::ctl
