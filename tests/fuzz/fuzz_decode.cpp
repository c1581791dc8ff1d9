// The decoder against any bytes: it refuses, or it gives a message that it would give again. Never a crash, never memory
// by the peer's word alone (scripts/fuzz sets the bound).
//
// Input: two bytes with the size of the header frame (little endian), the header frame, the payload frame.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/assert.hpp"
#include "common/protocol/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cadre;
  constexpr std::size_t payload_max = 1u << 16;
  if (size < 2) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t header_size = data[0] | static_cast<std::size_t>(data[1]) << 8;
  const std::string_view header = all.substr(2, header_size);
  const std::string_view payload = all.substr(2 + header.size());
  const auto message = decode(header, payload, payload_max);
  if (!message) {
    CADRE_ASSERT(!message.error().empty());
    CADRE_ASSERT(is_utf8(message.error()));  // it is told to people
    return 0;
  }
  const Frames frames = encode(*message);
  CADRE_ASSERT(frames.payload == payload);
  CADRE_ASSERT(frames.header.size() <= header.size());  // ours is the shortest form
  const auto again = decode(frames.header, frames.payload, payload_max);
  CADRE_ASSERT(static_cast<bool>(again));
  CADRE_ASSERT(encode(*again).header == frames.header);
  return 0;
}
