#include "broker/ctl/node_wait.hpp"

#include <fmt/format.h>

#include "broker/ctl/output.hpp"
#include "broker/ctl/progress.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

std::optional<std::uint64_t> held(Context& context, const std::string& node) {
  for (const auto& one : context.ask("node.list"))
    if (cell(one, "node") == node) return one.value("held", std::uint64_t{0});
  return std::nullopt;
}

void wait_until_empty(Context& context, const std::string& node, Duration deadline) {
  const Instant started = os::boot_now();
  const std::uint64_t first = held(context, node).value_or(0);
  Progress progress("draining " + node, first, started, true);
  while (true) {
    const std::uint64_t left = held(context, node).value_or(0);
    if (left == 0) break;
    const Instant now = os::boot_now();
    if (now - started >= deadline)
      throw Stop{Exit::again,
                 fmt::format("{} still holds {} job{} after {}; it stays cordoned: the same command waits again, "
                             "or undo it: cadre node uncordon {}",
                             node, left, left == 1 ? "" : "s", to_string(deadline), node)};
    progress.update(now, first > left ? first - left : 0, 0, std::max(first, left));
    context.client().poll(look_every);
  }
  progress.clear();
}

}  // namespace cadre::ctl
