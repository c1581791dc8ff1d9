#include "common/cleanup/turn_words.hpp"

#include <nlohmann/json.hpp>

namespace cadre::cleanup {

namespace {

using Json = nlohmann::json;

constexpr std::size_t left_max = 64;  // sentences about what a node could not remove

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// What stands under `key`, if it is of that kind.
std::uint64_t number(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

bool flag(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

std::optional<Json> object(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

Json json_of(const FilesTurn& turn) { return {{"epoch", turn.epoch}, {"place", turn.place}, {"place_epoch", turn.place_epoch}}; }

FilesTurn turn_of(const Json& json) {
  return {number(json, "epoch"), static_cast<std::uint32_t>(number(json, "place")), number(json, "place_epoch")};
}

std::vector<std::string> left_of(const Json& json) {
  std::vector<std::string> sentences;
  const auto left = json.find("left");
  if (left == json.end() || !left->is_array()) return sentences;
  for (const auto& one : *left)
    if (one.is_string() && sentences.size() < left_max) sentences.push_back(one.get<std::string>());
  return sentences;
}

Json json_of(const FilesSeen::Group& group) {
  Json list = Json::array();
  for (const auto& one : group.first)
    list.push_back({{"path", one.path}, {"files", one.files}, {"bytes", one.bytes}, {"ownerless", static_cast<std::uint64_t>(one.ownerless.count())}});
  return {{"count", group.count}, {"files", group.files}, {"bytes", group.bytes}, {"first", std::move(list)}};
}

FilesSeen::Group group_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_object()) return {};
  FilesSeen::Group group{number(*found, "count"), number(*found, "files"), number(*found, "bytes"), {}};
  const auto list = found->find("first");
  if (list == found->end() || !list->is_array()) return group;
  for (const auto& one : *list)
    if (one.is_object() && group.first.size() < FilesSeen::listed_max)
      group.first.push_back({text(one, "path"), number(one, "files"), number(one, "bytes"), Duration{static_cast<std::int64_t>(number(one, "ownerless"))}});
  return group;
}

Json json_of(const std::vector<AttemptId>& attempts) {
  Json list = Json::array();
  for (const AttemptId attempt : attempts) list.push_back({attempt.job.value, attempt.number});
  return list;
}

std::optional<std::vector<AttemptId>> attempts_of(const Json& json, const char* key) {
  const auto list = json.find(key);
  if (list == json.end() || !list->is_array()) return std::nullopt;
  std::vector<AttemptId> attempts;
  for (const auto& one : *list) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_number_unsigned() || !one[1].is_number_unsigned()) return std::nullopt;
    attempts.push_back({JobId{one[0].get<std::uint64_t>()}, one[1].get<std::uint32_t>()});
  }
  return attempts;
}

}  // namespace

void FilesSeen::Group::add(One one) {
  ++count;
  files += one.files;
  bytes += one.bytes;
  if (first.size() >= listed_max) return;
  if (one.path.size() > One::path_max) one.path.resize(One::path_max);
  for (char& c : one.path)
    if (c < ' ' || c > '~') c = '?';
  first.push_back(std::move(one));
}

std::string to_json(const TurnWanted& wanted) { return dump({{"session", wanted.session}, {"urgent", wanted.urgent}}); }

std::string to_json(const TurnAnswer& answer) {
  if (!answer.granted && answer.look != 0)
    return dump({{"granted", false}, {"look", answer.look}, {"cluster", answer.cluster}, {"grace", static_cast<std::uint64_t>(answer.grace.count())}});
  if (!answer.granted) return dump({{"granted", false}, {"why", answer.why}, {"next", answer.next.time_since_epoch().count()}});
  Json json = json_of(answer.turn);
  json.update({{"granted", true}, {"cluster", answer.cluster}, {"ttl", static_cast<std::uint64_t>(answer.ttl.count())},
               {"grace", static_cast<std::uint64_t>(answer.grace.count())}});
  return dump(json);
}

std::string to_json(const FilesTurn& turn) { return dump(json_of(turn)); }

std::string to_json(const std::vector<AttemptId>& attempts) { return dump({{"attempts", json_of(attempts)}}); }

std::string to_json(const OwnedAnswer& answer) {
  return dump({{"cluster", answer.cluster}, {"epoch", answer.epoch.value}, {"owned", json_of(answer.owned)}});
}

std::string to_json(const FilesTurn& turn, const FilesDone& done) {
  Json json = json_of(turn);
  json.update({{"files", done.files}, {"bytes", done.bytes}, {"left", done.left}, {"error", done.error}});
  return dump(json);
}

std::string to_json(const FilesSeen& seen) {
  return dump({{"look", seen.look}, {"goes", json_of(seen.goes)}, {"waits", json_of(seen.waits)}, {"owned", seen.owned},
               {"grace", static_cast<std::uint64_t>(seen.grace.count())}, {"left", seen.left}, {"error", seen.error}});
}

std::string to_json(const Renewed& renewed) { return dump({{"ours", renewed.ours}, {"ttl", static_cast<std::uint64_t>(renewed.ttl.count())}}); }

std::optional<TurnWanted> read_turn_wanted(std::string_view json) {
  const auto found = object(json);
  if (!found) return std::nullopt;
  return TurnWanted{text(*found, "session"), flag(*found, "urgent")};
}

std::optional<TurnAnswer> read_turn_answer(std::string_view json) {
  const auto found = object(json);
  if (!found) return std::nullopt;
  TurnAnswer answer;
  answer.granted = flag(*found, "granted");
  answer.why = text(*found, "why");
  answer.next = WallTime{Duration{static_cast<std::int64_t>(number(*found, "next"))}};
  answer.look = number(*found, "look");
  answer.cluster = text(*found, "cluster");
  answer.turn = turn_of(*found);
  answer.ttl = Duration{static_cast<std::int64_t>(number(*found, "ttl"))};
  answer.grace = Duration{static_cast<std::int64_t>(number(*found, "grace"))};
  return answer;
}

std::optional<FilesTurn> read_turn(std::string_view json) {
  const auto found = object(json);
  if (!found) return std::nullopt;
  return turn_of(*found);
}

std::optional<std::vector<AttemptId>> read_attempts(std::string_view json) {
  const auto found = object(json);
  if (!found) return std::nullopt;
  return attempts_of(*found, "attempts");
}

std::optional<OwnedAnswer> read_owned_answer(std::string_view json) {
  const auto found = object(json);
  if (!found) return std::nullopt;
  auto owned = attempts_of(*found, "owned");
  if (!owned) return std::nullopt;
  return OwnedAnswer{text(*found, "cluster"), Epoch{number(*found, "epoch")}, *std::move(owned)};
}

std::optional<FilesDone> read_files_done(std::string_view json) {
  const auto found = object(json);
  if (!found) return std::nullopt;
  return FilesDone{number(*found, "files"), number(*found, "bytes"), left_of(*found), text(*found, "error")};
}

std::optional<FilesSeen> read_files_seen(std::string_view json) {
  const auto found = object(json);
  if (!found) return std::nullopt;
  return FilesSeen{number(*found, "look"), group_of(*found, "goes"), group_of(*found, "waits"), number(*found, "owned"),
                   Duration{static_cast<std::int64_t>(number(*found, "grace"))}, left_of(*found), text(*found, "error")};
}

Renewed read_renewed(std::string_view json) {
  const auto found = object(json);
  if (!found) return {};
  return {flag(*found, "ours"), Duration{static_cast<std::int64_t>(number(*found, "ttl"))}};
}

}  // namespace cadre::cleanup
