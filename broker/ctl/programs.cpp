#include "broker/ctl/programs.hpp"

#include <unistd.h>

#include <filesystem>

namespace cadre::ctl {

std::string own_program() {
  std::error_code error;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string("cadre") : own.string();
}

std::string program_beside(const std::string& name) {
  const auto beside = std::filesystem::path(own_program()).parent_path() / name;
  return ::access(beside.c_str(), X_OK) == 0 ? beside.string() : name;
}

}  // namespace cadre::ctl
