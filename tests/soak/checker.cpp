#include "tests/soak/checker.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/soak/books.hpp"

namespace cadre::soak {

namespace {

struct Words {
  std::string_view name, sentence;
};

constexpr std::array<Words, promises> words{{
    {"lost", "a job was accepted, and is not stored"},
    {"doubled", "a job has more than one end"},
    {"duplicate keys", "one submit key has more than one job"},
    {"phantom jobs", "a job is stored that nobody has submitted"},
    {"lied", "a submit was refused for good, and is stored"},
    {"conflicts accepted", "another payload was accepted under a used key"},
    {"told too early", "somebody was told before the row was written"},
    {"told otherwise", "what a client was told is not what is recorded"},
    {"views gone back", "what a client sees of a job has gone back"},
    {"facts after the end", "something was recorded behind a job's end or its removal"},
    {"attempts gone back", "the numbers of a job's attempts do not grow, or one that was not current has ended it"},
    {"starts over attempts_max", "engines were started more often than the job allows"},
    {"attempts started twice", "one attempt has started two engines"},
    {"unknown starts", "an engine was started for an attempt that is not on record there"},
    {"early re-runs", "two engines ran for one job at once, and the first one's worker had not been paused"},
    {"wrong results", "the recorded result is not what the recorded attempt's engine made"},
    {"never ended", "a job is still open although all faults are over"},
    {"live rows purged", "rows of a job were deleted that had not ended or is still there"},
    {"kept jobs purged", "a job was deleted that a person keeps"},
    {"purged too early", "a job was deleted before its retention was over"},
    {"keys purged", "a submit key was deleted before seven days were over"},
    {"purges by anyone but the purge account", "rows were deleted by another account"},
    {"purges without a turn", "rows were deleted under a turn that was over, or under none"},
    {"turns held twice", "a lease was granted while another had it"},
    {"epochs gone back", "a lease's epoch did not grow as it must"},
    {"stale writes", "a job was stored under an epoch of the seat that was over"},
    {"live files purged", "files of a running engine were removed"},
    {"foreign files removed", "a file outside of the spools was removed"},
    {"orphans that stay", "what has no owner is still there after the turns that were due"},
    {"torn payloads and results", "a payload or result is not whole"},
    {"daemons that ended by themselves", "a daemon ended that nobody had stopped"},
}};

constexpr std::size_t kept_of_each = 5;  // breaches, for the stories

}  // namespace

std::string_view to_string(Promise promise) { return words[static_cast<std::size_t>(promise)].name; }
std::string_view explain(Promise promise) { return words[static_cast<std::size_t>(promise)].sentence; }

bool is_final(JobState state) { return state == JobState::done || state == JobState::dead || state == JobState::cancelled; }

bool Findings::good() const {
  return std::all_of(broken.begin(), broken.end(), [](std::size_t count) { return count == 0; });
}

Findings check(const History& history, const Rules& rules) { return Books(history, rules).close(); }

namespace {

// Who speaks: the database first, because everything else is compared with it.
enum class Source : std::uint8_t { nemesis, audit, remains, clients, engines };

Source source_of(What what) {
  switch (what) {
    case What::invoke: case What::accepted: case What::refused: case What::unanswered: case What::told: case What::told_unknown:
    case What::cancel_told: case What::kept: return Source::clients;
    case What::start: case What::end: return Source::engines;
    case What::job_in: case What::job_out: case What::attempt_in: case What::attempt_out: case What::end_in: case What::end_out:
    case What::outcome_in: case What::outcome_out: case What::key_out: case What::kept_in: case What::kept_out: case What::blob_out:
    case What::lease: return Source::audit;
    case What::has_job: case What::has_key: case What::left_over: case What::torn: return Source::remains;
    case What::fault_begin: case What::fault_end: case What::died: case What::forced: case What::file_gone: case What::file_stays:
    case What::unpurged: case What::stuck: return Source::nemesis;
  }
  return Source::nemesis;
}

}  // namespace

Books::Books(const History& history, const Rules& rules) : rules_(rules) {
  std::array<std::vector<const Event*>, 5> by_source;
  for (const Event& event : history) by_source[static_cast<std::size_t>(source_of(event.what))].push_back(&event);
  for (std::size_t source = 0; source < by_source.size(); ++source)
    std::stable_sort(by_source[source].begin(), by_source[source].end(), [](const Event* a, const Event* b) { return std::pair(a->n, a->t) < std::pair(b->n, b->t); });
  jobs_.reserve(by_source[1].size() / 4 + 1);
  const auto each = [&](Source source, auto&& take) {
    for (const Event* event : by_source[static_cast<std::size_t>(source)]) take(*event);
  };
  each(Source::nemesis, [this](const Event& e) { remains(e); });
  each(Source::audit, [this](const Event& e) { audit(e); });
  each(Source::remains, [this](const Event& e) { remains(e); });
  // A first walk for what was ever invoked: a phantom is found by what is stored.
  each(Source::clients, [this](const Event& e) { if (e.what == What::invoke) ++invoked_[{e.who, e.name}]; });
  each(Source::clients, [this](const Event& e) { told(e); });
  each(Source::engines, [this](const Event& e) { engine(e); });
}

Findings Books::close() && {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, book] : jobs_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const std::uint64_t id : ids) {
    const Book& book = jobs_.at(id);
    ends(JobId{id}, book);
    runs(JobId{id}, book);
  }
  for (const auto& [key, jobs] : stored_) {
    const Event& first = *jobs.front();
    if (jobs.size() > 1) broken(Promise::duplicate_key, first, fmt::format("the key {} of {} has {} jobs: {} and {}", key.second, key.first, jobs.size(), to_string(first.job), to_string(jobs[1]->job)));
    if (!invoked_.contains(key)) broken(Promise::phantom, first, fmt::format("{} is stored under the key {} of {}, who never sent it", to_string(first.job), key.second, key.first));
  }
  for (const Key& key : unanswered_)
    if (!accepted_.contains(key) && stored_.contains(key)) ++report_.recovered;
  report_.accepted = accepted_.size();
  return std::move(report_);
}

