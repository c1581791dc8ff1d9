// Facts as JSON, for answers. Job ids are texts "EPOCH-SEQUENCE" (they can exceed 2^53), times RFC 3339 UTC, durations
// seconds, sizes bytes.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "broker/core/broker.hpp"
#include "broker/store/store.hpp"

namespace cadre::views {

using Json = nlohmann::ordered_json;

Json job(const JobFacts& facts, const Broker& broker, const Now& now, bool stderr_too);
Json open_job(const Job& job, const Broker& broker, const Now& now);
Json introduction(const Broker& broker, const Identity& who, const Now& now);  // what the broker knows of who asks
Json nodes(const Broker& broker, const Now& now);
Json engines(const Broker& broker, const Now& now);
Json status(const Broker& broker, const Now& now);
Json missing(const Broker& broker);
// `last_heard`: of a public key; 0: not by this broker.
Json keys(const std::vector<KeyRow>& rows, WallTime now, const std::function<WallTime(const std::string&)>& last_heard);

// Text as an engine wrote it, made presentable: invalid UTF-8 becomes U+FFFD when the JSON is dumped.
std::string dump(const Json& json);

}  // namespace cadre::views
