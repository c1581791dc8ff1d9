// Inside of common/config/edit: where a key's value stands in the lines of a file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cadre::yaml {

// A key of a block mapping: line and column (from 0) of the key, and where its value ends.
struct Extent {
  std::size_t line = 0, column = 0;
  std::size_t value = 0;    // column behind the colon
  std::string comment;      // behind the value on the key's line, from its '#' on; "" : none
  std::size_t comment_at = 0;
  std::size_t last = 0;     // the last line that belongs to the value
};

// `list`: the value is a list, whose dashes may stand below the key itself. Nothing where no colon is found.
std::optional<Extent> extent_of(const std::vector<std::string>& lines, std::size_t line, std::size_t column, bool list);

// The key's line with another value; what followed below it goes.
void replace_value(std::vector<std::string>& lines, const Extent& at, const std::string& value);

}  // namespace cadre::yaml
