#include "worker/engine/words.hpp"

#include <fmt/format.h>

#include <system_error>

#include "common/protocol/message.hpp"

namespace cadre::engine {

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 10u << 10) return fmt::format("{} bytes", bytes);
  const bool whole_mebibytes = bytes > 0 && bytes % (1u << 20) == 0;  // a limit is said as people write it
  if (bytes < 10u << 20 && !whole_mebibytes) return fmt::format("{} KiB", bytes >> 10);
  if (bytes < 10ull << 30) return fmt::format("{} MiB", bytes >> 20);
  return fmt::format("{} GiB", bytes >> 30);
}

std::string printable(std::string_view bytes, std::size_t length_max) {
  std::string text;
  for (const char c : bytes) {
    if (text.size() >= length_max) return text + "...";
    if (c >= ' ' && c < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string fitting_text(std::string text, std::size_t bytes_max) {
  if (!is_utf8(text)) return printable(text, bytes_max - 8);
  if (text.size() <= bytes_max) return text;
  std::size_t cut = bytes_max;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  text.resize(cut);
  return text;
}

std::string errno_text(int number) { return std::generic_category().message(number); }

}  // namespace cadre::engine
