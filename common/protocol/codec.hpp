// Messages to frames and back. The only file that includes msgpack is codec.cpp. PROTOCOL.md says what the bytes mean.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "common/protocol/message.hpp"

namespace cadre {

struct Frames {
  Bytes header;
  Bytes payload;  // an empty payload is not sent
};

Frames encode(const Message& message);

// Every field is checked: type, range, length, UTF-8, counts, trailing bytes. The error names the field. Fields behind
// those that we know are ignored (a newer peer); an unknown message type is an error. Throws nothing.
// `payload_max`: bytes that one body or one output may have.
Result<Message> decode(std::string_view header, std::string_view payload, std::size_t payload_max);

}  // namespace cadre
