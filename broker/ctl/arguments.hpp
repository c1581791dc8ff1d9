// A command's arguments and options, as it declares them. CLI11 does the work, but its header is seen by few files: it brings
// 100 KB of code and three seconds of compiling into each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "common/base/time.hpp"

namespace CLI {
class App;
class Option;
}

namespace cadre::ctl {

// One of them; each call says something more about it.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option required();
  Option type_name(const std::string& name);    // what help calls the value: FILE, NODE
  Option group(const std::string& title);       // of the help
  Option show_default();                        // the target's value of now, in the help
  Option delimiter(char between);               // of several values in one word
  Option one_of(std::initializer_list<const char*> words);
  Option between(std::int64_t min, std::int64_t max);
  Option positive();
  Option existing_file();
  Option needs(Option other);
  Option excludes(Option other);

  bool given() const;  // asked behind the parsing

 private:
  CLI::Option* option_;
};

// Targets are written while the command line is parsed: they live as long as what the command gives back.
class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(app) {}

  // "NAME": by its place; "--name", "-n,--name": an option. Without a value given the target stays as it is.
  // Targets may be texts, paths, lists of them, and numbers: arguments.cpp says which.
  template <class Target>
  Option add_option(const std::string& name, Target& target, const std::string& help);
  Option add_flag(const std::string& name, bool& target, const std::string& help);

  // Each use of the option takes one value, so that what follows is not swallowed.
  Option add_repeated(const std::string& name, std::vector<std::string>& target, const std::string& help);
  // Values as people type them (values.hpp).
  Option add_duration(const std::string& name, Duration& target, const std::string& help);
  Option add_bytes(const std::string& name, std::uint64_t& target, const std::string& help);
  Option add_when(const std::string& name, WallTime& target, const std::string& help);

  void footer(const std::string& text);  // of the help, in place of the usual one

 private:
  CLI::App& app_;
};

}  // namespace cadre::ctl
