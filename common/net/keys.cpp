#include "common/net/keys.hpp"

#include <array>

#include <fmt/format.h>
#include <sodium.h>
#include <zmq.h>

namespace cadre::net {

namespace {
constexpr std::size_t key_bytes = 32;
constexpr std::size_t z85_size = 40;

std::string z85(const unsigned char* bytes) {
  std::array<char, z85_size + 1> text{};
  zmq_z85_encode(text.data(), bytes, key_bytes);
  return text.data();
}
}  // namespace

// With libsodium, not zmq_curve_keypair: that one closes the generator under other contexts (libraries.md 1.13).
KeyPair make_key_pair() {
  std::array<unsigned char, key_bytes> public_key{}, secret_key{};
  crypto_box_keypair(public_key.data(), secret_key.data());
  KeyPair keys{z85(public_key.data()), z85(secret_key.data())};
  sodium_memzero(secret_key.data(), secret_key.size());
  return keys;
}

bool is_key(std::string_view text) {
  std::array<std::uint8_t, key_bytes> bytes{};
  if (text.size() != z85_size || zmq_z85_decode(bytes.data(), std::string(text).c_str()) == nullptr) return false;
  return !sodium_is_zero(bytes.data(), bytes.size());
}

std::string fingerprint(const std::string& public_key) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> sum{};
  crypto_generichash(sum.data(), sum.size(), reinterpret_cast<const unsigned char*>(public_key.data()), public_key.size(), nullptr, 0);
  std::string text;
  for (std::size_t i = 0; i < 10; i += 2) text += fmt::format("{}{:02x}{:02x}", i == 0 ? "" : "-", sum[i], sum[i + 1]);
  return text;
}

Result<std::string> public_key_of(const std::string& secret_key) {
  std::array<std::uint8_t, key_bytes> secret{}, made{};
  if (!is_key(secret_key) || zmq_z85_decode(secret.data(), secret_key.c_str()) == nullptr)
    return Error{"not a CURVE key: 40 characters of Z85 were wanted"};
  crypto_scalarmult_base(made.data(), secret.data());
  sodium_memzero(secret.data(), secret.size());
  return z85(made.data());
}

Result<KeyPair> read_secret_key(const std::filesystem::path& file, os::Readers readers) {
  auto text = os::read_line(file, readers);
  if (!text) return Error{text.error()};
  auto public_key = public_key_of(*text);
  if (!public_key) return Error{fmt::format("{}: {}; `cadre key new {}` makes one", file.string(), public_key.error(), file.string())};
  return KeyPair{*public_key, *text};
}

Result<std::string> read_public_key(const std::filesystem::path& file) {
  auto text = os::read_line(file, os::Readers::everyone);
  if (!text) return text;
  if (!is_key(*text)) return Error{fmt::format("{}: is not a public key: 40 characters of Z85 were wanted", file.string())};
  return text;
}

std::filesystem::path public_file_of(const std::filesystem::path& file) {
  std::filesystem::path public_file = file;
  if (file.extension() == ".key") public_file.replace_extension(".pub");
  else public_file += ".pub";
  return public_file;
}

Result<std::filesystem::path> write_key_pair(const std::filesystem::path& file, const KeyPair& keys) {
  const auto public_file = public_file_of(file);
  if (auto made = os::write_line(file, 0600, keys.secret_key); !made) return Error{made.error()};
  if (auto made = os::write_line(public_file, 0644, keys.public_key); !made) return Error{made.error()};
  return public_file;
}

}  // namespace cadre::net
