// What the loop counts itself, besides what the core does: words heard and said, who was turned away, how long the
// database took and when it last answered.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "common/base/histogram.hpp"
#include "common/protocol/message.hpp"

namespace cadre {

// Kinds of exchange with the database.
enum class Exchange : std::uint8_t { write_batch, renew_lease, read_bodies, put_blobs, read_history };
inline constexpr std::size_t exchange_count = 5;
constexpr std::string_view to_string(Exchange exchange) {
  constexpr std::array<std::string_view, exchange_count> words{"write_batch", "renew_lease", "read_bodies", "put_blobs",
                                                               "read_history"};
  return words[static_cast<std::size_t>(exchange)];
}

using MessageCounts = std::array<std::uint64_t, std::variant_size_v<Message>>;  // by type, in the order of the variant

struct LoopCounts {
  MessageCounts heard{};
  std::uint64_t revoked = 0;         // messages of a key that was revoked while it was connected
  std::uint64_t not_allowed = 0;     // that the sender's role may not say
  std::uint64_t renew_failures = 0;  // of the broker's lease
  std::array<Histogram, exchange_count> exchanges{Histogram(exchange_bounds), Histogram(exchange_bounds),
                                                  Histogram(exchange_bounds), Histogram(exchange_bounds),
                                                  Histogram(exchange_bounds)};

  void took(Exchange exchange, Duration duration) { exchanges[static_cast<std::size_t>(exchange)].add(duration); }
};

// Whether the database is there, as its answers tell.
class DatabaseSeen {
 public:
  // `silence_max`: it is asked at least so often, and a little more.
  explicit DatabaseSeen(Duration silence_max) : silence_max_(silence_max) {}

  void answered(Instant now) {
    answered_ = now;
    why_.clear();
  }
  void away(const std::string& why) { why_ = why; }

  // Empty: it is there.
  std::string trouble(Instant now) const {
    if (!why_.empty()) return why_;
    const Duration silence = now - answered_;
    return silence <= silence_max_ ? "" : fmt::format("it has not answered for {}", to_string(silence));
  }

 private:
  const Duration silence_max_;
  Instant answered_{};
  std::string why_;
};

}  // namespace cadre
