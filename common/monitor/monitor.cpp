#include "common/monitor/monitor.hpp"

#include <fmt/format.h>

#include "common/base/loopback.hpp"
#include "common/log/log.hpp"
#include "common/os/clock.hpp"

namespace cadre::monitor {

Monitor::Monitor(const MonitorConfig& config, std::uint16_t port, std::string key) {
  if (port == 0) return;
  const bool six = config.address.find(':') != std::string::npos;
  place_ = fmt::format("http://{}{}{}:{}", six ? "[" : "", config.address, six ? "]" : "", port);
  if (!is_loopback(config.address).value_or(false))
    log::warn(
        "monitor_open",
        {{"at", place_}, {"what", "whoever reaches this address reads queues, nodes and numbers, without a key"}});
  Server::Settings settings;
  settings.address = config.address;
  settings.port = port;
  settings.key = std::move(key);
  server_.emplace(std::move(settings), [this](const Request& request) {
    const auto published = newest();
    return page(request, published.get(), os::boot_now());
  });
}

void Monitor::publish(Published published) {
  if (!on()) return;
  next_ = published.at + publish_every;
  auto next = std::make_shared<const Published>(std::move(published));
  const std::lock_guard guard(mutex_);
  newest_.swap(next);  // what was there is freed outside of the lock
}

std::shared_ptr<const Published> Monitor::newest() const {
  const std::lock_guard guard(mutex_);
  return newest_;
}

}  // namespace cadre::monitor
