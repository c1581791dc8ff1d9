#include "common/cleanup/policy.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace cadre::cleanup {

namespace {

using Json = nlohmann::json;

Json words(const std::map<std::string, KeepOtherwise>& all) {
  Json json = Json::object();
  for (const auto& [name, one] : all) {
    Json& words = json[name] = Json::object();
    if (one.done) words["done"] = one.done->count();
    if (one.cancelled) words["cancelled"] = one.cancelled->count();
    if (one.dead) words["dead"] = one.dead->count();
    if (one.results) words["results"] = one.results->count();
  }
  return json;
}

Duration duration(const Json& json, const char* key, Duration otherwise) { return Duration{json.value(key, otherwise.count())}; }

std::map<std::string, KeepOtherwise> words_from(const Json& json) {
  std::map<std::string, KeepOtherwise> all;
  for (const auto& [name, words] : json.items()) {
    const auto one = [&](const char* key) { return words.contains(key) ? std::optional(Duration{words[key].get<std::int64_t>()}) : std::nullopt; };
    all[name] = {one("done"), one("cancelled"), one("dead"), one("results")};
  }
  return all;
}

}  // namespace

std::uint32_t places_of(const Policy& policy, std::size_t nodes) {
  return std::min(policy.turns_max, static_cast<std::uint32_t>(std::clamp<std::size_t>(nodes, 2, turns_max_ceiling + 1)) - 1);
}

std::string to_json(const Policy& policy) {
  const Retention& r = policy.retention;
  Json keep{{"done", r.keep.done.count()}, {"cancelled", r.keep.cancelled.count()}, {"dead", r.keep.dead.count()}, {"keys", r.keys.count()}, {"runs", r.runs.count()}};
  if (r.keep.results) keep["results"] = r.keep.results->count();
  return Json{{"schedule", policy.schedule},
              {"time_zone", policy.time_zone},
              {"spread", policy.spread.count()},
              {"turns_max", policy.turns_max},
              {"turn_ttl", policy.turn_ttl.count()},
              {"records_by", policy.records_by},
              {"keep", std::move(keep)},
              {"queues", words(r.queues)},
              {"engines", words(r.engines)},
              {"files_grace", policy.files_grace.count()},
              {"slow_above_waiting", policy.slow_above_waiting},
              {"slow_above_age", policy.slow_above_age.count()},
              {"free_space_min", policy.free_space_min}}
      .dump();
}

Result<Policy> policy_from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Policy policy;
    policy.schedule = json.value("schedule", policy.schedule);
    policy.time_zone = json.value("time_zone", policy.time_zone);
    policy.spread = duration(json, "spread", policy.spread);
    policy.turns_max = json.value("turns_max", policy.turns_max);
    policy.turn_ttl = duration(json, "turn_ttl", policy.turn_ttl);
    policy.records_by = json.value("records_by", policy.records_by);
    const Json keep = json.value("keep", Json::object());
    Retention& r = policy.retention;
    r.keep = {duration(keep, "done", r.keep.done), duration(keep, "cancelled", r.keep.cancelled), duration(keep, "dead", r.keep.dead),
              keep.contains("results") ? std::optional(duration(keep, "results", {})) : std::nullopt};
    r.keys = duration(keep, "keys", r.keys);
    r.runs = duration(keep, "runs", r.runs);
    r.queues = words_from(json.value("queues", Json::object()));
    r.engines = words_from(json.value("engines", Json::object()));
    policy.files_grace = duration(json, "files_grace", policy.files_grace);
    policy.slow_above_waiting = json.value("slow_above_waiting", policy.slow_above_waiting);
    policy.slow_above_age = duration(json, "slow_above_age", policy.slow_above_age);
    policy.free_space_min = json.value("free_space_min", policy.free_space_min);
    return policy;
  } catch (const Json::exception& trouble) {
    return Error{std::string("the clean-up policy in the database cannot be read: ") + trouble.what()};
  }
}

}  // namespace cadre::cleanup
