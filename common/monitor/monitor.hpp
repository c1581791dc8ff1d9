// The pages of a process: a loop publishes what it knows, a server shows the newest of it. They meet at one pointer
// under a mutex: the loop never waits for who reads, and who reads never asks the loop.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/config/node.hpp"
#include "common/monitor/server.hpp"

namespace cadre::monitor {

class Monitor {
 public:
  // Port 0: nothing is served, and publishing costs nothing.
  Monitor(const MonitorConfig& config, std::uint16_t port, std::string key);

  bool on() const { return server_.has_value(); }
  // Is it time to publish again?
  bool due(Instant now) const { return on() && now >= next_; }
  void publish(Published published);

  // For people: where the pages are ("http://127.0.0.1:9464"), or empty; and why they are not.
  const std::string& place() const { return place_; }
  std::string trouble() const { return server_ ? server_->trouble() : ""; }

 private:
  std::shared_ptr<const Published> newest() const;

  std::string place_;
  Instant next_{};
  mutable std::mutex mutex_;
  std::shared_ptr<const Published> newest_;
  std::optional<Server> server_;  // last: it calls us until it is gone
};

}  // namespace cadre::monitor
