// CURVE key pairs as Z85 text (40 characters), and the files that hold them.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/result.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::net {

struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

KeyPair make_key_pair();

// The public key of a secret one.
Result<std::string> public_key_of(const std::string& secret_key);
bool is_key(std::string_view text);  // 40 characters of Z85, not all zero
// For people who compare two screens: "5f3a-91c2-0b7e-44d1-a9f0", 80 bits of BLAKE2b over the text of the public key.
std::string fingerprint(const std::string& public_key);

// A secret key's file, which holds the Z85 secret key: refused unless it is a regular file, 0600 or stricter, and ours.
// A client's may be one that a group shares.
Result<KeyPair> read_secret_key(const std::filesystem::path& file, os::Readers readers = os::Readers::owner);
Result<std::string> read_public_key(const std::filesystem::path& file);
// Where the public key of a secret key's file lies: FILE with .pub in place of .key, else FILE.pub.
std::filesystem::path public_file_of(const std::filesystem::path& file);
// Writes FILE (0600, must not exist) and its public file.
Result<std::filesystem::path> write_key_pair(const std::filesystem::path& file, const KeyPair& keys);

}  // namespace cadre::net
