// What the tests of the tool share: a directory of their own, the Stop that a call ends with, what a command printed.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "broker/ctl/command.hpp"
#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "cadre-ctl-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory: " + name);
    path_ = name;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::filesystem::path file(const std::string& name) const { return path_ / name; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(file(name).parent_path());
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  std::filesystem::path path_;
};

// The Stop that `call` ends with; fails the test where it does not end so.
template <class Call>
Stop stop_of(const Call& call) {
  try {
    call();
  } catch (const Stop& stop) {
    return stop;
  }
  ADD_FAILURE() << "nothing stopped it";
  return {Exit::ok, ""};
}

// What `command` does for this line.
Run run_of(const Command& command, const std::string& line);

// What a command printed on standard output, run with this line; `messages` gets what it said on standard error, also where
// it ends with a Stop, which is thrown on.
inline std::string printed_by(const Command& command, const std::string& line, const Globals& globals, std::string& messages) {
  const Run what = run_of(command, line);
  Context context(globals);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  std::optional<Stop> stop;
  try {
    EXPECT_EQ(what(context), Exit::ok);
  } catch (const Stop& one) {
    stop = one;
  }
  const std::string out = ::testing::internal::GetCapturedStdout();
  messages = ::testing::internal::GetCapturedStderr();
  if (stop) throw *stop;
  return out;
}

inline ::testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << part << "' is not in:\n" << text;
}

}  // namespace cadre::ctl
