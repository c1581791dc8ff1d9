// Which engines the cluster offers now.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/ctl/context.hpp"

namespace cadre::ctl {

// A sentence where no connected node offers the engine, with the nearest name that is offered. Where the broker cannot
// say: ends the command if `must_know`, else nothing is said.
std::optional<std::string> not_offered(Context& context, const std::string& engine, bool must_know);

// A part of every worker: no name for an engine of one's own.
bool is_builtin_engine(std::string_view name);

// Asks until the engine is offered, or `patience` is over.
bool appears(Context& context, const std::string& engine, Duration patience);

}  // namespace cadre::ctl
