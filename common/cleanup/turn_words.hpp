// The words of a node's turn: what a worker asks its broker about the clean-up of its spool and what it is told, as JSON in
// Ask and Answer (PROTOCOL.md: turn.take, turn.renew, turn.owned, turn.end, turn.seen). Both sides write and read them here.
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
  std::uint64_t look = 0;         // not granted, but somebody wants to know what a turn would remove: answered by turn.seen
  std::string cluster;            // granted or looking: whose spool, for how long, and how long an orphan must have been one
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

// turn.seen: what a turn would find in the spool, of which nothing was removed. Lists are cut at `listed_max`.
struct FilesSeen {
  static constexpr std::size_t listed_max = 50;
  struct One {
    std::string path;             // from the spool on, at most path_max bytes of it, '?' for what is no printable ASCII
    std::uint64_t files = 0, bytes = 0;
    Duration ownerless{};         // seen without an owner for so long
    static constexpr std::size_t path_max = 100;
  };
  struct Group {
    std::uint64_t count = 0, files = 0, bytes = 0;
    std::vector<One> first;
    void add(One one);
  };
  std::uint64_t look = 0;         // as in the answer to turn.take
  Group goes, waits;              // has no owner: for long enough, or not yet
  std::uint64_t owned = 0;        // things that have one
  Duration grace{};               // how long is long enough
  std::vector<std::string> left;  // what a turn could not remove, and why
  std::string error;              // empty: it was a whole reading
};

std::string to_json(const TurnWanted& wanted);
std::string to_json(const TurnAnswer& answer);
std::string to_json(const FilesTurn& turn);                          // turn.renew asks with it
std::string to_json(const std::vector<AttemptId>& attempts);         // turn.owned asks with them
std::string to_json(const OwnedAnswer& answer);
std::string to_json(const FilesTurn& turn, const FilesDone& done);   // turn.end
std::string to_json(const FilesSeen& seen);                          // turn.seen
std::string to_json(const Renewed& renewed);

std::optional<TurnWanted> read_turn_wanted(std::string_view json);
std::optional<TurnAnswer> read_turn_answer(std::string_view json);
std::optional<FilesTurn> read_turn(std::string_view json);
std::optional<std::vector<AttemptId>> read_attempts(std::string_view json);
std::optional<OwnedAnswer> read_owned_answer(std::string_view json);
std::optional<FilesDone> read_files_done(std::string_view json);
std::optional<FilesSeen> read_files_seen(std::string_view json);
Renewed read_renewed(std::string_view json);                         // not ours also where it makes no sense

}  // namespace cadre::cleanup
