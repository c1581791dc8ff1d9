// Which machines an account of MariaDB is for: what people write, as what the server really matches. Pure.
//
// MariaDB stores what it is given and matches later, without a word: '10.1.0.0/16' is accepted and matches nobody, and so is
// '10.1.2.3/255.255.0.0', whose address has bits beyond the mask. A pattern such as '10.1.%' is compared as text. So ranges
// become "base/mask", which is compared as numbers, and everything that would match nobody is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace cadre::db {

struct GrantHosts {
  std::string host;                   // for 'user'@'host': "10.1.0.0/255.255.0.0", "10.1.2.3", "fd00::1", "db1.example.net"
  std::string first, last;            // addresses that it covers; empty: a name
  std::uint64_t count = 1;
  std::vector<std::string> warnings;  // sentences
};

// One of: an address; 10.1.0.0/16; 10.1.0.0/255.255.0.0; 10.1.%, 10.1.*, 10.1.*.*; a host's name. The error says what is
// wanted, and where the address has bits beyond the mask, what may have been meant.
Result<GrantHosts> grant_hosts(std::string_view text);

}  // namespace cadre::db
