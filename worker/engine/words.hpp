// Small helpers for what people read: sizes, and bytes of strangers made safe to print.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cadre::engine {

// "41 MiB", "812 KiB", "17 bytes": rounded down, so that a size just over a limit may read as the limit; exact below 10
// KiB.
std::string human_bytes(std::uint64_t bytes);

// Printable ASCII stays, the rest becomes \xNN; longer texts are cut and end with "...".
std::string printable(std::string_view bytes, std::size_t length_max = 120);

// Valid UTF-8 of at most `bytes_max`, cut between characters: fit for AttemptEnd::message.
std::string fitting_text(std::string text, std::size_t bytes_max);

// "No such file or directory" for ENOENT; safe to call from any thread.
std::string errno_text(int number);

}  // namespace cadre::engine
