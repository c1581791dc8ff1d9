// Where the payloads of a submit come from, one after the other: a file is read when its turn comes, so that thousands
// need no more memory than a few.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol/message.hpp"

namespace cadre::ctl {

struct Piece {
  std::string label;   // for people: the file, or FILE:LINE
  std::string suffix;  // what makes its key different from the others' keys; empty where there is one job only
  Bytes payload;
};

class Source {
 public:
  struct Plan {
    std::vector<std::filesystem::path> files;  // none: one job with an empty payload
    bool each = false;                         // one job for each file; else there is at most one file
    bool lines = false;                        // one job for each line of the one file
    bool by_path = false;                      // the payload is the file's absolute path
    std::uint64_t bytes_max = 0;               // of one payload
  };
  // Checks what can be checked before the first job is handed in: missing files, names that would give two equal keys.
  explicit Source(Plan plan);

  std::optional<Piece> next();
  std::uint64_t total() const { return total_; }  // 0: not known before the end

 private:
  std::optional<Piece> next_line();

  Plan plan_;
  std::uint64_t total_ = 0;
  std::uint64_t at_ = 0;
  std::ifstream lines_;
};

}  // namespace cadre::ctl
