// Why is a job not running? For people; the broker decides nothing by it.
#include <algorithm>

#include <fmt/format.h>

#include "broker/core/broker.hpp"

namespace cadre {

Broker::Why Broker::why(const Now& now, JobId id) const {
  const Job* job = find(id);
  if (job == nullptr) return {"it is not open", {}};
  Why why;
  const std::string& engine = names_.text(job->engine);
  if (job->state == JobState::leased) {
    why.headline = fmt::format("it is running: attempt {} on {}", job->attempt, names_.text(job->node));
    return why;
  }
  if (!store_trouble_.empty()) why.headline = "nothing is given out while nothing can be stored: " + store_trouble_;
  else if (room_ == Room::scarce) why.headline = "nothing is given out: " + room_trouble_;
  else if (job->state == JobState::delayed && job->not_before > now.wall)
    why.headline = "its start time has not come: " + to_string(job->not_before);
  else if (job->state == JobState::delayed)
    why.headline = fmt::format("it failed {} time{}; the next try is in {}", job->tries, job->tries == 1 ? "" : "s",
                               to_string(std::max(Duration{}, job->due - now.boot)));
  else why.headline = words_of_limit(*job);
  std::size_t fitting = 0, full = 0, offering = 0;
  std::string first_unfit;  // of those that offer it and take nothing, with the reason
  for (const auto& [name, worker] : workers_) {
    if (worker.removed) continue;
    const Fit found = fit(worker, job->engine, now.boot);
    if (found == Fit::fits) ++fitting;
    if (found == Fit::full) ++full;
    if (found != Fit::not_offered && found != Fit::away) ++offering;
    std::string line = fmt::format("{} {}", names_.text(name), to_string(found));
    if (found == Fit::trouble) line += ": " + worker.trouble;
    if (found == Fit::quarantined) line += ": " + worker.engines.at(job->engine).quarantine_reason;
    if (found == Fit::full) line += fmt::format(": {} of {}", worker.leased(), worker.credit);
    const bool unfit = found == Fit::cordoned || found == Fit::draining || found == Fit::beyond_limit || found == Fit::trouble || found == Fit::quarantined;
    if (unfit && first_unfit.empty()) first_unfit = line;
    why.lines.push_back(std::move(line));
  }
  if (!why.headline.empty()) return why;
  const std::size_t ahead = ready_.ahead_of(*job, 100'000);
  if (offering == 0) why.headline = fmt::format("no connected node offers the engine '{}'; install it on one, or start a "
                                                "worker that has it", engine);
  else if (fitting == 0 && full == 0) why.headline = fmt::format("no node that offers '{}' takes work now: {}{}", engine, first_unfit,
                                                              offering == 1 ? "" : fmt::format("; {} more", offering - 1));
  else why.headline = fmt::format("{} job{} of '{}' stand before it; {} node{} full", ahead, ahead == 1 ? "" : "s", engine,
                                  full, full == 1 ? " is" : "s are");
  return why;
}

}  // namespace cadre
