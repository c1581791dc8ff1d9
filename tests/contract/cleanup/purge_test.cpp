// What the purge removes, what it never removes, and who may.
#include "tests/contract/cleanup/fixture.hpp"

namespace cadre::test {
namespace {

using cleanup::PurgeRecords;
using cleanup::Retention;
using Went = PurgeRecords::Went;

constexpr Duration day = 24h;

class Purge : public Cleaning {
 protected:
  // Jobs 1 to `jobs`, all ended at once as `state` at the beginning.
  void ended_jobs(std::uint64_t jobs, JobState state = JobState::done) {
    Batch batch;
    for (std::uint64_t i = 1; i <= jobs; ++i) {
      batch.jobs.push_back(job(i));
      batch.outcomes.push_back(outcome(i, state, 0s));
    }
    write(batch);
  }
  // Behind those that there are; the open one is the last. A week has gone by for the others.
  void ended_jobs_and_an_open_one(std::uint64_t jobs) {
    Batch batch;
    for (std::uint64_t i = 0; i < jobs; ++i) {
      batch.jobs.push_back(job(++made_));
      batch.outcomes.push_back(outcome(made_, JobState::done, 0s));
    }
    batch.jobs.push_back(job(++made_));
    write(batch);
    service_time(8 * day);
  }
  std::uint64_t made_ = 0;
};

TEST_F(Purge, EachEndHasATimeThatItIsKept) {
  Batch batch;
  for (std::uint64_t i = 1; i <= 4; ++i) batch.jobs.push_back(job(i));
  batch.outcomes = {outcome(1, JobState::done, 0s), outcome(2, JobState::dead, 0s), outcome(3, JobState::cancelled, 0s)};
  write(batch);
  service_time(7 * day - 1s);
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), {}).rows["done"], 0u);
  service_time(7 * day);
  auto counts = purge(link_, take(link_, "a", -1s), {});
  EXPECT_EQ(counts.rows["done"], 1u);
  EXPECT_EQ(counts.rows["cancelled"], 1u);
  EXPECT_EQ(counts.stay["has not ended"], 1u);
  EXPECT_EQ(counts.stay["not old enough"], 1u);
  service_time(30 * day);
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), {}).rows["dead"], 1u);
  EXPECT_TRUE(there(4)) << "it has not ended";
  EXPECT_EQ(count("job"), 1u);
  EXPECT_EQ(count("outcome"), 0u);
  EXPECT_EQ(count("outcome_rare"), 0u);
  EXPECT_EQ(count("submit_key"), 1u);
}

// Its answer was lost, so the broker sends it again; in between a retention of nothing was up. Found by the simulator.
TEST_F(Purge, ABatchThatComesAgainBringsNothingBack) {
  Batch batch;
  for (std::uint64_t i = 1; i <= 3; ++i) batch.jobs.push_back(job(i));
  batch.attempts = {{{batch.jobs[0].id, 1}, {"n1", {1}}, {}, {}}};
  batch.outcomes = {outcome(1, JobState::done, 0s), outcome(2, JobState::cancelled, 0s)};
  write(batch);
  Retention nothing;
  nothing.keep = {0s, 0s, 0s};
  EXPECT_EQ(purge(link_, take(link_), nothing).rows["done"], 1u);
  const auto theirs = must(link_.query("SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"));
  for (std::size_t i = 0; i < theirs.size(); ++i) must(link_.execute(fmt::format("KILL {}", theirs.u64(i, 0))));
  EXPECT_TRUE(std::holds_alternative<Away>(store_->apply(epoch_, batch)));
  batch.jobs.push_back(job(4));  // and what had not been written is written
  write(batch);
  EXPECT_FALSE(there(1));
  EXPECT_FALSE(there(2));
  EXPECT_TRUE(there(3));
  EXPECT_TRUE(there(4));
  EXPECT_EQ(count("outcome"), 0u);
  EXPECT_EQ(count("attempt"), 0u);
  EXPECT_EQ(count("submit_key"), 4u);
}

