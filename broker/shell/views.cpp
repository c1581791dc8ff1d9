#include "broker/shell/views.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "broker/shell/numbers.hpp"
#include "common/net/keys.hpp"

namespace cadre::views {

namespace {

Json time(WallTime time) {
  if (time == WallTime{}) return nullptr;
  return to_string(time);
}

Json end(const AttemptEnd& end, bool stderr_too) {
  Json json;
  json["result"] = to_string(end.kind);
  json["cause"] = to_string(end.cause);
  json["code"] = end.code;
  json["description"] = describe(end.cause, end.code);
  json["message"] = end.message;
  json["started"] = time(end.started);
  json["ended"] = time(end.ended);
  json["peak_memory"] = end.peak_memory;
  json["cpu_seconds"] = seconds_of(end.cpu);
  if (stderr_too) json["stderr"] = end.stderr_tail;
  return json;
}

std::string_view state_of(const Worker& worker) {
  if (!worker.route) return "lost";
  if (worker.cordoned) return "cordoned";
  if (worker.draining) return "draining";
  return worker.beyond_limit ? "beyond_limit" : "ready";
}

Json limits(const Broker& broker) {
  Json engines = Json::array();
  for (const auto& [engine, most] : broker.limits().engines)
    engines.push_back({{"engine", engine}, {"limit", most}, {"running", broker.leased_of(engine)}});
  return {{"nodes", broker.limits().nodes}, {"engines", std::move(engines)}};
}

}  // namespace

Json open_job(const Job& job, const Broker& broker, const Now& now) {
  Json json;
  json["job"] = to_string(job.id);
  json["state"] = to_string(job.state);
  json["engine"] = broker.names().text(job.engine);
  json["queue"] = broker.names().text(job.queue);
  json["client"] = broker.names().text(job.client);
  json["priority"] = job.priority;
  json["attempt"] = job.attempt;
  if (job.state == JobState::leased) json["node"] = broker.names().text(job.node);
  json["why"] = broker.why(now, job.id).headline;
  return json;
}

Json job(const JobFacts& facts, const Broker& broker, const Now& now, bool stderr_too) {
  const JobRow& row = facts.row;
  const Job* live = broker.find(row.id);
  Json json;
  json["job"] = to_string(row.id);
  json["key"] = row.request.key;
  json["state"] = facts.outcome ? to_string(facts.outcome->state) : live != nullptr ? to_string(live->state) : "ready";
  if (facts.outcome && facts.outcome->reason != Reason::none) json["reason"] = to_string(facts.outcome->reason);
  json["engine"] = row.request.engine;
  json["queue"] = row.request.queue;
  json["batch"] = row.request.batch;
  json["client"] = row.client;
  json["priority"] = row.request.priority;
  json["attempts_max"] = row.request.attempts_max;
  json["payload_bytes"] = facts.payload_bytes;
  json["submitted"] = time(row.accepted_wall);
  json["not_before"] = time(row.request.not_before);
  json["not_after"] = time(row.request.not_after);
  if (row.request.retry_of) json["retry_of"] = to_string(row.request.retry_of);
  if (facts.retried_as) json["retried_as"] = to_string(facts.retried_as);
  if (facts.outcome) {
    json["node"] = facts.outcome->node;
    json["ended"] = time(facts.outcome->wall);
    json["end"] = end(facts.outcome->end, stderr_too);
    if (facts.result_gone) json["result_gone"] = true;
    if (facts.outcome->end.output) {
      json["files"] = Json::array();
      for (const auto& file : *facts.outcome->end.output) json["files"].push_back({{"name", file.name}, {"bytes", file.bytes.size()}});
    }
  } else if (live != nullptr) {
    if (live->state == JobState::leased) json["node"] = broker.names().text(live->node);
    json["attempt"] = live->attempt;
    json["why"] = broker.why(now, row.id).headline;
  }
  json["attempts"] = Json::array();
  for (const AttemptFact& fact : facts.attempts) {
    Json one;
    one["attempt"] = fact.row.attempt.number;
    one["node"] = fact.row.holder.node;
    one["assigned"] = time(fact.row.wall);
    if (fact.end) {
      one["end"] = end(fact.end->end, stderr_too);
      one["retry_after"] = seconds_of(fact.end->retry_after);
    } else if (facts.outcome && facts.outcome->end.attempt.number == fact.row.attempt.number) {
      one["end"] = end(facts.outcome->end, stderr_too);
    }
    json["attempts"].push_back(std::move(one));
  }
  return json;
}

Json introduction(const Broker& broker, const Identity& who, const Now& now) {
  Json json{{"name", who.name}, {"role", to_string(who.role)}, {"cluster", broker.cluster()}, {"micros", now.wall.time_since_epoch().count()}};
  const auto node = broker.names().find(who.name);
  const auto place = node && who.role == Role::worker ? broker.workers().find(*node) : broker.workers().end();
  if (place != broker.workers().end() && place->second.route)
    json["worker"] = {{"address", place->second.address}, {"instance", std::to_string(place->second.instance)}};
  return json;
}

Json nodes(const Broker& broker, const Now& now) {
  Json list = Json::array();
  for (const auto& [name, worker] : broker.workers()) {
    if (worker.removed) continue;
    Json json;
    json["node"] = broker.names().text(name);
    json["state"] = state_of(worker);
    if (json["state"] == "beyond_limit") json["limit"] = fmt::format("limits.nodes allows {}, and other nodes have the places; raise it in the master's file and send SIGHUP, or cordon one of them", broker.limits().nodes);
    json["cordoned"] = worker.cordoned;
    json["slots"] = worker.slots;
    json["held"] = worker.leased();
    json["credit"] = worker.credit;
    json["seen_seconds"] = worker.heard == Instant{} ? Json(nullptr) : Json(seconds_of(now.boot - worker.heard));
    json["address"] = worker.address;
    json["version"] = worker.software;
    json["trouble"] = worker.trouble;
    json["cleaning"] = worker.route && worker.cleaning;
    json["engines"] = Json::array();
    for (const auto& [engine, at] : worker.engines) {
      if (!at.offered) continue;
      Json offer{{"engine", broker.names().text(engine)}, {"version", at.offer.version}, {"mode", to_string(at.offer.mode)},
                 {"slots", at.offer.slots}, {"held", at.leased.size()}};
      if (now.boot < at.quarantined_until) offer["quarantine"] = at.quarantine_reason;
      json["engines"].push_back(std::move(offer));
    }
    list.push_back(std::move(json));
  }
  std::sort(list.begin(), list.end(), [](const Json& a, const Json& b) { return a["node"] < b["node"]; });
  return list;
}

Json engines(const Broker& broker, const Now& now) {
  std::map<std::string, Json> found;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> nodes;  // by engine and version
  for (const auto& [name, worker] : broker.workers())
    for (const auto& [engine, at] : worker.engines) {
      if (!at.offered || !worker.route) continue;
      const std::string& node = broker.names().text(name);
      Json& json = found[broker.names().text(engine)];
      json["engine"] = broker.names().text(engine);
      json["mode"] = to_string(at.offer.mode);
      json["nodes"].push_back(node);
      nodes[broker.names().text(engine)][at.offer.version].push_back(node);
      if (now.boot < at.quarantined_until) json["quarantined_on"].push_back(node);
    }
  Json list = Json::array();
  for (auto& [name, json] : found) {
    // The version of most nodes; of as many, the later one in the alphabet. The others differ.
    const auto& versions = nodes[name];
    const auto most = std::ranges::max_element(versions, {}, [](const auto& entry) { return std::pair(entry.second.size(), std::string_view(entry.first)); });
    json["version"] = most->first;
    json["differs"] = Json::array();
    for (const auto& [version, those] : versions)
      for (const auto& node : those)
        if (version != most->first) json["differs"].push_back({{"node", node}, {"version", version}});
    list.push_back(std::move(json));
  }
  return list;
}

Json status(const Broker& broker, const Now& now) {
  std::uint64_t ready = 0, delayed = 0, leased = 0, up = 0;
  Json queues = Json::array();
  for (const auto& queue : queue_numbers(broker, now.boot)) {
    ready += queue.ready;
    delayed += queue.delayed;
    leased += queue.leased;
    queues.push_back({{"queue", queue.queue}, {"waiting", queue.ready}, {"delayed", queue.delayed}, {"running", queue.leased},
                      {"oldest_seconds", queue.oldest ? Json(seconds_of(*queue.oldest)) : Json(nullptr)}});
  }
  for (const auto& [name, worker] : broker.workers()) up += worker.route ? 1 : 0;
  const Stats& stats = broker.stats();
  Json json;
  json["working"] = broker.store_trouble().empty() && broker.room() == Room::enough;
  json["store_trouble"] = broker.store_trouble().empty() ? broker.room_trouble() : broker.store_trouble();
  json["version"] = "cadre " CADRE_VERSION;
  json["epoch"] = broker.epoch().value;
  json["waiting"] = ready;
  json["delayed"] = delayed;
  json["running"] = leased;
  json["nodes_up"] = up;
  json["nodes"] = std::ranges::count_if(broker.workers(), [](const auto& entry) { return !entry.second.removed; });
  json["since_start"] = {{"accepted", stats.accepted}, {"repeats", stats.repeats}, {"refused", stats.refused}, {"put_off", stats.put_off},
                         {"done", stats.done}, {"dead", stats.dead}, {"cancelled", stats.cancelled}, {"retries", stats.retries},
                         {"stale_reports", stats.stale_reports}, {"adopted", stats.adopted}, {"lost", stats.lost},
                         {"resent", stats.resent}, {"commits", stats.commits}};
  json["queues"] = std::move(queues);
  json["limits"] = limits(broker);
  if (!broker.missing().empty()) json["missing_attempts"] = broker.missing().size();
  json["gathered_rows"] = broker.outbox().rows();
  json["body_memory"] = broker.body_memory();
  json["time"] = to_string(now.wall);
  return json;
}

Json missing(const Broker& broker) {
  Json list = Json::array();
  for (const auto& [attempt, row] : broker.missing())
    list.push_back({{"job", to_string(attempt.job)}, {"attempt", attempt.number}, {"node", row.node}, {"end", row.end ? to_string(*row.end) : "running"}, {"told", to_string(row.wall)}});
  return list;
}

Json keys(const std::vector<KeyRow>& rows, WallTime now, const std::function<WallTime(const std::string&)>& last_heard) {
  Json list = Json::array();
  for (const KeyRow& row : rows)
    list.push_back({{"key", row.public_key}, {"fingerprint", net::fingerprint(row.public_key)}, {"name", row.name}, {"role", to_string(row.role)},
                    {"revoked", row.revoked}, {"by", row.by}, {"since", to_string(row.wall)}, {"not_after", time(row.not_after)},
                    {"expired", row.not_after != WallTime{} && now >= row.not_after}, {"last_heard", time(last_heard(row.public_key))}});
  return list;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace cadre::views
