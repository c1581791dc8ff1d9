// Leases: the broker's seat, duties of clean-up and their places. A row of the audit for every change.
#include <fmt/format.h>

#include "tests/soak/books.hpp"

namespace cadre::soak {

void Books::lease(const Event& event) {
  const bool known = leases_.contains(event.name);
  Lease& lease = leases_[event.name];
  if (known && event.old_epoch != lease.epoch)
    broken(Promise::epoch_back, event, fmt::format("{}: its epoch was {}, and the next change found {}", event.name, lease.epoch, event.old_epoch));
  if (event.epoch < event.old_epoch) broken(Promise::epoch_back, event, fmt::format("{}: its epoch went from {} to {}", event.name, event.old_epoch, event.epoch));
  const bool grows = event.epoch > event.old_epoch;
  if (grows && !event.held_after) {                // a person has broken it: nobody has a right under the new epoch
    lease = {event.epoch, event.who, 0, ""};
    return;
  }
  if (!grows) {                                    // renewed or given back
    if (known && lease.connection != 0 && event.who != lease.holder)
      broken(Promise::held_twice, event, fmt::format("{} went from {} to {} without a new epoch", event.name, lease.holder, event.who));
    if (event.held_after && lease.connection == 0 && known && lease.epoch == event.epoch && !lease.holder.empty())
      broken(Promise::held_twice, event, fmt::format("{} was broken, and {} holds it on", event.name, event.who));
    lease.epoch = event.epoch;
    return;
  }
  ++report_.grants;
  if (event.held_before) broken(Promise::held_twice, event, fmt::format("{} was granted to {} while {} had it", event.name, event.who, lease.holder));
  lease = {event.epoch, event.who, event.connection, event.account};
}

// By the connection: a purge takes its turn on the very connection that deletes, and a lost connection has lost its turn.
bool Books::has_turn(const Event& event) const {
  const auto with_it = [&](const Lease& lease) { return lease.connection == event.connection && lease.account == event.account; };
  const auto duty = leases_.find("cleanup/records");
  if (duty == leases_.end() || !with_it(duty->second)) return false;
  for (auto place = leases_.lower_bound("cleanup/place/"); place != leases_.end() && place->first.starts_with("cleanup/place/"); ++place)
    if (with_it(place->second)) return true;
  return false;
}

}  // namespace cadre::soak
