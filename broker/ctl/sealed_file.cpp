#include "broker/ctl/sealed_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "broker/ctl/rewrite.hpp"

namespace cadre::ctl {

namespace {

constexpr std::string_view magic = "cadre sealed 1\n";
constexpr std::size_t overhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::uint64_t memory_max = std::uint64_t{4} << 30;  // of a file that somebody else has made

using Salt = std::array<unsigned char, crypto_pwhash_SALTBYTES>;
using Key = std::array<unsigned char, crypto_secretstream_xchacha20poly1305_KEYBYTES>;
using Header = std::array<unsigned char, crypto_secretstream_xchacha20poly1305_HEADERBYTES>;

Key key_of(const Salt& salt, const GuessCost& cost, const std::string& passphrase) {
  Key key;
  if (crypto_pwhash(key.data(), key.size(), passphrase.data(), passphrase.size(), salt.data(), cost.operations,
                    static_cast<std::size_t>(cost.memory), crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw Stop{Exit::again, fmt::format("the key of the passphrase needs {} MiB of memory, and they are not to be had", cost.memory >> 20)};
  return key;
}

// A plain rename would replace; some file systems on the network know no other.
bool take_name(const std::filesystem::path& part, const std::filesystem::path& file) {
  if (::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return false;
  return ::access(file.c_str(), F_OK) != 0 && ::rename(part.c_str(), file.c_str()) == 0;
}

}  // namespace

// --- writing --------------------------------------------------------------------------------------------------------

SealedWriter::SealedWriter(std::filesystem::path file, const std::string& passphrase, GuessCost cost)
    : file_(std::move(file)), part_(file_.string() + ".part"), out_(nullptr, std::fclose) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(file_, error)))
    throw Stop{Exit::no_output, fmt::format("{}: is there already, and a backup overwrites nothing; give another name", file_.string())};
  std::filesystem::remove(part_, error);  // of a run that was killed
  const int fd = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) throw Stop{Exit::no_output, fmt::format("{}: cannot be made: {}", part_.string(), std::strerror(errno))};
  out_.reset(::fdopen(fd, "w"));
  Salt salt;
  randombytes_buf(salt.data(), salt.size());
  Key key = key_of(salt, cost, passphrase);
  Header header;
  crypto_secretstream_xchacha20poly1305_init_push(&state_, header.data(), key.data());
  sodium_memzero(key.data(), key.size());
  put(magic.data(), magic.size());
  put(salt.data(), salt.size());
  put(&cost.operations, sizeof cost.operations);
  put(&cost.memory, sizeof cost.memory);
  put(header.data(), header.size());
}

SealedWriter::~SealedWriter() {
  std::error_code error;
  if (out_) std::filesystem::remove(part_, error);
}

void SealedWriter::piece(std::string_view bytes) { push(bytes, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE); }

void SealedWriter::finish() {
  push("", crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  const bool written = std::fflush(out_.get()) == 0 && ::fsync(::fileno(out_.get())) == 0;
  if (!written || !take_name(part_, file_) || !sync_directory_of(file_))
    throw Stop{Exit::no_output, fmt::format("{}: cannot be finished: {}", file_.string(), std::strerror(errno))};
  out_.reset();
}

void SealedWriter::push(std::string_view bytes, unsigned char tag) {
  std::array<unsigned char, piece_bytes_max + overhead> sealed;
  unsigned long long count = 0;
  crypto_secretstream_xchacha20poly1305_push(&state_, sealed.data(), &count, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0, tag);
  const auto length = static_cast<std::uint32_t>(count);
  put(&length, sizeof length);
  put(sealed.data(), length);
}

void SealedWriter::put(const void* bytes, std::size_t count) {
  if (std::fwrite(bytes, 1, count, out_.get()) != count)
    throw Stop{Exit::no_output, fmt::format("{}: cannot be written: {}", part_.string(), std::strerror(errno))};
  size_ += count;
}

// --- reading --------------------------------------------------------------------------------------------------------

SealedReader::SealedReader(const std::filesystem::path& file, const std::string& passphrase) : file_(file), in_(std::fopen(file.c_str(), "re"), std::fclose) {
  if (!in_) throw Stop{Exit::no_input, fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno))};
  std::array<char, magic.size()> first;
  if (std::fread(first.data(), 1, first.size(), in_.get()) != first.size() || std::string_view(first.data(), first.size()) != magic)
    throw Stop{Exit::bad_data, fmt::format("{}: is no backup of Cadre", file.string())};
  Salt salt;
  GuessCost cost;
  Header header;
  get(salt.data(), salt.size());
  get(&cost.operations, sizeof cost.operations);
  get(&cost.memory, sizeof cost.memory);
  get(header.data(), header.size());
  if (cost.memory > memory_max || cost.operations > crypto_pwhash_OPSLIMIT_SENSITIVE) broken("wants more memory or time than any backup does");
  Key key = key_of(salt, cost, passphrase);
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state_, header.data(), key.data()) != 0) broken("its beginning is damaged");
  sodium_memzero(key.data(), key.size());
}

bool SealedReader::piece(std::string& bytes) {
  if (ended_) return false;
  std::uint32_t length = 0;
  get(&length, sizeof length);
  if (length < overhead || length > piece_bytes_max + overhead) broken("a piece has no possible length");
  std::string sealed(length, '\0');
  get(sealed.data(), sealed.size());
  bytes.resize(length - overhead);
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(&state_, reinterpret_cast<unsigned char*>(bytes.data()), nullptr, &tag,
                                                 reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size(), nullptr, 0) != 0)
    broken("the passphrase is another one, or the file was changed");
  ended_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  return !ended_;
}

void SealedReader::get(void* bytes, std::size_t count) {
  if (std::fread(bytes, 1, count, in_.get()) != count) broken("it ends too early: the rest was cut off");
}

void SealedReader::broken(const std::string& what) const {
  throw Stop{Exit::bad_data, fmt::format("{}: cannot be opened: {}; nothing was changed", file_.string(), what)};
}

}  // namespace cadre::ctl
