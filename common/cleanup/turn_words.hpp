// The words of a node's turn: what a worker asks its broker about the clean-up of its spool and what it is told, as JSON in
// Ask and Answer (PROTOCOL.md: turn.take, turn.renew, turn.owned, turn.end). Both sides write and read them here.
//
// Readers answer nothing for a text that is not whole: what makes no sense decides nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace cadre::cleanup {

// A node's turn as it tells of it; the node itself is known by its key.
struct FilesTurn {
  std::uint64_t epoch = 0;
  std::uint32_t place = 0;
  std::uint64_t place_epoch = 0;
  bool operator==(const FilesTurn&) const = default;
};

// turn.take. `session`: this life of the worker, as people see it in the lease's holder.
struct TurnWanted {
  std::string session;
  bool urgent = false;            // the volume of the spool is nearly full
};

struct TurnAnswer {
  bool granted = false;
  std::string why;                // not granted: why, and when it is due (0: unknown)
  WallTime next{};
  std::string cluster;            // granted: whose turn it is, for how long, and how long an orphan must have been one
  FilesTurn turn;
  Duration ttl{}, grace{};
};

// turn.renew. `ttl`: from the asking; 0 (a broker of an earlier release): as at the grant.
struct Renewed {
  bool ours = false;
  Duration ttl{};
};

// turn.owned: of the attempts asked about, those that are at this node by the books of this broker.
struct OwnedAnswer {
  std::string cluster;
  Epoch epoch;
  std::vector<AttemptId> owned;
};

// turn.end
struct FilesDone {
  std::uint64_t files = 0, bytes = 0;
  std::vector<std::string> left;  // what could not be removed, and why
  std::string error;              // empty: it came to its end
};

std::string to_json(const TurnWanted& wanted);
std::string to_json(const TurnAnswer& answer);
std::string to_json(const FilesTurn& turn);                          // turn.renew asks with it
std::string to_json(const std::vector<AttemptId>& attempts);         // turn.owned asks with them
std::string to_json(const OwnedAnswer& answer);
std::string to_json(const FilesTurn& turn, const FilesDone& done);   // turn.end
std::string to_json(const Renewed& renewed);

std::optional<TurnWanted> read_turn_wanted(std::string_view json);
std::optional<TurnAnswer> read_turn_answer(std::string_view json);
std::optional<FilesTurn> read_turn(std::string_view json);
std::optional<std::vector<AttemptId>> read_attempts(std::string_view json);
std::optional<OwnedAnswer> read_owned_answer(std::string_view json);
std::optional<FilesDone> read_files_done(std::string_view json);
Renewed read_renewed(std::string_view json);                         // not ours also where it makes no sense

}  // namespace cadre::cleanup
