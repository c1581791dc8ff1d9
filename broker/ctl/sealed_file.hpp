// A file that only who knows the passphrase can read, and that nobody can change, shorten or reorder unseen: libsodium's
// secretstream (XChaCha20-Poly1305) under a key that Argon2id makes of the passphrase. Written and read as one stream, so that
// nothing of it needs to be in memory or on a disk in the clear.
//
//   "cadre sealed 1\n" | salt 16 | operations u64 | memory u64 | header 24 | pieces: length u32, then so many bytes
//
// Numbers are little-endian. The last piece is marked as such: without it the file was cut off.
#pragma once

#include <sodium.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

inline constexpr std::size_t piece_bytes_max = 64u << 10;  // in the clear

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// What a guess at the passphrase costs; it stands in the file. A second and 256 MiB, where nothing is said.
struct GuessCost {
  std::uint64_t operations = crypto_pwhash_OPSLIMIT_MODERATE;
  std::uint64_t memory = crypto_pwhash_MEMLIMIT_MODERATE;  // bytes
};

// Makes FILE.part (0600); finish() gives it its name, synced. Without finish() it is removed. Stop where FILE exists or the
// disk is full.
class SealedWriter {
 public:
  SealedWriter(std::filesystem::path file, const std::string& passphrase, GuessCost cost = {});
  ~SealedWriter();
  SealedWriter(const SealedWriter&) = delete;
  SealedWriter& operator=(const SealedWriter&) = delete;

  void piece(std::string_view bytes);  // at most piece_bytes_max
  void finish();
  std::uint64_t size() const { return size_; }  // of the file so far, bytes

 private:
  void push(std::string_view bytes, unsigned char tag);
  void put(const void* bytes, std::size_t count);

  std::filesystem::path file_, part_;
  File out_;
  crypto_secretstream_xchacha20poly1305_state state_;
  std::uint64_t size_ = 0;
};

// Stop where it is no such file, the passphrase is another one, or a byte of it was changed.
class SealedReader {
 public:
  SealedReader(const std::filesystem::path& file, const std::string& passphrase);
  bool piece(std::string& bytes);  // false: that was the last one

 private:
  [[noreturn]] void broken(const std::string& what) const;
  void get(void* bytes, std::size_t count);

  std::filesystem::path file_;
  File in_;
  crypto_secretstream_xchacha20poly1305_state state_;
  bool ended_ = false;
};

}  // namespace cadre::ctl