void Books::broken(Promise promise, const Event& event, std::string what) {
  add({promise, std::move(what), event.job, event.job ? "" : event.name.empty() ? event.who : event.name, event.who});
}

void Books::broken(Promise promise, JobId job, std::string what) { add({promise, std::move(what), job, "", ""}); }

void Books::add(Broken one) {
  if (++report_.broken[static_cast<std::size_t>(one.promise)] <= kept_of_each) report_.first.push_back(std::move(one));
}

std::string table(const Findings& report) {
  std::string text;
  const auto line = [&](std::string_view name, std::size_t count, std::string_view mark = "") { text += fmt::format("  {:<40} {:>9}{}\n", name, count, mark); };
  line("accepted", report.accepted);
  line("recorded once", report.recorded_once);
  for (std::size_t i = 0; i < promises; ++i) line(words[i].name, report.broken[i], report.broken[i] == 0 ? "" : "   <-- broken");
  text += "and, no fault:\n";
  line("refused", report.refused);
  line("stored though nobody was told", report.recovered);
  line("engine starts", report.starts);
  line("overlaps after a pause", report.overlaps);
  line("ends told", report.told);
  line("unknown, because purged", report.told_unknown);
  line("jobs kept by a person", report.kept);
  line("jobs purged", report.purged);
  line("grants of leases", report.grants);
  line("leases broken by a person", report.broken_leases);
  line("clean-up turns asked for", report.turns_asked);
  line("faults", report.faults);
  return text;
}

std::string json(const Findings& report) {
  nlohmann::json json{{"good", report.good()}, {"accepted", report.accepted}, {"recorded_once", report.recorded_once}, {"refused", report.refused},
                      {"recovered", report.recovered}, {"starts", report.starts}, {"overlaps", report.overlaps}, {"told", report.told},
                      {"told_unknown", report.told_unknown}, {"kept", report.kept}, {"purged", report.purged}, {"grants", report.grants},
                      {"broken_leases", report.broken_leases}, {"turns_asked", report.turns_asked}, {"faults", report.faults}};
  for (std::size_t i = 0; i < promises; ++i) json["broken"][std::string(words[i].name)] = report.broken[i];
  json["first"] = nlohmann::json::array();
  for (const auto& one : report.first) json["first"].push_back({{"promise", to_string(one.promise)}, {"what", one.what}});
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cadre::soak