TEST_F(Purge, AQueuesWordComesBeforeAnEnginesAndThatBeforeTheGeneralOne) {
  Batch batch;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    batch.jobs.push_back(job(i));
    if (i % 2 == 0) batch.jobs.back().request.queue = "short";
    if (i > 2) batch.jobs.back().request.engine = "long";
    batch.outcomes.push_back(outcome(i, JobState::done, 0s));
  }
  write(batch);
  Retention retention;
  retention.queues["short"].done = 1h;
  retention.engines["long"].done = 100 * day;
  service_time(8 * day);
  purge(link_, take(link_), retention);
  EXPECT_FALSE(there(1));
  EXPECT_FALSE(there(2));
  EXPECT_TRUE(there(3)) << "its engine says 100 days";
  EXPECT_FALSE(there(4)) << "its queue says an hour, and has the word";
}

// With no time to be kept at all, what runs or waits stays.
TEST_F(Purge, RetentionOfNothingSparesWhatIsOpenKeptOrRepeated) {
  Batch batch;
  for (std::uint64_t i = 1; i <= 5; ++i) batch.jobs.push_back(job(i));
  batch.outcomes = {outcome(1, JobState::dead, 0s), outcome(2, JobState::dead, 0s), outcome(3, JobState::done, 0s)};
  batch.retried = {{JobId::make(epoch_, 1), JobId::make(epoch_, 4)}};  // 4 is open and repeats 1
  write(batch);
  must(link_.execute("INSERT INTO kept VALUES (?, 'anna', 0)", {JobId::make(epoch_, 3).value}));
  Retention nothing;
  nothing.keep = {0s, 0s, 0s};
  auto counts = purge(link_, take(link_, "a", -1s), nothing);
  EXPECT_TRUE(there(1));
  EXPECT_FALSE(there(2));
  EXPECT_TRUE(there(3));
  EXPECT_TRUE(there(4));
  EXPECT_TRUE(there(5));
  EXPECT_EQ(counts.stay["an open job repeats it"], 1u);
  EXPECT_EQ(counts.stay["kept for ever"], 1u);
  batch = {};
  batch.outcomes = {outcome(4, JobState::done, 0s)};
  write(batch);
  purge(link_, take(link_, "a", -1s), nothing);
  EXPECT_FALSE(there(1)) << "the job that repeats it has ended";
  EXPECT_EQ(count("retried"), 0u);
}

TEST_F(Purge, AKeyOutlivesItsJobForTheTimeThatWasPromised) {
  ended_jobs(1);
  Retention retention;
  retention.keep.done = 1h;
  service_time(2h);
  purge(link_, take(link_, "a", -1s), retention);
  EXPECT_EQ(count("job"), 0u);
  EXPECT_EQ(count("submit_key"), 1u) << "a repeat of the submit must still be known as one";
  service_time(7 * day + 1s);
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), retention).rows["keys"], 1u);
}

TEST_F(Purge, AKeyNeverGoesBeforeItsJob) {
  ended_jobs(1, JobState::dead);
  service_time(20 * day);
  purge(link_, take(link_), {});
  EXPECT_TRUE(there(1));
  EXPECT_EQ(count("submit_key"), 1u);
}

