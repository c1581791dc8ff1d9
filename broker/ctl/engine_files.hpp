// The files of a new engine: text only, so that tests can read them.
#pragma once

#include <string>
#include <vector>

namespace cadre::ctl {

struct NewEngine {
  std::string name;
  std::string language;              // "bash", "python"; empty where there is a command
  std::vector<std::string> command;  // the payload comes on its standard input, its standard output is the result
};

std::string engine_yaml(const NewEngine& engine);

struct Program {
  std::string file;  // beside engine.yaml; empty: none is needed
  std::string text;
};
Program engine_program(const NewEngine& engine);

}  // namespace cadre::ctl
