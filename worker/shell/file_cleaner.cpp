#include "worker/shell/file_cleaner.hpp"

#include <nlohmann/json.hpp>

#include "common/log/log.hpp"
#include "common/os/clock.hpp"

namespace cadre {

namespace {

using Json = nlohmann::json;

constexpr Duration ask_every = 5s;        // whether it is our turn
constexpr Duration answer_patience = 10s;
constexpr Duration pause_where_full = 1min;  // a full volume asks for a turn at once, but not again and again
constexpr Duration pause_after_trouble = 1min;
constexpr std::size_t left_max = 16, left_bytes_max = 512;  // sentences told: a question has 64 KiB (PROTOCOL.md)
constexpr std::size_t asked_max = 2'000;                    // attempts in one question; the others wait for another turn

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json json_of(const Answer& answer) {
  const Json json = answer.ok && answer.json ? Json::parse(*answer.json, nullptr, false) : Json();
  return json.is_object() ? json : Json();
}

std::uint64_t number(const Json& json, const char* key) { return json.contains(key) && json[key].is_number_unsigned() ? json[key].get<std::uint64_t>() : 0; }

std::string text(const Json& json, const char* key) { return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : ""; }

template <class T>
bool ready(const std::future<T>& future) {
  return future.valid() && future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

// "attempts/EPOCH-SEQUENCE.NUMBER" as an attempt; nothing for other names.
std::optional<AttemptId> attempt_of(const std::string& path) {
  const auto slash = path.find('/'), dot = path.rfind('.');
  if (slash == std::string::npos || dot == std::string::npos || dot < slash) return std::nullopt;
  const auto job = parse_job_id(path.substr(slash + 1, dot - slash - 1));
  if (!job) return std::nullopt;
  const AttemptId attempt{*job, static_cast<std::uint32_t>(std::strtoul(path.c_str() + dot + 1, nullptr, 10))};
  return cleanup::attempt_path(attempt) == path ? std::optional(attempt) : std::nullopt;
}

}  // namespace

void FileCleaner::tick(const Place& place) {
  switch (state_) {
    case State::idle:
      if (place.welcomed && place.now >= next_) take(place);
      return;
    case State::looking:
      if (ready(looking_)) check(place);
      break;
    case State::removing:
      if (ready(removing_)) tell(place, removing_.get());
      break;
    case State::asking:
    case State::checking:
    case State::telling:
      if (place.now - asked_at_ >= answer_patience) give_up(place, "the broker does not answer");
      break;
  }
  if (state_ == State::looking || state_ == State::checking || state_ == State::removing) renew(place);
}

void FileCleaner::ask(const Place& place, const std::string& question, const std::string& arguments) {
  asked_at_ = place.now;
  waiting_for_ = next_id_++;
  doors_.say(Ask{waiting_for_, question, arguments});
}

void FileCleaner::take(const Place& place) {
  state_ = State::asking;
  ask(place, "turn.take", dump({{"session", std::to_string(place.session.value)}, {"urgent", place.urgent}}));
}

// Ids are ours and grow: an answer to a question that we gave up on is nobody's.
void FileCleaner::hear(const Place& place, const Answer& answer) {
  if (renewal_ != 0 && answer.id == renewal_) return heard_renewed(place, answer);
  if (answer.id != waiting_for_) return;
  waiting_for_ = 0;
  if (!answer.ok) return give_up(place, answer.error);
  switch (state_) {
    case State::asking: return heard_turn(place, answer);
    case State::checking: return heard_owned(place, answer);
    case State::telling: return rest(place, place.urgent ? pause_where_full : ask_every);
    case State::idle:
    case State::looking:
    case State::removing: return;
  }
}

void FileCleaner::heard_turn(const Place& place, const Answer& answer) {
  const Json json = json_of(answer);
  if (!json.is_object()) return give_up(place, "the broker's answer makes no sense");
  if (json.value("granted", Json(false)) != Json(true)) return rest(place, ask_every);
  turn_ = {text(json, "cluster"), number(json, "epoch"), number(json, "place"), number(json, "place_epoch"),
           Duration{static_cast<std::int64_t>(number(json, "ttl"))}, Duration{static_cast<std::int64_t>(number(json, "grace"))}};
  extend(asked_at_);
  renewal_asked_at_ = asked_at_;
  renewal_ = 0;
  doors_.announce(true);
  look(place);
}

void FileCleaner::look(const Place&) {
  state_ = State::looking;
  looking_ = std::async(std::launch::async, [spool = spool_, cluster = turn_.cluster]() -> Looked {
    const auto root = cleanup::SpoolRoot::open(spool, cluster);
    if (!root) return {{}, root.error()};
    auto entries = root->look();
    if (!entries) return {{}, entries.error()};
    return {*std::move(entries), ""};
  });
}

// The broker is asked about all attempts that we do not answer for ourselves.
void FileCleaner::check(const Place& place) {
  Looked looked = looking_.get();
  if (!looked.error.empty()) return give_up(place, looked.error);
  seen_ = std::move(looked.entries);
  const auto ours = doors_.owned();
  Json attempts = Json::array();
  std::erase_if(seen_, [&](const cleanup::Entry& entry) {
    const auto attempt = attempt_of(entry.path);
    if (!attempt || ours.has(entry.path)) return false;
    if (attempts.size() >= asked_max) return true;
    attempts.push_back({attempt->job.value, attempt->number});
    return false;
  });
  state_ = State::checking;
  ask(place, "turn.owned", dump({{"attempts", attempts}}));
}

// A reading is an answer of the broker that has welcomed us, about our cluster; anything else ripens nothing.
void FileCleaner::heard_owned(const Place& place, const Answer& answer) {
  const Json json = json_of(answer);
  if (!json.is_object() || text(json, "cluster") != turn_.cluster || number(json, "epoch") != place.epoch.value || !place.welcomed ||
      !json.contains("owned") || !json["owned"].is_array())
    return give_up(place, "the broker's answer about attempts is not of our cluster, or not of the broker that welcomed us");
  cleanup::Owned owned = doors_.owned();
  for (const auto& one : json["owned"]) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_number_unsigned() || !one[1].is_number_unsigned()) return give_up(place, "the broker's answer makes no sense");
    owned.attempt({JobId{one[0].get<std::uint64_t>()}, one[1].get<std::uint32_t>()});
  }
  remove(place, orphans_.ripe(place.now, seen_, owned, turn_.grace));
}

