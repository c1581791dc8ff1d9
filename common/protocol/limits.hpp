// Every bound of the protocol, by name. PROTOCOL.md lists the same numbers for people; a test compares them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cadre::limits {

inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::uint32_t protocol_version_min = 1;

inline constexpr std::size_t frames_max = 2;                       // header and one payload
inline constexpr std::size_t header_bytes_max = 1u << 20;          // a header frame, 1 MiB
inline constexpr std::size_t payload_bytes_default = 8u << 20;     // one job's payload, or one attempt's result
inline constexpr std::size_t payload_bytes_ceiling = 256u << 20;   // what may be configured at most
inline constexpr std::size_t message_payload_bytes = 4u << 20;     // a batch is closed when its payloads reach this

inline constexpr std::size_t batch_items_max = 512;    // jobs, reports or notes in one message
inline constexpr std::size_t held_max = 4096;          // attempts listed in one beat
inline constexpr std::size_t engines_max = 256;        // engines offered by one worker
inline constexpr std::size_t files_max = 256;          // result files of one attempt

inline constexpr std::size_t name_bytes_max = 64;      // engine, queue, batch, node, file names: [A-Za-z0-9._-]
inline constexpr std::size_t key_bytes_max = 200;      // submit key
inline constexpr std::size_t params_bytes_max = 64u << 10;
inline constexpr std::size_t text_bytes_max = 4096;    // reasons and messages for people
inline constexpr std::size_t stderr_bytes_max = 64u << 10;
inline constexpr std::size_t answer_bytes_max = 64u << 20;  // a JSON answer travels in the payload frame

inline constexpr int priority_min = -100;
inline constexpr int priority_max = 100;
inline constexpr std::uint32_t attempts_max = 1000;
inline constexpr std::uint32_t attempts_default = 3;

}  // namespace cadre::limits
