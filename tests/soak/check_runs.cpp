// What engines say of themselves, against the attempts on record.
#include <algorithm>

#include <fmt/format.h>

#include "tests/soak/books.hpp"

namespace cadre::soak {

void Books::engine(const Event& event) {
  Run& run = jobs_[event.job.value].runs[event.number];
  if (event.what == What::start) {
    ++report_.starts;
    run.starts.push_back(&event);
    return;
  }
  run.ends.push_back(&event);
  if (!event.whole) broken(Promise::live_file_purged, event, fmt::format("the engine of {}/{} on {} found its own files gone: {}", to_string(event.job), event.number, event.who, event.note));
}

void Books::runs(JobId id, const Book& book) {
  const std::string name = to_string(id);
  std::size_t starts = 0;
  const Run* before = nullptr;
  std::uint32_t number_before = 0;
  for (const auto& [number, run] : book.runs) {
    if (run.starts.empty()) continue;
    const Event& start = *run.starts.front();
    starts += run.starts.size();
    if (run.starts.size() > 1) broken(Promise::started_twice, id, fmt::format("attempt {} of {} started {} engines", number, name, run.starts.size()));
    const std::string node = run.row == nullptr ? "" : run.row->what == What::job_in ? run.row->note : run.row->who;
    if (run.row == nullptr || node != start.who)
      broken(Promise::started_unknown, id, fmt::format("attempt {} of {} started on {}; on record is {}", number, name, start.who, node.empty() ? "none" : node));
    else if (early(start, *run.row)) broken(Promise::told_too_early, id, fmt::format("attempt {} of {} started before it was written", number, name));
    const bool overlap = before != nullptr && !before->ends.empty() && before->ends.back()->t > start.t;
    if (overlap) {
      const Event &from = *before->starts.front(), &to = *before->ends.back();
      const auto pauses = pauses_.find(from.who);
      const bool paused = pauses != pauses_.end() && std::any_of(pauses->second.begin(), pauses->second.end(), [&](const auto& pause) { return pause.first < to.t && pause.second > from.t; });
      if (paused) ++report_.overlaps;
      else broken(Promise::early_rerun, id, fmt::format("attempt {} of {} started on {} while attempt {} was running on {}", number, name, start.who, number_before, from.who));
    }
    before = &run;
    number_before = number;
  }
  if (book.in != nullptr && starts > book.in->number) broken(Promise::attempts_over, id, fmt::format("{} engines started for {}; {} attempts are allowed", starts, name, book.in->number));
  if (book.outcome == nullptr || book.outcome->state != JobState::done) return;
  const auto last = book.runs.find(book.outcome->number);
  const bool made = last != book.runs.end() && std::any_of(last->second.ends.begin(), last->second.ends.end(), [&](const Event* end) { return end->digest == book.outcome->digest; });
  if (!made) broken(Promise::wrong_result, id, fmt::format("{} is done by attempt {}, whose engine made no such result", name, book.outcome->number));
}

}  // namespace cadre::soak
