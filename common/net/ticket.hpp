// What a new machine is given so that it may join: where the broker is, its public key, and a secret key that lets one key
// in, once, until a time. One line of text, to be treated as a password.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace cadre::net {

struct Ticket {
  std::string name;        // what the cluster will call the machine; only for people: the broker goes by the key
  std::string address;     // tcp://HOST:PORT of the broker
  std::string server_key;  // its public key, Z85
  std::string secret_key;  // Z85; admitted in the role `join`
  WallTime not_after{};    // by the broker's clock
};

// "cadre-ticket-1." and base64url of the fields and a check sum.
std::string to_text(const Ticket& ticket);
// Blanks and line ends within it do not matter, also those that come from a page or a mail. The error says what is wrong and
// never quotes the text.
Result<Ticket> parse_ticket(std::string_view text);
// A file of one's own, 0600: the conditions of read_secret_key.
Result<Ticket> read_ticket(const std::filesystem::path& file);

}  // namespace cadre::net
