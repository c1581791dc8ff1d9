// What can happen to the broker. Plain values: the shell (or the simulator) makes them.
#pragma once

#include <variant>

#include "broker/core/facts.hpp"
#include "broker/core/room.hpp"
#include "common/base/work_limits.hpp"
#include "common/protocol/message.hpp"

namespace cadre {

struct Received {
  PeerId from;
  Identity who;
  Message message;
};

// A connection is gone: what was said to it last did not arrive.
struct PeerGone {
  PeerId peer;
};

// Time has passed. Conversations start here only.
struct Tick {};

// Everything that had arrived has been handed in: dispatch, and give the writer its next batch.
struct TurnEnd {};

// The batch in flight is durable.
struct Committed {
  std::vector<Repeat> repeats;
};

// The store cannot be reached, or answers again. The batch in flight stays in flight: the writer goes on trying.
struct StoreAway {
  std::string reason;
};
struct StoreBack {};

// Another broker has the seat: nothing of ours will ever be written again.
struct Fenced {
  std::string holder;
};

// Start: the open jobs, in pages, oldest first; then LoadDone. Until then nothing else is handed in.
struct Loaded {
  std::vector<OpenJob> jobs;
};
struct LoadDone {
  std::vector<NodeRow> nodes{};
  Restored restored{};
};

// Bodies that were asked for; a body that is missing was purged behind our back, which cannot be.
struct Fetched {
  std::vector<std::pair<JobId, BodyPtr>> bodies;
};

// A request that the shell has prepared from the store: run an old job again.
struct RetryJob {
  PeerId from;
  Identity who;
  std::uint64_t ask = 0;  // id of the question to answer
  JobRow old_job;         // with its body
};

// Admitted by an administrator, answered when durable.
struct ChangeKey {
  PeerId from;
  std::uint64_t ask = 0;
  KeyRow row;
};

// A node has said, with a key that is admitted, that another key is to take its place. The shell has looked at both in the
// store; answered when durable.
struct ReplaceKey {
  PeerId from;
  KeyRow old_key;  // revoked: a ticket's, or the node's own until now
  KeyRow new_key;
};

struct Cordon {
  PeerId from;
  std::uint64_t ask = 0;
  std::string node;
  bool cordoned = true;
};

// A node is gone for good: it is not listed any more. Only where nothing of ours is there and nobody speaks for it.
struct RemoveNode {
  PeerId from;
  std::uint64_t ask = 0;
  std::string node;
};

// What may be at work at once, from here on. Without it there are no bounds.
struct SetLimits {
  WorkLimits limits;
};

using Input = std::variant<Received, PeerGone, Tick, TurnEnd, Committed, StoreAway, StoreBack, StoreRoom, Fenced, Loaded, LoadDone,
                           Fetched, RetryJob, ChangeKey, ReplaceKey, Cordon, RemoveNode, SetLimits>;

}  // namespace cadre