void FileCleaner::remove(const Place&, std::vector<cleanup::Entry> ripe) {
  state_ = State::removing;
  removing_ = std::async(std::launch::async, [this, spool = spool_, cluster = turn_.cluster, ripe = std::move(ripe)]() -> Swept {
    Swept swept;
    if (ripe.empty()) return swept;
    const auto root = cleanup::SpoolRoot::open(spool, cluster);
    if (!root) return {0, 0, {}, root.error()};
    const auto still_ours = [this] { return !stop_ && os::boot_now().time_since_epoch().count() < deadline_; };
    for (const auto& entry : ripe) {
      const auto removed = root->remove(entry, still_ours);
      swept.files += removed.files;
      swept.bytes += removed.bytes;
      for (const auto& left : removed.left)
        if (swept.left.size() < left_max) swept.left.push_back(left.substr(0, left_bytes_max));
      if (removed.stopped) {
        swept.error = "the turn ended before everything was removed; the rest goes in the next one";
        break;
      }
    }
    return swept;
  });
}

void FileCleaner::renew(const Place& place) {
  if (place.now - renewal_asked_at_ < turn_.ttl * 3 / 10) return;
  renewal_asked_at_ = place.now;
  renewal_ = next_id_++;
  doors_.say(Ask{renewal_, "turn.renew", dump({{"epoch", turn_.epoch}, {"place", turn_.place}, {"place_epoch", turn_.place_epoch}})});
}

void FileCleaner::heard_renewed(const Place&, const Answer& answer) {
  renewal_ = 0;
  if (!answer.ok) return;  // away for a moment: the deadline stands
  const Json json = json_of(answer);
  if (json.is_object() && json.value("ours", Json(false)) == Json(true)) extend(renewal_asked_at_);
  else deadline_ = 0;      // somebody else has it: at once
}

void FileCleaner::tell(const Place& place, const Swept& swept) {
  if (swept.files > 0 || !swept.left.empty() || !swept.error.empty())
    log::info("files_swept", {{"files", swept.files}, {"bytes", swept.bytes}, {"left", swept.left.size()}, {"trouble", swept.error}});
  for (const auto& left : swept.left) log::warn("file_left", {{"what", left}});
  doors_.announce(false);
  state_ = State::telling;
  ask(place, "turn.end", dump({{"epoch", turn_.epoch}, {"place", turn_.place}, {"place_epoch", turn_.place_epoch}, {"files", swept.files}, {"bytes", swept.bytes},
                               {"left", swept.left}, {"error", swept.error.substr(0, limits::text_bytes_max)}}));
}

// Nothing was removed, or nothing more is. A turn that we hold is given back with the reason, so that people see it.
void FileCleaner::give_up(const Place& place, const std::string& why) {
  if (std::exchange(told_, why) != why) log::warn("files_not_swept", {{"why", why}});
  const bool has_turn = state_ == State::looking || state_ == State::checking;
  if (has_turn && place.welcomed) {
    Swept nothing;
    nothing.error = why;
    tell(place, nothing);
    next_ = place.now + pause_after_trouble;
    return;
  }
  if (has_turn) doors_.announce(false);
  rest(place, pause_after_trouble);
}

void FileCleaner::rest(const Place& place, Duration how_long) {
  state_ = State::idle;
  waiting_for_ = 0;
  next_ = std::max(next_, place.now + how_long);
}

}  // namespace cadre
