// What broke, told: only the events of one job, key or lease, and the faults that were on meanwhile, one a line.
#include <algorithm>

#include <fmt/format.h>

#include "tests/soak/checker.hpp"

namespace cadre::soak {

namespace {

constexpr std::size_t lines_max = 60;

std::string words(const Event& e) {
  const std::string job = e.job ? to_string(e.job) : "", attempt = fmt::format("{}/{}", job, e.number);
  const auto row = [&](const std::string& what) { return fmt::format("database: {} (row {}, {}, connection {})", what, e.n, e.account, e.connection); };
  switch (e.what) {
    case What::invoke: return fmt::format("{} submits {} (payload {:x})", e.who, e.name, e.digest);
    case What::accepted: return fmt::format("{} is told: {} is accepted as {}", e.who, e.name, job);
    case What::refused: return fmt::format("{} is told: {} is refused{}: {}", e.who, e.name, e.definite ? " for good" : "", e.note);
    case What::unanswered: return fmt::format("{} has no answer for {}", e.who, e.name);
    case What::told: return fmt::format("{} is told: {} is {} by attempt {}", e.who, job, to_string(e.state), e.number);
    case What::told_unknown: return fmt::format("{} is told: there is no {}", e.who, job);
    case What::cancel_told: return fmt::format("{} cancels and is told: {} is {}", e.who, job, to_string(e.state));
    case What::kept: return fmt::format("{} is told: {} is kept", e.who, job);
    case What::start: return fmt::format("engine: {} starts on {}", attempt, e.who);
    case What::end: return fmt::format("engine: {} ends on {} with result {:x}{}", attempt, e.who, e.digest, e.whole ? "" : "; its files are gone: " + e.note);
    case What::job_in: return row(fmt::format("job {} of {} under {}, at most {} attempts{}, seat epoch {}", job, e.who, e.name, e.number, e.note.empty() ? "" : ", the first to " + e.note, e.epoch));
    case What::job_out: return row(fmt::format("job {} deleted at service time {}", job, cadre::to_string(Duration{e.service})));
    case What::attempt_in: return row(fmt::format("attempt {} to {}", attempt, e.who));
    case What::attempt_out: return row(fmt::format("attempt {} deleted", attempt));
    case What::end_in: return row(fmt::format("attempt {} has ended", attempt));
    case What::end_out: return row(fmt::format("the end of attempt {} deleted", attempt));
    case What::outcome_in: return row(fmt::format("{} is {} by attempt {} at service time {}, result {:x}", job, to_string(e.state), e.number, cadre::to_string(Duration{e.service}), e.digest));
    case What::outcome_out: return row(fmt::format("the outcome of {} deleted", job));
    case What::key_out: return row(fmt::format("key {} of {} deleted", e.name, e.who));
    case What::kept_in: return row(job + " is to be kept");
    case What::kept_out: return row(job + " need not be kept");
    case What::blob_out: return row(fmt::format("blob {} deleted", e.blob));
    case What::lease: return row(fmt::format("lease {}: epoch {} to {}, {} before, {} after, holder {}", e.name, e.old_epoch, e.epoch, e.held_before ? "held" : "free", e.held_after ? "held" : "free", e.who));
    case What::has_job: return fmt::format("at the end: job {} is there", job);
    case What::has_key: return fmt::format("at the end: key {} of {} names {}", e.name, e.who, job);
    case What::left_over: case What::torn: case What::unpurged: case What::stuck: return "at the end: " + e.note;
    case What::fault_begin: return fmt::format("nemesis: {}: {}", e.who, e.note);
    case What::fault_end: return fmt::format("nemesis: {}: over ({})", e.who, e.note);
    case What::died: return fmt::format("{} has ended: {}", e.who, e.note);
    case What::forced: return fmt::format("nemesis: {} {}", e.name, e.note);
    case What::file_gone: return e.name + " is gone";
    case What::file_stays: return e.name + " is still there";
  }
  return "";
}

// What went on meanwhile: faults, and where it is about a turn, whose it was.
bool is_around(const Event& e, const Broken& one) {
  if (e.what == What::fault_begin || e.what == What::fault_end) return true;
  return one.promise == Promise::purge_without_turn && e.what == What::lease && e.name == "cleanup/records" && e.epoch != e.old_epoch;
}

// What belongs to it: by job, or by name (and, for a key, by client; a name that two clients use is two keys).
bool belongs(const Event& e, const Broken& one) {
  if (one.job) return e.job == one.job;
  if (one.name.empty()) return false;
  return (e.name == one.name && (one.client.empty() || e.who == one.client || e.what == What::lease)) || (e.who == one.name && e.what == What::died);
}

std::vector<const Event*> events_of(const History& history, const Broken& one) {
  std::vector<const Event*> found;
  std::string client, key;                      // the submits that led to the job
  for (const Event& e : history)
    if (belongs(e, one)) {
      found.push_back(&e);
      if (e.what == What::job_in || e.what == What::accepted) client = e.who, key = e.name;
    }
  if (one.job && !key.empty())
    for (const Event& e : history)
      if (e.who == client && e.name == key && !e.job) found.push_back(&e);
  return found;
}

}  // namespace

std::string shortest_story(const History& history, const Findings& report) {
  if (report.first.empty()) return "";
  // Looking costs a walk through the history, so only at the first of each promise.
  const Broken* shortest = nullptr;
  std::vector<const Event*> events;
  std::array<bool, promises> looked{};
  for (const Broken& one : report.first) {
    if (std::exchange(looked[static_cast<std::size_t>(one.promise)], true)) continue;
    auto found = events_of(history, one);
    if (shortest != nullptr && (found.empty() || (!events.empty() && found.size() >= events.size()))) continue;
    shortest = &one;
    events = std::move(found);
  }
  const auto in_time = [](const Event* a, const Event* b) { return a->t < b->t; };
  const auto [first, last] = std::minmax_element(events.begin(), events.end(), in_time);
  if (first != events.end())
    for (const std::int64_t from = (*first)->t, to = (*last)->t; const Event& e : history)
      if (is_around(e, *shortest) && e.t >= from && e.t <= to) events.push_back(&e);
  std::stable_sort(events.begin(), events.end(), in_time);
  std::string text = fmt::format("{}: {}\n", explain(shortest->promise), shortest->what);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events.size() > lines_max && i == lines_max / 2) {
      text += fmt::format("  ... {} more\n", events.size() - lines_max);
      i = events.size() - lines_max / 2;
    }
    text += fmt::format("  {:>10.3f} s  {}\n", static_cast<double>(events[i]->t - events.front()->t) / 1e9, words(*events[i]));
  }
  return text;
}

}  // namespace cadre::soak
