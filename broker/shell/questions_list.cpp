// job.list: ended jobs from the history, open ones from the core. No list scans what is kept or all that is open.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "broker/shell/arguments.hpp"
#include "broker/shell/questions.hpp"

namespace cadre {

namespace {

constexpr std::uint32_t list_max = 10'000;
constexpr std::uint32_t runs_max = 10'000;  // of a batch, looked at for one answer

using Runs = std::vector<std::pair<JobId, JobId>>;

struct OpenPage {
  std::vector<JobId> ids;  // descending
  JobId looked_down_to;    // 0: the end was reached
};

bool fits(const Broker& core, const ListFilter& filter, const Job& job) {
  const auto is = [&](const std::string& wanted, Name name) { return wanted.empty() || core.names().text(name) == wanted; };
  return job.durable && job.state == *filter.state && is(filter.queue, job.queue) && is(filter.engine, job.engine) &&
         is(filter.client, job.client);
}

// Which of the core's jobs fit, in `runs` of ids (descending), newest first; looks at no more than the filter's window.
OpenPage open_page(const Broker& core, const ListFilter& filter, const Runs& runs) {
  OpenPage page;
  std::uint64_t looked_at = 0;
  for (const auto& [first, last] : runs) {
    for (auto place = core.jobs().upper_bound(last); place != core.jobs().begin();) {
      const auto& [id, job] = *--place;
      if (id < first) break;
      if (page.ids.size() >= filter.limit || ++looked_at > filter.window) {
        page.looked_down_to = JobId{id.value + 1};
        return page;
      }
      if (fits(core, filter, job)) page.ids.push_back(id);
    }
  }
  if (runs.size() == runs_max) page.looked_down_to = runs.back().first;
  return page;
}

Stored<ListPage> rows_of(Store& store, const std::vector<JobId>& ids, const std::string& batch) {
  ListPage all;
  ListFilter filter;
  filter.batch = batch;
  for (std::size_t first = 0; first < ids.size(); first += ListFilter::ids_max) {
    const std::size_t end = std::min(ids.size(), first + ListFilter::ids_max);
    filter.ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(first), ids.begin() + static_cast<std::ptrdiff_t>(end));
    filter.limit = static_cast<std::uint32_t>(filter.ids.size());
    auto found = store.list(filter);
    auto* page = std::get_if<ListPage>(&found);
    if (page == nullptr) return found;
    std::move(page->jobs.begin(), page->jobs.end(), std::back_inserter(all.jobs));
  }
  return all;
}

}  // namespace

void Questions::job_list(const Asked& asked, const Json& arguments) {
  const std::string state = text(arguments, "state");
  const auto wanted = parse_job_state(state);
  if (!state.empty() && !wanted)
    return refuse(asked, fmt::format("'{}' is not a state: delayed, ready, leased, done, dead or cancelled", state));
  ListFilter filter;
  filter.state = wanted;
  filter.queue = text(arguments, "queue");
  filter.engine = text(arguments, "engine");
  filter.batch = text(arguments, "batch");
  filter.client = asked.who.role == Role::admin ? text(arguments, "client") : asked.who.name;
  filter.limit = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number(arguments, "limit", 50), 1, list_max));
  filter.not_retried = arguments.value("not_retried", false);
  const std::string before = text(arguments, "before");
  if (const auto id = parse_job_id(before)) filter.before = *id;
  else if (!before.empty()) return refuse(asked, fmt::format("'{}' is not a job id", before));
  if (wanted && *wanted < JobState::done) return open_list(asked, filter);
  read<ListPage>(asked, [filter](Store& store) { return store.list(filter); },
                 [this, asked, filter](ListPage& page) {
                   const Broker* core = doors_.core();
                   if (core == nullptr) return refuse(asked, lost_seat);
                   std::vector<Json> jobs;
                   for (const auto& facts : page.jobs) jobs.push_back(views::job(facts, *core, doors_.now(), false));
                   answer_list(asked, jobs, page.looked_down_to, filter);
                 });
}

// Open jobs are the core's to tell, newest first like all lists. What it does not keep of them, their batch among it, is
// read by key.
void Questions::open_list(const Asked& asked, const ListFilter& filter) {
  if (filter.batch.empty()) {
    const std::uint64_t below = filter.before ? filter.before.value : ~std::uint64_t{0};
    return open_list_in(asked, filter, {{JobId{}, JobId{below - 1}}});
  }
  read<Runs>(asked, [filter](Store& store) { return store.batch_runs(filter.batch, filter.before, runs_max); },
             [this, asked, filter](Runs& runs) { open_list_in(asked, filter, runs); });
}

void Questions::open_list_in(const Asked& asked, const ListFilter& filter, const Runs& runs) {
  const Broker* core = doors_.core();
  if (core == nullptr) return refuse(asked, lost_seat);
  const OpenPage page = open_page(*core, filter, runs);
  read<ListPage>(asked, [filter, ids = page.ids](Store& store) { return rows_of(store, ids, filter.batch); },
                 [this, asked, filter, page](ListPage& found) {
                   std::vector<Json> jobs;
                   const Broker* now = doors_.core();
                   if (now == nullptr) return refuse(asked, lost_seat);
                   for (const auto& facts : found.jobs)
                     // It may have gone on meanwhile.
                     if (const Job* job = now->find(facts.row.id); job != nullptr && job->state == *filter.state)
                       jobs.push_back(views::job(facts, *now, doors_.now(), false));
                   answer_list(asked, jobs, page.looked_down_to, filter);
                 },
                 // Without the database: what the core knows, which is less.
                 [this, asked, filter, page](const std::string& away) {
                   const Broker* now = doors_.core();
                   if (now == nullptr || !filter.batch.empty()) return refuse(asked, away);
                   std::vector<Json> jobs;
                   for (const JobId id : page.ids)
                     if (const Job* job = now->find(id); job != nullptr && job->state == *filter.state)
                       jobs.push_back(views::open_job(*job, *now, doors_.now()));
                   answer_list(asked, jobs, page.looked_down_to, filter);
                 });
}

void Questions::answer_list(const Asked& asked, const std::vector<Json>& jobs, JobId looked_down_to, const ListFilter& filter) {
  Json json{{"jobs", jobs}};
  if (looked_down_to) json["before"] = to_string(looked_down_to);
  json["window"] = filter.window;
  answer(asked, json);
}

}  // namespace cadre