TEST_F(Purge, LargeOnesGoWithTheirJobAndOrphansOfAnEarlierEpochGoAlone) {
  const std::string bytes(200'000, 'x');
  const auto put = [&](BlobId id, const std::string& key, AttemptId attempt = {}) { put_blob(id, key, attempt, bytes); };
  Batch batch;
  batch.jobs.push_back(job(1));
  batch.jobs.back().request.blob = BlobId::make(epoch_, 1);
  put(BlobId::make(epoch_, 1), batch.jobs.back().request.key);
  batch.outcomes.push_back(outcome(1, JobState::done, 0s));
  batch.outcomes.back().end.blob = BlobId::make(epoch_, 2);
  put(BlobId::make(epoch_, 2), "", {JobId::make(epoch_, 1), 1});
  put(BlobId::make(epoch_, 3), "never submitted");
  put(BlobId::make(epoch_, 4), "", {JobId::make(epoch_, 1), 7});  // a stale report's
  write(batch);
  ASSERT_EQ(count("blob_owner"), 4u);
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), {}).rows["orphan_blobs"], 0u) << "of the present epoch: a fact may be under way";
  ASSERT_TRUE(std::holds_alternative<Done>(store_->give_up_seat(epoch_)));
  ASSERT_TRUE(std::holds_alternative<Granted>(store_->take_seat("next", 1h, std::nullopt)));
  EXPECT_EQ(purge(link_, take(link_, "a", -1s), {}).rows["orphan_blobs"], 2u);
  EXPECT_EQ(count("blob_owner"), 2u);
  service_time(8 * day);
  purge(link_, take(link_, "a", -1s), {});
  EXPECT_EQ(count("blob_owner"), 0u);
  EXPECT_EQ(count("blob_chunk"), 0u);
}

