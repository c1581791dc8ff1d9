// Who is who where the broker was started without keys (loopback and ipc only, for measuring): everybody is an
// administrator, but a connection that greets as a worker is that worker, under the name that it says.
#pragma once

#include <map>
#include <string>

#include "broker/core/facts.hpp"

namespace cadre {

class OpenDoor {
 public:
  Identity who(PeerId from, const Message& message) {
    if (const auto* hello = std::get_if<Hello>(&message); hello != nullptr && hello->session.value != 0)
      workers_[from] = is_name(hello->address) ? hello->address : "worker";
    const auto place = workers_.find(from);
    if (place != workers_.end()) return {place->second, Role::worker};
    return {"anyone", Role::admin};
  }
  void gone(PeerId peer) { workers_.erase(peer); }

 private:
  std::map<PeerId, std::string> workers_;
};

}  // namespace cadre
