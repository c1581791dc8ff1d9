// Whether the file of this worker's key holds another key than before: exchanged while the worker runs, which then goes on
// with the new one. What it runs and holds stays: the broker knows the session, whatever key it comes with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/net/keys.hpp"

namespace cadre {

class KeyWatch {
 public:
  // Empty file: nothing to watch.
  KeyWatch(std::filesystem::path file, std::string public_key) : file_(std::move(file)), public_key_(std::move(public_key)) {}

  // Reads the file, if it has been written since the last look. One that cannot be read, as in the moment of the exchange,
  // changes nothing.
  std::optional<net::KeyPair> changed();

 private:
  std::filesystem::path file_;
  std::string public_key_;
  std::filesystem::file_time_type seen_{};
};

}  // namespace cadre
