#include "common/monitor/pages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cadre::monitor {

namespace {

constexpr const char* index_text =
    "/healthz           is it alive?\n"
    "/readyz?verbose    does it serve, and if not, why?\n"
    "/metrics           numbers, for Prometheus\n";

// Empty: it turns.
std::string silence(const Published* published, Instant now, Duration at_least = {}) {
  if (published == nullptr) return "it has not begun to turn";
  const Duration bound = std::max(at_least, published->fresh_for);
  const Duration age = now - published->at;
  return age <= bound
             ? ""
             : fmt::format("it has not turned for {}; a stack of the process shows where it hangs (gdb -p PID)",
                           to_string(age));
}

// As Kubernetes writes them: "[+]database ok", "[-]database: the reason".
Reply health(const char* page, const std::vector<Check>& checks, bool verbose) {
  Reply reply;
  std::string failed, all;
  for (const Check& check : checks) {
    const std::string line = check.reason.empty() ? fmt::format("[+]{} ok\n", check.name)
                                                  : fmt::format("[-]{}: {}\n", check.name, check.reason);
    all += line;
    if (!check.reason.empty()) failed += line;
  }
  if (failed.empty()) {
    reply.body = verbose ? fmt::format("{}{} check passed\n", all, page) : "ok\n";
    return reply;
  }
  reply.code = 503;
  reply.body = fmt::format("{}{} check failed\n", verbose ? all : failed, page);
  return reply;
}

Reply ready(const Request& request, const Published* published, Instant now) {
  std::vector<Check> checks{{"loop", silence(published, now)}};
  // What a loop that hangs said last is not repeated: nobody knows whether it is so.
  if (checks.front().reason.empty()) checks.insert(checks.end(), published->checks.begin(), published->checks.end());
  return health("readyz", checks, request.verbose);
}

Reply metrics(const Published* published, Instant now) {
  if (const auto why = silence(published, now); !why.empty())
    return {503, "text/plain; charset=utf-8", "no numbers: the loop is silent: " + why + "\n"};
  MetricsPage page;
  if (published->metrics) published->metrics(page);
  return {200, "text/plain; version=0.0.4; charset=utf-8", page.take()};
}

}  // namespace

Reply page(const Request& request, const Published* published, Instant now) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const auto& path = request.path;
  if (path != "/" && path != "/healthz" && path != "/readyz" && path != "/metrics")
    return {404, "text/plain; charset=utf-8", std::string("there is no such page; there are:\n") + index_text};
  if (!reads) return {405, "text/plain; charset=utf-8", "these pages are only read: GET\n"};
  if (path == "/healthz")
    return health("healthz", {{"loop", published == nullptr ? "" : silence(published, now, dead_after)}},
                  request.verbose);
  if (path == "/readyz") return ready(request, published, now);
  if (path == "/metrics") return metrics(published, now);
  return {200, "text/plain; charset=utf-8", index_text};
}

}  // namespace cadre::monitor
