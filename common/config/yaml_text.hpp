// Inside of common/config/yaml: the text itself, for what yaml-cpp does not check and for places as people count them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "common/config/yaml_state.hpp"

namespace cadre::yaml {

// What yaml-cpp would misread or report badly: tabs as indentation, control characters (it takes 0x04 as the end of the
// file), and texts in another encoding. Tells every such place; true if there was none.
bool plain_enough(State& state, std::string_view text);

// yaml-cpp counts lines and columns from 0 (libraries.md 4.1), and columns in bytes; people count characters, from 1.
class Lines {
 public:
  explicit Lines(std::string_view text);

  Place place(int line, int column) const;

  // True where the quoted text that begins there is closed, or nothing quoted begins there. yaml-cpp takes the rest of
  // the file into an open one, silently.
  bool closed(int line, int column) const;

 private:
  std::size_t offset(int line, int column) const;

  std::string_view text_;
  std::vector<std::size_t> starts_;  // of each line
};

}  // namespace cadre::yaml
