// What a loop tells of itself, and the pages that are made of it. Pure: the time and what was published are handed in.
//
// A page must not lie when the loop hangs: what is older than `fresh_for` is no news, so the process is not ready and
// its numbers are not shown; older than `dead_after` besides, it is not alive.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "common/monitor/metrics_page.hpp"

namespace cadre::monitor {

inline constexpr Duration publish_every = 500ms;  // how often a loop tells
inline constexpr Duration stale_after = 5s;       // ten times that: no turn of a loop should take so long
inline constexpr Duration dead_after = 30s;

struct Check {
  std::string name;    // one word
  std::string reason;  // why it is not so, a sentence; empty: it is
};

// Never changed once published: the loop makes a new one.
struct Published {
  Instant at{};
  std::vector<Check> checks;
  std::function<void(MetricsPage&)> metrics;  // writes numbers that it holds itself; called by another thread
  Duration fresh_for = stale_after;           // longer where the loop has not begun, and something slow is tried before
};

struct Request {
  std::string_view method;  // "GET"
  std::string_view path;    // "/readyz"
  bool verbose = false;
};

struct Reply {
  unsigned code = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

// "/healthz", "/readyz", "/metrics"; "/" names them. `published`: null where nothing has been published yet.
Reply page(const Request& request, const Published* published, Instant now);

}  // namespace cadre::monitor
