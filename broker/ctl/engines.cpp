#include "broker/ctl/engines.hpp"

#include <fmt/format.h>

#include "broker/ctl/output.hpp"
#include "common/config/yaml.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

constexpr Duration look_every = 100ms;

std::vector<std::string> names(const Json& engines) {
  std::vector<std::string> all;
  for (const auto& engine : engines) all.push_back(cell(engine, "engine"));
  return all;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

std::optional<std::string> not_offered(Context& context, const std::string& engine, bool must_know) {
  std::vector<std::string> offered;
  try {
    offered = names(context.ask("engine.list"));
  } catch (const Stop&) {
    if (must_know) throw;
    return std::nullopt;
  }
  if (contains(offered, engine)) return std::nullopt;
  std::string text = fmt::format("no connected node offers the engine '{}'", engine);
  if (const auto near = yaml::nearest(engine, offered))
    text += fmt::format(" (did you mean '{}'?)", *near);
  else
    text += offered.empty() ? " (no node is connected)" : " (`cadre engine list` shows those that are)";
  return text;
}

bool is_builtin_engine(std::string_view name) { return name == "echo" || name == "sleep" || name == "fail"; }

bool appears(Context& context, const std::string& engine, Duration patience) {
  const Instant until = os::boot_now() + patience;
  while (true) {
    if (contains(names(context.ask("engine.list")), engine)) return true;
    if (os::boot_now() >= until) return false;
    context.client().poll(look_every);  // nothing is expected: it paces the questions, and keeps the connection going
  }
}

}  // namespace cadre::ctl