TEST_F(Purge, RangesGoWhenNoJobIsLeftInThem) {
  Batch batch;
  for (std::uint64_t i = 1; i <= 2; ++i) {
    batch.jobs.push_back(job(i));
    batch.jobs.back().request.batch = "letters";
    batch.outcomes.push_back(outcome(i, JobState::done, 0s));
  }
  write(batch);
  batch = {};
  batch.jobs.push_back(job(5'000));
  batch.jobs.back().request.batch = "letters";
  write(batch);
  service_time(8 * day);
  auto counts = purge(link_, take(link_), {});
  EXPECT_EQ(counts.rows["batch_ranges"], 1u);
  EXPECT_EQ(counts.rows["queue_blocks"], 1u);
  EXPECT_EQ(count("batch_range"), 1u);
  EXPECT_EQ(count("queue_block"), 1u) << "the block that is being filled stays";
}

// Ranges without jobs, before many jobs that are kept: neither table is read again and again for them.
TEST_F(Purge, NothingIsScannedForARange) {
  constexpr std::uint64_t ranges = 300, kept = 3'000;
  for (std::uint64_t i = 0; i < ranges; ++i) {
    must(link_.execute("INSERT INTO batch_range VALUES ('letters', ?, ?)", {1'000 + i * 10, 1'005 + i * 10}));
    must(link_.execute("INSERT INTO queue_block VALUES ('default', ?)", {100 + i}));
    must(link_.execute("INSERT INTO submit_key VALUES ('anna', ?, ?, '', 0)", {fmt::format("gone-{:04}", i), 1'000 + i}));
  }
  Batch batch;
  for (std::uint64_t i = 1; i <= kept; ++i) batch.jobs.push_back(job(i, 300 * day));
  write(batch);
  service_time(300 * day);
  const auto rows_read = [&] {
    const auto found = must(link_.query("SHOW SESSION STATUS LIKE 'Handler_read%'"));
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < found.size(); ++i) sum += std::stoull(found.text(i, 1));
    return sum;
  };
  const auto before = rows_read();
  auto counts = purge(link_, take(link_), {});
  EXPECT_EQ(counts.rows["batch_ranges"], ranges);
  EXPECT_EQ(counts.rows["queue_blocks"], ranges);
  EXPECT_EQ(counts.rows["keys"], ranges);
  EXPECT_LT(rows_read() - before, 10 * (ranges + kept));
}

TEST_F(Purge, ADryRunCountsTheSameAndRemovesNothing) {
  ended_jobs(50);
  service_time(8 * day);
  const auto dry = purge(link_, std::nullopt, {});
  EXPECT_EQ(count("job"), 50u);
  EXPECT_EQ(dry.rows.at("done"), 50u);
  EXPECT_EQ(dry.bytes, 50 * (7 + 12u)) << "payloads of 7 bytes, results of 12";
  EXPECT_EQ(purge(link_, take(link_), {}).rows.at("done"), 50u);
}

// Stopped between two steps while another gets the turn: not one row more.
TEST_F(Purge, WhoHasLostTheTurnDeletesNothingMore) {
  ended_jobs(100);
  service_time(8 * day);
  PurgeRecords purge(link_, take(link_, "paused", -1s), {}, {.jobs_max = 10});
  ASSERT_EQ(must(purge.step()), Went::on);
  ASSERT_EQ(must(purge.step()), Went::on);
  EXPECT_EQ(count("job"), 90u);
  auto other = connect();
  take(other, "next");
  EXPECT_EQ(must(purge.step()), Went::turn_lost);
  EXPECT_EQ(count("job"), 90u);
  EXPECT_EQ(count("outcome"), 90u);
}

TEST_F(Purge, TheApplicationsAccountIsRefusedByTheDatabaseItself) {
  ended_jobs(1);
  service_time(8 * day);
  auto app = connect_as("app");
  const auto turn = take(app);
  PurgeRecords purge(app, turn, {});
  ASSERT_EQ(must(purge.step()), Went::on);
  const auto refused = purge.step();
  ASSERT_TRUE(std::holds_alternative<db::Trouble>(refused));
  EXPECT_EQ(std::get<db::Trouble>(refused).kind, db::Kind::denied);
  EXPECT_EQ(std::get<db::Trouble>(refused).code, 1142u);
  EXPECT_TRUE(there(1));
}

TEST_F(Purge, ThePurgesAccountMayDoAllOfIt) {
  ended_jobs(10, JobState::dead);
  service_time(40 * day);
  auto link = connect_as("purge");
  EXPECT_EQ(purge(link, take(link), {}).rows["dead"], 10u);
  EXPECT_EQ(count("submit_key"), 0u);
}

// Somebody says "keep", or runs a job again, between our look at it and its deletion: nothing of that step happens, and the
// next look sees it.
TEST_F(Purge, AJobThatIsWantedAtTheLastMomentStays) {
  for (const char* wish : {"INSERT INTO kept SELECT id, 'anna', 0 FROM job WHERE id = ? LOCK IN SHARE MODE",
                           "INSERT INTO retried SELECT id, (SELECT MAX(id) FROM job) FROM job WHERE id = ? LOCK IN SHARE MODE"}) {
    SCOPED_TRACE(wish);
    must(link_.execute("DELETE FROM kept"));
    ended_jobs_and_an_open_one(3);
    PurgeRecords purge(link_, take(link_, "a", -1s), {});
    ASSERT_EQ(must(purge.step()), Went::on);
    auto person = connect();
    must(person.execute("BEGIN"));
    must(person.execute(wish, {JobId::make(epoch_, made_ - 2).value}));
    db::Outcome<Went> went = Went::on;
    std::thread purging([&] { went = purge.step(); });
    auto watch = connect();
    await_lock_wait(watch);
    must(person.execute("COMMIT"));
    purging.join();
    EXPECT_EQ(must(went), Went::again);
    while (must(purge.step()) != Went::over) {}
    EXPECT_FALSE(there(made_ - 3));
    EXPECT_TRUE(there(made_ - 2));
    EXPECT_FALSE(there(made_ - 1));
  }
}

// A row that somebody holds: the step gives up after its lock wait, nothing is half done, the next one is smaller.
TEST_F(Purge, ALockedRowMakesTheNextStepSmaller) {
  ended_jobs(3);
  service_time(8 * day);
  PurgeRecords purge(link_, take(link_), {});
  ASSERT_EQ(must(purge.step()), Went::on);
  auto other = connect();
  must(other.execute("SET idle_transaction_timeout = 60"));
  must(other.execute("BEGIN"));
  must(other.query("SELECT 1 FROM outcome WHERE job_id = ? FOR UPDATE", {JobId::make(epoch_, 3).value}));
  EXPECT_EQ(must(purge.step()), Went::again);
  EXPECT_EQ(count("job"), 3u);
  EXPECT_EQ(purge.counts().retries, 1u);
  must(other.execute("ROLLBACK"));
  while (must(purge.step()) != Went::over) {}
  EXPECT_EQ(count("job"), 0u);
}

}  // namespace
}  // namespace cadre::test
