// The addresses that a database server is to listen at, as its option says them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace cadre::ctl {

struct BindValue {
  std::string text;                    // "127.0.0.1,10.1.0.5", or "*"
  std::vector<std::string> addresses;  // those to try; of "*" all that the machine has
};

// `wanted` in numbers, with loopback before them where none is among them; `everywhere`: "*" instead, and nothing wanted.
// Pure but for what `own` and `is_own` say of this machine: an address that is not there MariaDB takes without a word
// (IP_FREEBIND), and nobody reaches it, so it is an error here.
Result<BindValue> bind_value(const std::vector<std::string>& wanted, bool everywhere, const std::vector<std::string>& own,
                             const std::function<bool(const std::string&)>& is_own);

}  // namespace cadre::ctl
