#include "common/database/option_search.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "common/database/option_file.hpp"

namespace cadre::db {

namespace fs = std::filesystem;

namespace {

constexpr int depth_max = 10;  // MariaDB's own bound

class Search {
 public:
  Search(const std::vector<std::string>& groups, const std::string& name, const fs::path& directory) : groups_(groups), name_(name), directory_(directory) {}

  void read(const fs::path& wanted, int depth) {
    const fs::path file = wanted.is_absolute() ? wanted : directory_ / wanted;
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return refuse(file, errno);
    const bool ignored = S_ISREG(facts.st_mode) && (facts.st_mode & S_IWOTH) != 0;
    if (ignored || depth > depth_max || trouble_) return;
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return refuse(file, errno == 0 ? EIO : errno);
    found_.read.push_back(file);
    for (const auto& line : option_lines(text, name_, groups_)) take(file, line, depth);
  }

  Result<OptionSearch> result() {
    if (trouble_) return Error{*trouble_};
    if (!found_.home && !found_.read.empty()) found_.home = found_.read.back();
    return std::move(found_);
  }

 private:
  void take(const fs::path& file, const OptionLine& line, int depth) {
    switch (line.kind) {
      case OptionLine::Kind::value: found_.places.push_back({file, line.line, line.text}); return;
      case OptionLine::Kind::group: found_.home = file; return;
      case OptionLine::Kind::include: return read(line.text, depth + 1);
      case OptionLine::Kind::include_directory: return read_directory(line.text, depth + 1);
    }
  }

  void read_directory(const fs::path& wanted, int depth) {
    const fs::path directory = wanted.is_absolute() ? wanted : directory_ / wanted;
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error))
      if (std::string name = entry.path().filename(); name.ends_with(".cnf")) names.push_back(std::move(name));
    if (error) return refuse(directory, error.value());
    std::sort(names.begin(), names.end());
    for (const auto& name : names) read(directory / name, depth);
  }

  void refuse(const fs::path& file, int code) {
    if (code != ENOENT && !trouble_) trouble_ = file.string() + ": " + std::strerror(code);
  }

  const std::vector<std::string>& groups_;
  const std::string& name_;
  const fs::path& directory_;
  OptionSearch found_;
  std::optional<std::string> trouble_;
};

}  // namespace

Result<OptionSearch> search_option(const std::vector<std::string>& files, const std::vector<std::string>& groups, const std::string& name, const fs::path& directory,
                                   const fs::path& home) {
  Search search(groups, name, directory);
  for (const auto& file : files) search.read(file.starts_with("~/") ? home / file.substr(2) : fs::path(file), 0);
  return search.result();
}

}  // namespace cadre::db
