#include "common/net/keys.hpp"

#include <array>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

namespace cadre::net {

namespace {
constexpr std::size_t key_bytes = 32;
constexpr std::size_t z85_size = 40;
constexpr std::size_t secret_bytes_max = 4096;

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

namespace {

Result<std::string> read_line(const std::filesystem::path& file, bool secret) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | (secret ? O_NOFOLLOW : 0));
  if (fd < 0)
    return Error{fmt::format("{}: cannot be read: {}", file.string(), errno == ELOOP ? "it is a symbolic link" : strerror(errno))};
  struct stat info{};
  fstat(fd, &info);
  std::string text(secret_bytes_max, '\0');
  const ssize_t size = read(fd, text.data(), text.size());
  close(fd);
  if (!S_ISREG(info.st_mode)) return Error{fmt::format("{}: is not a regular file", file.string())};
  if (secret && (info.st_mode & 077) != 0)
    return Error{fmt::format("{}: is readable by others (mode {:04o}); it holds a secret: chmod 600 {}", file.string(),
                             info.st_mode & 07777, file.string())};
  if (secret && info.st_uid != geteuid() && geteuid() != 0)
    return Error{fmt::format("{}: belongs to another user (uid {})", file.string(), info.st_uid)};
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

Result<std::string> read_secret(const std::filesystem::path& file) { return read_line(file, true); }

Result<KeyPair> read_secret_key(const std::filesystem::path& file) {
  auto text = read_line(file, true);
  if (!text) return Error{text.error()};
  auto public_key = public_key_of(*text);
  if (!public_key) return Error{fmt::format("{}: {}; `cadre key new {}` makes one", file.string(), public_key.error(), file.string())};
  return KeyPair{*public_key, *text};
}

Result<std::string> read_public_key(const std::filesystem::path& file) {
  auto text = read_line(file, false);
  if (!text) return text;
  if (!is_key(*text)) return Error{fmt::format("{}: is not a public key: 40 characters of Z85 were wanted", file.string())};
  return text;
}

namespace {

Result<> write_new(const std::filesystem::path& file, mode_t mode, const std::string& text) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return Error{fmt::format("{}: cannot be made: {}", file.string(), strerror(errno))};
  const std::string line = text + "\n";
  const bool written = fchmod(fd, mode) == 0 && write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(fd) == 0;
  const int trouble = errno;
  close(fd);
  if (written) return Done{};
  unlink(file.c_str());
  return Error{fmt::format("{}: cannot be written: {}", file.string(), strerror(trouble))};
}

}  // namespace

Result<> write_secret(const std::filesystem::path& file, const std::string& secret) { return write_new(file, 0600, secret); }

std::filesystem::path public_file_of(const std::filesystem::path& file) {
  std::filesystem::path public_file = file;
  if (file.extension() == ".key") public_file.replace_extension(".pub");
  else public_file += ".pub";
  return public_file;
}

Result<std::filesystem::path> write_key_pair(const std::filesystem::path& file, const KeyPair& keys) {
  const auto public_file = public_file_of(file);
  if (auto made = write_new(file, 0600, keys.secret_key); !made) return Error{made.error()};
  if (auto made = write_new(public_file, 0644, keys.public_key); !made) return Error{made.error()};
  return public_file;
}

}  // namespace cadre::net
