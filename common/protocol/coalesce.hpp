// Many jobs per message at every hop where more than one is waiting, without ever waiting to fill one
// (performance: one job per message costs more than half of the message path).
#pragma once

#include <vector>

#include "common/protocol/message.hpp"

namespace cadre {

struct Send {
  PeerId to;
  Message message;
};

// Joins batch messages of the same kind to the same peer, within the limits of a message. The order of messages to one
// peer is kept, but for batches that join an earlier one of their kind.
std::vector<Send> coalesce(std::vector<Send> sends);

}  // namespace cadre
