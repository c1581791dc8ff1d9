// Names of things, as types that cannot be mixed up. Values only; no behaviour beyond taking an id apart.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cadre {

// The term of a broker: grows at every grant of the seat, 1 .. 2^24-1.
struct Epoch {
  std::uint64_t value = 0;
  auto operator<=>(const Epoch&) const = default;
};

// A job: the epoch of the broker that accepted it (24 bits) above a sequence number of that term (40 bits).
// Grows with time, so that tables keyed by it grow at their end. 0 is no job.
struct JobId {
  static constexpr unsigned sequence_bits = 40;
  static constexpr std::uint64_t sequence_max = (std::uint64_t{1} << sequence_bits) - 1;
  static constexpr std::uint64_t epoch_max = (std::uint64_t{1} << (64 - sequence_bits)) - 1;

  std::uint64_t value = 0;
  auto operator<=>(const JobId&) const = default;

  static constexpr JobId make(Epoch epoch, std::uint64_t sequence) {
    return JobId{epoch.value << sequence_bits | sequence};
  }
  constexpr Epoch epoch() const { return Epoch{value >> sequence_bits}; }
  constexpr std::uint64_t sequence() const { return value & sequence_max; }
  constexpr explicit operator bool() const { return value != 0; }
};

// One try at one job; the number is the epoch of the lease on that job: it grows and is never used again.
struct AttemptId {
  JobId job;
  std::uint32_t number = 0;
  auto operator<=>(const AttemptId&) const = default;
};

// A large payload or result that the store has been given ahead of the fact that names it: the epoch of the broker that
// wrote it above a sequence number of that term, as in a job id. 0 is none: the bytes are with the fact.
struct BlobId {
  std::uint64_t value = 0;
  auto operator<=>(const BlobId&) const = default;

  static constexpr BlobId make(Epoch epoch, std::uint64_t sequence) {
    return BlobId{epoch.value << JobId::sequence_bits | sequence};
  }
  constexpr explicit operator bool() const { return value != 0; }
};

// One life of a worker process, named by the worker itself: how often a worker has started on this spool (32 bits) above
// a random number (32 bits). So of two sessions of one instance the greater one is the newer. Never 0.
struct SessionId {
  std::uint64_t value = 0;
  auto operator<=>(const SessionId&) const = default;
};

// Where an answer goes: a handle that the shell gives to a connection. A label, never an identity.
struct PeerId {
  std::uint64_t value = 0;
  auto operator<=>(const PeerId&) const = default;
};

// "EPOCH-SEQUENCE", both decimal: how people and JSON see a job id.
std::string to_string(JobId id);
std::optional<JobId> parse_job_id(std::string_view text);

// "EPOCH-SEQUENCE/NUMBER"
std::string to_string(AttemptId id);

}  // namespace cadre
