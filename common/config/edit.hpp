// Changes single values of a YAML file and leaves the rest as it is: comments, order, spaces. yaml-cpp forgets all of these when it
// writes a tree, so the text is changed where yaml-cpp's marks say that the value stands; and the new text is read again and must
// be the old tree with just that change, or it is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace cadre::yaml {

// A value of a file, with its path: keys with dots between them, "policy.lease_ttl"; a key that has a dot itself is in quotes.
struct Leaf {
  std::string path;
  std::string value;  // as YAML on one line
  int line = 0;       // from 1
};

// All scalars, lists and empty mappings, in their order. An error where it is no YAML, or not a mapping.
Result<std::vector<Leaf>> leaves(std::string_view text);

// The text with `value` at `path`; sections that are missing are made. `value` is YAML on one line ("30s", "[a, b]", "{ocr: 4}");
// what cannot be read as one such value is taken as a text and quoted.
Result<std::string> with_value(std::string_view text, std::string_view path, std::string_view value);

// The text without the key at `path`, and without what then is an empty section. Where it is not there, the text as it is.
Result<std::string> without_value(std::string_view text, std::string_view path);

}  // namespace cadre::yaml
