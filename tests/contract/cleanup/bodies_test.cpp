// Large payloads and results that go before their job: which, when, and what readers find afterwards.
#include <thread>

#include "tests/contract/cleanup/fixture.hpp"

namespace cadre::test {
namespace {

using cleanup::PurgeRecords;
using cleanup::Retention;
using Went = PurgeRecords::Went;

constexpr Duration day = 24h;

class Bodies : public Cleaning {
 protected:
  Bodies() { retention_.keep.results = day; }

  BlobId put(const std::string& key, AttemptId attempt = {}) {
    const BlobId id = BlobId::make(epoch_, ++blobs_);
    put_blob(id, key, attempt, bytes_);
    return id;
  }
  // A job with a large payload, which ended with a large result at the beginning.
  JobId large_job(JobState state = JobState::done, const std::string& queue = "default") {
    Batch batch;
    JobRow row = job(++made_);
    row.request.queue = queue;
    row.request.body = std::make_shared<Body>(Body{"{}", bytes_});
    row.request.blob = put(row.request.key);
    OutcomeRow end = outcome(made_, state, 0s);
    end.end.output = std::make_shared<Output>(Output{{"stdout", bytes_}});
    end.end.blob = put("", end.end.attempt);
    batch.jobs.push_back(row);
    batch.outcomes.push_back(end);
    write(batch);
    return row.id;
  }
  JobFacts facts(JobId id, With with) { return *std::get<std::optional<JobFacts>>(store_->facts(id, with)); }
  bool whole(JobId id) {
    const JobFacts payload = facts(id, With::body), result = facts(id, With::output);
    return !payload.payload_gone && payload.row.request.body->payload == bytes_ && !result.result_gone && result.outcome->end.output->front().bytes == bytes_;
  }
  bool shed(JobId id) {
    const JobFacts payload = facts(id, With::body), result = facts(id, With::output);
    return payload.payload_gone && result.result_gone && !result.outcome->end.output && result.outcome->state == JobState::done && payload.payload_bytes == bytes_.size();
  }

  Retention retention_;
  const std::string bytes_ = std::string(100'000, 'x');
  std::uint64_t made_ = 0, blobs_ = 0;
};

TEST_F(Bodies, GoBeforeTheirJobWhereTheyAreKeptForLessLong) {
  retention_.queues["bills"].results = 3 * day;
  const JobId done = large_job(), dead = large_job(JobState::dead), cancelled = large_job(JobState::cancelled), bill = large_job(JobState::done, "bills");
  const JobId kept = large_job();
  must(link_.execute("INSERT INTO kept VALUES (?, 'anna', 0)", {kept.value}));
  service_time(day - 1s);
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), retention_).rows["results"], 0u);
  EXPECT_TRUE(whole(done));
  service_time(day);
  const auto dry = purge(link_, std::nullopt, retention_);
  EXPECT_EQ(dry.rows.at("results"), 2u) << "a payload and a result";
  EXPECT_EQ(dry.bytes, 2 * bytes_.size());
  EXPECT_TRUE(whole(done)) << "it only counted";
  auto account = connect_as("purge");
  EXPECT_EQ(purge(account, take(link_, "a", -1s), retention_).rows["results"], 2u);
  EXPECT_TRUE(shed(done));
  for (const JobId other : {dead, cancelled, bill, kept}) EXPECT_TRUE(whole(other)) << to_string(other);
  EXPECT_EQ(count("job"), 5u);
  EXPECT_EQ(purge(account, take(link_, "a", -1s), retention_).rows["results"], 0u) << "they are gone already";
  service_time(3 * day);
  EXPECT_EQ(purge(account, take(link_, "a", -1s), retention_).rows["results"], 2u);
  EXPECT_TRUE(shed(bill));
  service_time(7 * day);
  const auto rest = purge(account, take(link_, "a", -1s), retention_);
  EXPECT_EQ(rest.rows.at("done"), 2u);
  EXPECT_EQ(rest.rows.at("cancelled"), 1u);
  EXPECT_TRUE(whole(kept));
  EXPECT_TRUE(whole(dead));
  EXPECT_EQ(count("blob_owner"), 4u);
}

TEST_F(Bodies, StayWithTheirJobWhereNobodySaysOtherwise) {
  const JobId id = large_job();
  service_time(7 * day - 1s);
  EXPECT_FALSE(purge(link_, take(link_), {}).rows.contains("results"));
  EXPECT_TRUE(whole(id));
}

TEST_F(Bodies, StayWhileAnOpenJobRepeatsTheirs) {
  const JobId old = large_job();
  Batch batch;
  batch.jobs.push_back(job(++made_));
  batch.retried.push_back({old, batch.jobs[0].id});
  write(batch);
  service_time(2 * day);
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), retention_).rows["results"], 0u);
  EXPECT_TRUE(whole(old));
  Batch ends;
  ends.outcomes.push_back(outcome(made_, JobState::done, 2 * day));
  write(ends);
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), retention_).rows["results"], 2u);
  EXPECT_TRUE(shed(old));
}

// More than one step has, so that each begins where the last one ended.
TEST_F(Bodies, AreWalkedInSteps) {
  std::vector<JobId> ids;
  for (int i = 0; i < 9; ++i) ids.push_back(large_job(i % 3 == 0 ? JobState::dead : JobState::done));
  service_time(2 * day);
  const auto counts = purge(link_, take(link_), retention_, {.bytes_max = 250'000, .rows_max = 5});
  EXPECT_EQ(counts.rows.at("results"), 12u);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_TRUE(i % 3 == 0 ? whole(ids[i]) : shed(ids[i])) << i;
}

// "keep" comes between our look and the deletion: nothing of that step happens, and the next look sees it.
TEST_F(Bodies, OfAJobThatIsKeptAtTheLastMomentStay) {
  const JobId kept = large_job(), other = large_job();
  service_time(2 * day);
  PurgeRecords purge(link_, take(link_), retention_);
  while (purge.phase() != "payloads and results") ASSERT_EQ(must(purge.step()), Went::on);
  auto person = connect();
  must(person.execute("BEGIN"));
  must(person.execute("INSERT INTO kept SELECT id, 'anna', 0 FROM job WHERE id = ? LOCK IN SHARE MODE", {kept.value}));
  db::Outcome<Went> went = Went::on;
  std::thread purging([&] { went = purge.step(); });
  auto watch = connect();
  await_lock_wait(watch);
  must(person.execute("COMMIT"));
  purging.join();
  EXPECT_EQ(must(went), Went::again);
  EXPECT_TRUE(whole(other)) << "the step was one";
  while (must(purge.step()) != Went::over) {}
  EXPECT_TRUE(whole(kept));
  EXPECT_TRUE(shed(other));
}

TEST_F(Bodies, StayWhenTheTurnIsAnothers) {
  const JobId id = large_job();
  service_time(2 * day);
  PurgeRecords purge(link_, take(link_, "paused", -1s), retention_);
  while (purge.phase() != "payloads and results") ASSERT_EQ(must(purge.step()), Went::on);
  auto next = connect();
  take(next, "next");
  EXPECT_EQ(must(purge.step()), Went::turn_lost);
  EXPECT_TRUE(whole(id));
}

}  // namespace
}  // namespace cadre::test
