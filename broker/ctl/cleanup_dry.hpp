// What clean-up would remove, for people: jobs and other rows, and what lies in the spools of the nodes.
#pragma once

#include <string>

#include "broker/ctl/context.hpp"

namespace cadre::ctl {

// As the nodes tell it: {"NODE": {goes, waits, owned, grace, left, error}}, or {"NODE": null} for one that has not told in
// time. `node` empty: of every node that is here.
Json spools_seen(Context& context, const std::string& node);

// `records` as the office answers it (null: not asked for), `nodes` as above.
void show_dry(const Json& records, const Json& nodes);

}  // namespace cadre::ctl
