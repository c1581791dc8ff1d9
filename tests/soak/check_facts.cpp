// Rows that come and go, and what is left in the end.
#include <fmt/format.h>

#include "tests/soak/books.hpp"

namespace cadre::soak {

void Books::audit(const Event& event) {
  switch (event.what) {
    case What::lease: return lease(event);
    case What::job_in: case What::attempt_in: case What::end_in: case What::outcome_in: return fact_in(event);
    case What::kept_in:
      jobs_[event.job.value].kept = true;
      return;
    case What::kept_out:
      jobs_[event.job.value].kept = false;
      return;
    default: return row_out(event);
  }
}

void Books::fact_in(const Event& event) {
  Book& book = jobs_[event.job.value];
  const std::string name = to_string(event.job);
  if (book.out != nullptr) broken(Promise::after_the_end, event, fmt::format("{} was purged, and then a row was written: {}", name, to_string(event.what)));
  if (event.blob != 0) {
    blobs_[event.blob] = event.job;
    if (blobs_gone_.contains(event.blob)) broken(Promise::live_row_purged, event, fmt::format("blob {}, which {} names, had been deleted before", event.blob, name));
  }
  if (event.what == What::job_in) {
    if (book.in != nullptr) broken(Promise::doubled, event, name + " was stored twice");
    book.in = &event;
    stored_[{event.who, event.name}].push_back(&event);
    if (!event.note.empty()) book.runs[book.newest = 1].row = &event;
    const auto seat = leases_.find("broker");
    if (seat != leases_.end() && seat->second.epoch != event.job.epoch().value)
      broken(Promise::stale_write, event, fmt::format("{} was stored while the epoch of the seat was {}", name, seat->second.epoch));
    return;
  }
  if (book.in == nullptr) broken(Promise::phantom, event, fmt::format("a row of {}, which was never stored: {}", name, to_string(event.what)));
  if (event.what == What::outcome_in) {
    if (book.outcome != nullptr) broken(Promise::doubled, event, fmt::format("{} ended as {}, and again as {}", name, to_string(book.outcome->state), to_string(event.state)));
    if (event.number != 0 && event.number != book.newest)
      broken(Promise::attempts_back, event, fmt::format("{} was ended by its attempt {}; the current one was {}", name, event.number, book.newest));
    book.outcome = &event;
    return;
  }
  if (book.outcome != nullptr) broken(Promise::after_the_end, event, fmt::format("{} had ended as {}, and then a row was written: {} {}", name, to_string(book.outcome->state), to_string(event.what), event.number));
  if (event.what != What::attempt_in) return;
  if (event.number <= book.newest) broken(Promise::attempts_back, event, fmt::format("attempt {} of {} was given after attempt {}", event.number, name, book.newest));
  book.newest = std::max(book.newest, event.number);
  book.runs[event.number].row = &event;
}

void Books::row_out(const Event& event) {
  if (event.account != rules_.purge_account)
    broken(Promise::purged_by_other, event, fmt::format("{} deleted a row of {}: {}", event.account, event.job ? to_string(event.job) : event.name, to_string(event.what)));
  else if (!has_turn(event))
    broken(Promise::purge_without_turn, event, fmt::format("connection {} deleted a row of {} ({}); the turn was with connection {} under epoch {}", event.connection,
                                                           event.job ? to_string(event.job) : event.name, to_string(event.what), leases_["cleanup/records"].connection, leases_["cleanup/records"].epoch));
  if (event.what == What::key_out) return broken(Promise::key_purged, event, fmt::format("the key {} of {} was deleted", event.name, event.who));
  if (event.what == What::blob_out) {
    blobs_gone_.insert(event.blob);
    const auto owner = blobs_.find(event.blob);
    if (owner != blobs_.end() && jobs_[owner->second.value].out == nullptr)
      broken(Promise::live_row_purged, owner->second, fmt::format("blob {} of {} was deleted, and the job is there", event.blob, to_string(owner->second)));
    return;
  }
  Book& book = jobs_[event.job.value];
  const std::string name = to_string(event.job);
  if (event.what != What::job_out) {
    if (book.out == nullptr) broken(Promise::live_row_purged, event, fmt::format("a row of {} was deleted ({}), and the job is there", name, to_string(event.what)));
    return;
  }
  ++report_.purged;
  book.out = &event;
  if (book.outcome == nullptr) return broken(Promise::live_row_purged, event, name + " was deleted and had not ended");
  if (book.kept) broken(Promise::kept_purged, event, name + " was deleted although it is to be kept");
  const JobState state = book.outcome->state;
  const Duration keep = state == JobState::done ? rules_.keep_done : state == JobState::dead ? rules_.keep_dead : rules_.keep_cancelled;
  const Duration age{event.service - book.outcome->service};
  if (age < keep) broken(Promise::purged_too_early, event, fmt::format("{} was {} and was deleted {} of service later; {} was promised", name, to_string(state), cadre::to_string(age), cadre::to_string(keep)));
}

// What the database holds when all is over, and what the nemesis has seen.
void Books::remains(const Event& event) {
  switch (event.what) {
    case What::has_job: jobs_[event.job.value].there = true; return;
    case What::has_key: has_key_[{event.who, event.name}] = event.job; return;
    case What::left_over: return broken(Promise::orphan_stays, event, event.note);
    case What::torn: return broken(Promise::torn_blob, event, event.note);
    case What::died: return broken(Promise::died, event, fmt::format("{} ended by itself: {}", event.who, event.note));
    case What::file_gone: return broken(Promise::foreign_file_gone, event, event.name + " was removed");
    case What::file_stays: return broken(Promise::orphan_stays, event, event.name + " has no owner and is still there");
    case What::unpurged: return broken(Promise::orphan_stays, event, event.note);
    case What::stuck: return broken(Promise::never_ended, event, event.note);
    case What::forced: ++(event.note == "broken" ? report_.broken_leases : report_.turns_asked); return;
    case What::fault_begin:
      ++report_.faults;
      if (event.note.starts_with("stop")) pauses_[event.who].emplace_back(event.t, INT64_MAX);
      return;
    case What::fault_end: {
      auto& pauses = pauses_[event.who];
      if (!pauses.empty() && pauses.back().second == INT64_MAX) pauses.back().second = event.t;
      return;
    }
    default: return;
  }
}

void Books::ends(JobId id, const Book& book) {
  if (book.in == nullptr) {
    if (book.outcome == nullptr && book.there) broken(Promise::phantom, id, to_string(id) + " is stored, and nobody has seen it come");
    return;
  }
  if (book.out == nullptr && !book.there) broken(Promise::lost, id, to_string(id) + " was stored, was not deleted, and is not there");
  if (book.out != nullptr && book.there) broken(Promise::after_the_end, id, to_string(id) + " was deleted, and is there");
  if (book.outcome == nullptr) return broken(Promise::never_ended, id, to_string(id) + " has not ended");
  ++report_.recorded_once;
}

}  // namespace cadre::soak
