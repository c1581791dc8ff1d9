// The start of a node that is new: its key is let in with the ticket that the administrator gave it.
#pragma once

#include <functional>
#include <string>

#include "common/config/node.hpp"
#include "common/os/signals.hpp"

namespace cadre {

// Where there is no ticket file, returns at once. Else makes the node's key, where it has none, and waits until the broker has
// taken the ticket (the file is removed) or refused it (the log says why; the key may have been admitted in another way, or
// will be). The broker need not be up yet. false: SIGTERM or SIGINT came. `waits` hears, before each try, why it is not in yet.
bool redeem_ticket(const NodeConfig& config, os::Signals& signals, const std::function<void(const std::string& why)>& waits);

}  // namespace cadre
