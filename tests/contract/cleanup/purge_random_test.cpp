// Random jobs, ends, wishes and retentions; an oracle of its own says which rows must be there afterwards, to the last one.
#include <map>
#include <set>

#include "common/base/mix.hpp"
#include "tests/contract/cleanup/fixture.hpp"

namespace cadre::test {
namespace {

class RandomPurge : public Cleaning {
 protected:
  std::uint64_t dice(std::uint64_t sides) { return mix(seed_, ++rolled_) % sides; }
  std::uint64_t seed_ = 0, rolled_ = 0;
};

struct Job {
  JobRow row;
  std::optional<OutcomeRow> end;
  std::optional<std::uint64_t> retry_of;
  bool kept = false;
};

TEST_F(RandomPurge, ExactlyWhatMayGoGoes) {
  constexpr std::uint64_t jobs_max = 400;
  static const char* const queues[] = {"default", "invoices", "proofs"};
  for (seed_ = 1; seed_ <= 12; ++seed_) {
    SCOPED_TRACE("seed " + std::to_string(seed_));
    rolled_ = 0;
    std::map<std::uint64_t, Job> jobs;
    const std::uint64_t base = seed_ * 10'000;
    const Duration began = 1000h * static_cast<int>(seed_);
    Batch batch;
    for (std::uint64_t i = 1; i <= jobs_max; ++i) {
      const Duration accepted = began + 1min * static_cast<int>(i);
      Job one;
      one.row = job(base + i, accepted);
      one.row.request.queue = queues[dice(3)];
      if (dice(3) == 0) one.row.request.batch = fmt::format("b{}-{}", seed_, dice(5));
      if (i > 1 && dice(10) == 0) {
        const std::uint64_t old = 1 + dice(i - 1);
        Job& before = jobs.at(base + old);
        const bool retried = std::any_of(jobs.begin(), jobs.end(), [&](const auto& j) { return j.second.retry_of == base + old; });
        if (before.end && !retried) {
          one.retry_of = base + old;
          one.row.request.retry_of = before.row.id;
          batch.retried.push_back({before.row.id, one.row.id});
        }
      }
      if (dice(8) != 0) {
        const JobState states[] = {JobState::done, JobState::dead, JobState::cancelled};
        one.end = outcome(base + i, states[dice(3)], accepted + 1min * static_cast<int>(dice(300)));
        one.end->end.attempt.number = 2;
        batch.outcomes.push_back(*one.end);
        batch.attempts.push_back({{one.row.id, 2}, {"n1", SessionId{1}}, one.end->at, {}});
        AttemptEndRow first;
        first.end.attempt = {one.row.id, 1};
        first.end.kind = EndKind::failed;
        batch.ends.push_back(first);
      }
      one.kept = dice(20) == 0;
      batch.jobs.push_back(one.row);
      jobs[base + i] = one;
    }
    write(batch);
    for (const auto& [sequence, one] : jobs)
      if (one.kept) must(link_.execute("INSERT INTO kept VALUES (?, 'anna', 0)", {one.row.id.value}));
    cleanup::Retention retention;
    retention.keep = {1min * static_cast<int>(dice(200)), 1min * static_cast<int>(dice(200)), 1min * static_cast<int>(dice(200))};
    retention.queues["invoices"].done = 1min * static_cast<int>(dice(400));
    retention.keys = 1min * static_cast<int>(dice(500));
    const Duration now = began + 1min * static_cast<int>(jobs_max / 2 + dice(jobs_max));
    service_time(now);

    // The oracle, in its own words.
    std::set<std::uint64_t> stay;
    for (const auto& [sequence, one] : jobs) {
      bool goes = one.end.has_value() && !one.kept;
      if (goes) {
        Duration keep = one.end->state == JobState::done ? retention.keep.done : one.end->state == JobState::dead ? retention.keep.dead : retention.keep.cancelled;
        if (one.row.request.queue == "invoices" && one.end->state == JobState::done) keep = *retention.queues["invoices"].done;
        goes = one.end->at.time_since_epoch() + keep <= now;
      }
      for (const auto& [other, repeat] : jobs)
        if (repeat.retry_of == sequence && !repeat.end) goes = false;
      if (!goes) stay.insert(one.row.id.value);
    }
    std::set<std::uint64_t> keys = stay;
    for (const auto& [sequence, one] : jobs)
      if (one.row.accepted_at.time_since_epoch() + retention.keys >= now) keys.insert(one.row.id.value);

    const cleanup::PurgeLimits small{.jobs_max = 1 + dice(60), .jobs_min = 1, .bytes_max = 1 + dice(2'000), .rows_max = 1 + dice(90), .keys_looked_at = 1 + dice(150)};
    purge(link_, take(link_, "a", -1s), retention, small);
    const std::string of_this_seed = fmt::format("BETWEEN {} AND {}", JobId::make(epoch_, base).value, JobId::make(epoch_, base + jobs_max).value);
    const auto ids = [&](const std::string& column, const std::string& table, const std::string& more = "") {
      std::set<std::uint64_t> found;
      const auto rows = must(link_.query(fmt::format("SELECT {} FROM {} WHERE {} {} {}", column, table, column, of_this_seed, more)));
      for (std::size_t i = 0; i < rows.size(); ++i) found.insert(rows.u64(i, 0));
      return found;
    };
    EXPECT_EQ(ids("id", "job"), stay);
    EXPECT_EQ(ids("job_id", "submit_key"), keys);
    std::set<std::uint64_t> ended, rare, repeated;
    for (const auto& [sequence, one] : jobs) {
      if (!stay.contains(one.row.id.value)) continue;
      if (one.end) ended.insert(one.row.id.value);
      if (one.end && one.end->state != JobState::done) rare.insert(one.row.id.value);
      for (const auto& [other, repeat] : jobs)
        if (repeat.retry_of == sequence) repeated.insert(one.row.id.value);
    }
    for (const char* table : {"outcome", "attempt", "attempt_end"}) EXPECT_EQ(ids("job_id", table), ended) << table;
    EXPECT_EQ(ids("job_id", "outcome_rare"), rare);
    EXPECT_EQ(ids("old_id", "retried"), repeated);
  }
}

}  // namespace
}  // namespace cadre::test
