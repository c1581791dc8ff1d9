// A directory that nobody else may enter, for as long as the object lives. Stop where none can be made.
#pragma once

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

class TemporaryDirectory {
 public:
  // PLACE/NAME-XXXXXX, 0700.
  TemporaryDirectory(const std::string& place, const std::string& name) : path_(place + "/" + name + "-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw Stop{Exit::no_output, fmt::format("{}: a directory could not be made there: {}", path_, std::strerror(errno))};
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace cadre::ctl
