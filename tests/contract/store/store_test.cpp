// What every store promises, one promise a test; each runs on the store in memory and on MariaDB.
#include <gtest/gtest.h>

#include "common/database/schema.hpp"
#include "common/os/clock.hpp"
#include "tests/contract/store/stores.hpp"

namespace cadre::test {
namespace {

constexpr Duration expired_already = -1ms;
using Runs = std::vector<std::pair<JobId, JobId>>;

class EveryStore : public testing::TestWithParam<const char*> {
 protected:
  EveryStore() {
    const bool memory = std::string(GetParam()) == "memory";
    if (!memory) settings_ = fresh_schema();
    store_ = open();
  }
  std::unique_ptr<Store> open() {
    if (std::string(GetParam()) == "memory") return std::make_unique<MemoryStore>(tables_, os::wall_now);
    return std::make_unique<MariadbStore>(settings_);
  }
  Epoch take(const std::string& holder = "a") { return std::get<Granted>(store_->take_seat(holder, 1h, std::nullopt)).epoch; }
  static JobRow job(Epoch epoch, std::uint64_t sequence, std::string key) {
    JobRow row;
    row.id = JobId::make(epoch, sequence);
    row.client = "anna";
    row.request.key = std::move(key);
    row.request.engine = "echo";
    row.request.body = std::make_shared<Body>(Body{"{}", "payload"});
    row.request.digest = digest_of(row.request);
    return row;
  }
  std::shared_ptr<MemoryTables> tables_ = std::make_shared<MemoryTables>();
  db::Settings settings_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(, EveryStore, testing::Values("memory", "mariadb"), [](const auto& one) { return std::string(one.param); });

TEST_P(EveryStore, GrantsTheSeatToOneAndNamesItToTheOthers) {
  EXPECT_EQ(take("first").value, 1u);
  const auto second = store_->take_seat("second", 1h, std::nullopt);
  ASSERT_TRUE(std::holds_alternative<FencedOut>(second));
  EXPECT_EQ(std::get<FencedOut>(second).holder, "first");
  const auto seat = std::get<Seat>(store_->look_at_seat());
  EXPECT_EQ(seat.holder, "first");
  EXPECT_FALSE(seat.expired);
}

TEST_P(EveryStore, GrantsAnExpiredSeatAndAStaleOneWithAGrowingEpoch) {
  EXPECT_EQ(std::get<Granted>(store_->take_seat("a", expired_already, std::nullopt)).epoch.value, 1u);
  EXPECT_EQ(std::get<Granted>(store_->take_seat("b", 1h, std::nullopt)).epoch.value, 2u);
  // By the store's clock it is valid for an hour; whoever has seen it unchanged for long enough may take it all the same.
  const auto seen = std::get<Seat>(store_->look_at_seat()).renewals;
  EXPECT_EQ(std::get<Granted>(store_->take_seat("c", 1h, seen)).epoch.value, 3u);
  EXPECT_TRUE(std::holds_alternative<FencedOut>(store_->take_seat("d", 1h, seen))) << "a counter that has moved is no reason";
}

TEST_P(EveryStore, RefusesEveryWriteUnderAnOlderEpoch) {
  const Epoch old = std::get<Granted>(store_->take_seat("a", expired_already, std::nullopt)).epoch;
  take("b");
  Batch batch;
  batch.jobs.push_back(job(old, 1, "k"));
  EXPECT_TRUE(std::holds_alternative<FencedOut>(store_->apply(old, batch)));
  EXPECT_TRUE(std::holds_alternative<FencedOut>(store_->renew_seat(old, 1h)));
  EXPECT_TRUE(std::holds_alternative<FencedOut>(store_->tick_clock(old, 1s)));
  EXPECT_FALSE(std::get<std::optional<JobFacts>>(store_->facts(JobId::make(old, 1), With::facts)).has_value());
}

TEST_P(EveryStore, GivesAFreedSeatToTheNextAtOnce) {
  const Epoch epoch = take("a");
  EXPECT_TRUE(std::holds_alternative<Done>(store_->give_up_seat(epoch)));
  EXPECT_EQ(take("b").value, epoch.value + 1);
}

TEST_P(EveryStore, StoresOneJobForAKeyAndNamesItToEveryRepeat) {
  const Epoch epoch = take();
  Batch first;
  first.jobs.push_back(job(epoch, 1, "invoice-4711"));
  EXPECT_EQ(show(store_->apply(epoch, first)), "committed");
  Batch again;
  again.jobs.push_back(job(epoch, 2, "invoice-4711"));
  again.jobs.push_back(job(epoch, 3, "invoice-4712"));
  EXPECT_EQ(show(store_->apply(epoch, again)), "committed 1-2 repeats 1-1 same");
  Batch other;
  other.jobs.push_back(job(epoch, 4, "invoice-4711"));
  other.jobs.back().request.digest[0] ^= 1;
  EXPECT_EQ(show(store_->apply(epoch, other)), "committed 1-4 repeats 1-1 other");
  EXPECT_EQ(show(store_->apply(epoch, first)), "committed") << "the batch that made it, once more";
}

TEST_P(EveryStore, NeverAdvancesTheServiceClockByMoreThanTheCallersTimeOrTwoSeconds) {
  const Epoch epoch = take();
  const auto start = std::get<ServiceTime>(store_->tick_clock(epoch, 1h));
  const auto soon = std::get<ServiceTime>(store_->tick_clock(epoch, 1h));
  EXPECT_LE(soon - start, 2s);
  EXPECT_GE(soon, start);
  EXPECT_EQ(std::get<ServiceTime>(store_->tick_clock(epoch, Duration{0})), soon) << "no time has passed at the caller";
}

TEST_P(EveryStore, StartsFromTheCheckpointWithoutLosingWhatIsOpen) {
  const Epoch epoch = take();
  Batch batch;
  for (std::uint64_t i = 1; i <= 30; ++i) batch.jobs.push_back(job(epoch, i, "k" + std::to_string(i)));
  ASSERT_EQ(show(store_->apply(epoch, batch)), "committed");
  Batch ends;
  for (std::uint64_t i = 1; i <= 30; ++i) {
    if (i == 4 || i == 5 || i == 17) continue;
    OutcomeRow row;
    row.job = JobId::make(epoch, i);
    row.end.attempt = {row.job, 1};
    ends.outcomes.push_back(row);
  }
  ends.checkpoints.push_back({JobId::make(epoch, 30), {{JobId::make(epoch, 4), JobId::make(epoch, 5)}, {JobId::make(epoch, 17), JobId::make(epoch, 17)}}});
  ASSERT_EQ(show(store_->apply(epoch, ends)), "committed");
  Batch later;
  later.jobs.push_back(job(epoch, 31, "k31"));
  ASSERT_EQ(show(store_->apply(epoch, later)), "committed");
  const auto open = std::get<std::vector<OpenJob>>(store_->load_open(JobId{}, 100));
  std::string ids;
  for (const auto& one : open) ids += to_string(one.id) + " ";
  EXPECT_EQ(ids, "1-4 1-5 1-17 1-31 ");
}

std::string bytes_of_any_kind(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 11);
  return bytes;
}

TEST_P(EveryStore, GivesBackWholeWhatWasPutDownInChunksAheadOfItsFact) {
  const Epoch epoch = take();
  Batch batch;
  batch.jobs.push_back(job(epoch, 1, "large"));
  JobRow& row = batch.jobs.back();
  row.request.body = std::make_shared<Body>(Body{R"({"a":1})", bytes_of_any_kind(3 * Store::blob_chunk_bytes + 17)});
  row.request.blob = BlobId::make(epoch, 1);
  OutcomeRow outcome;
  outcome.job = row.id;
  outcome.end.attempt = {row.id, 1};
  outcome.end.output = std::make_shared<Output>(Output{{"one.pdf", bytes_of_any_kind(100'000)}, {"empty", ""}, {"two.pdf", bytes_of_any_kind(70'000)}});
  outcome.end.blob = BlobId::make(epoch, 2);
  const std::vector<Blob> blobs{{row.request.blob, row.client, row.request.key, {}, {row.request.body->payload}},
                                {outcome.end.blob, "", "", outcome.end.attempt, {(*outcome.end.output)[0].bytes, (*outcome.end.output)[1].bytes, (*outcome.end.output)[2].bytes}}};
  const auto any_pace = [] { return std::uint64_t{100'000}; };
  for (int times = 0; times < 2; ++times)  // the second time because an answer was lost
    EXPECT_EQ(std::get<std::set<BlobId>>(store_->put_blobs(blobs, any_pace)).size(), 2u);
  EXPECT_EQ(show(store_->facts(row.id, With::facts)), "no such job") << "a blob is not a fact";
  ASSERT_EQ(show(store_->apply(epoch, batch)), "committed");

  const auto bodies = std::get<std::vector<std::pair<JobId, BodyPtr>>>(store_->bodies({row.id}));
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_TRUE(bodies[0].second->payload == row.request.body->payload);
  EXPECT_EQ(bodies[0].second->params, row.request.body->params);
  EXPECT_EQ(std::get<std::vector<OpenJob>>(store_->load_open(JobId{}, 10)).at(0).body_bytes, row.request.body->size());
  Batch end;
  end.outcomes.push_back(outcome);
  ASSERT_EQ(show(store_->apply(epoch, end)), "committed");
  const auto with_body = std::get<std::optional<JobFacts>>(store_->facts(row.id, With::body));
  EXPECT_TRUE(with_body->row.request.body->payload == row.request.body->payload);
  EXPECT_EQ(with_body->payload_bytes, row.request.body->payload.size());
  EXPECT_FALSE(with_body->row.request.blob) << "who repeats the job puts its payload down anew";
  const auto with_output = std::get<std::optional<JobFacts>>(store_->facts(row.id, With::output));
  ASSERT_EQ(with_output->outcome->end.output->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*with_output->outcome->end.output)[i].name, (*outcome.end.output)[i].name);
    EXPECT_TRUE((*with_output->outcome->end.output)[i].bytes == (*outcome.end.output)[i].bytes) << i;
  }
}

TEST_P(EveryStore, PutsNoPayloadDownWhoseKeyIsKnown) {
  const Epoch epoch = take();
  Batch batch;
  batch.jobs.push_back(job(epoch, 1, "k"));
  ASSERT_EQ(show(store_->apply(epoch, batch)), "committed");
  const std::vector<Blob> blobs{{BlobId::make(epoch, 1), "anna", "k", {}, {"again"}}, {BlobId::make(epoch, 2), "tom", "k", {}, {"his own"}}};
  EXPECT_EQ(std::get<std::set<BlobId>>(store_->put_blobs(blobs, [] { return std::uint64_t{1}; })), std::set<BlobId>{BlobId::make(epoch, 2)});
}

// A list of open jobs asks for rows by id and for where a batch lies; neither looks at what is kept.
TEST_P(EveryStore, ReadsRowsByIdAndKnowsWhereABatchLies) {
  const Epoch epoch = take();
  std::uint64_t sequence = 0;
  for (int i = 0; i < 3; ++i) {  // transactions: two jobs of monday, one without a batch, one of tuesday
    Batch batch;
    for (const char* name : {"monday", "monday", "", "tuesday"}) {
      ++sequence;
      batch.jobs.push_back(job(epoch, sequence, "key-" + std::to_string(sequence)));
      batch.jobs.back().request.batch = name;
      batch.jobs.back().accepted_wall = WallTime{std::chrono::seconds(1'767'225'600)};
    }
    ASSERT_TRUE(std::holds_alternative<Committed>(store_->apply(epoch, batch)));
  }
  const auto id = [&](std::uint64_t number) { return JobId::make(epoch, number); };
  const auto runs = [&](JobId before, std::uint32_t limit) { return std::get<Runs>(store_->batch_runs("monday", before, limit)); };
  EXPECT_EQ(runs(JobId{}, 10), (Runs{{id(9), id(10)}, {id(5), id(6)}, {id(1), id(2)}}));
  EXPECT_EQ(runs(JobId{}, 2), (Runs{{id(9), id(10)}, {id(5), id(6)}}));
  EXPECT_EQ(runs(id(6), 10), (Runs{{id(5), id(5)}, {id(1), id(2)}}));
  EXPECT_EQ(runs(id(1), 10), Runs{});
  EXPECT_EQ(std::get<Runs>(store_->batch_runs("sunday", JobId{}, 10)), Runs{});

  ListFilter filter;
  filter.ids = {id(10), id(8), id(3), id(2), id(99)};
  const auto found = [&] {
    std::vector<JobId> ids;
    const auto page = std::get<ListPage>(store_->list(filter));
    for (const auto& facts : page.jobs) {
      ids.push_back(facts.row.id);
      EXPECT_EQ(facts.row.accepted_wall, WallTime{std::chrono::seconds(1'767'225'600)});
    }
    return ids;
  };
  EXPECT_EQ(found(), (std::vector<JobId>{id(10), id(8), id(3), id(2)})) << "newest first, whatever the order asked in";
  filter.batch = "monday";
  EXPECT_EQ(found(), (std::vector<JobId>{id(10), id(2)}));
}

TEST_P(EveryStore, AnotherConnectionSeesWhatIsCommitted) {
  const Epoch epoch = take();
  Batch batch;
  batch.jobs.push_back(job(epoch, 1, "k"));
  ASSERT_EQ(show(store_->apply(epoch, batch)), "committed");
  const auto other = open();
  const auto found = std::get<0>(other->bodies({JobId::make(epoch, 1)}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].second->payload, "payload");
}

// --- MariaDB alone: what the database itself refuses (guarantees.md 6), and what it costs to be killed ------------------

class TheDatabase : public testing::Test {
 protected:
  static db::Link connect(const db::Settings& settings) { return std::get<db::Link>(db::Link::connect(settings)); }
  static unsigned error_of(const db::Outcome<std::uint64_t>& outcome) {
    const auto* trouble = std::get_if<db::Trouble>(&outcome);
    return trouble == nullptr ? 0 : trouble->code;
  }
};

TEST_F(TheDatabase, RefusesToChangeAFactAndToDeleteAnOpenJob) {
  const auto settings = fresh_schema();
  MariadbStore store(settings);
  const Epoch epoch = std::get<Granted>(store.take_seat("a", 1h, std::nullopt)).epoch;
  Batch batch;
  JobRow row;
  row.id = JobId::make(epoch, 1);
  row.client = "anna";
  row.request.key = "k";
  row.request.engine = "echo";
  batch.jobs.push_back(row);
  batch.attempts.push_back({{row.id, 1}, {"n", {1}}, {}, {}});
  ASSERT_EQ(show(store.apply(epoch, batch)), "committed");
  auto link = connect(settings);
  constexpr unsigned signalled = 1644, duplicate = 1062;
  EXPECT_EQ(error_of(link.execute("UPDATE job SET priority=1")), signalled);
  EXPECT_EQ(error_of(link.execute("UPDATE attempt SET node='x'")), signalled);
  EXPECT_EQ(error_of(link.execute("DELETE FROM job")), signalled) << "it has no outcome";
  EXPECT_EQ(error_of(link.execute("INSERT INTO attempt SELECT * FROM attempt")), duplicate);
  Batch end;
  OutcomeRow outcome;
  outcome.job = row.id;
  outcome.end.attempt = {row.id, 1};
  end.outcomes.push_back(outcome);
  ASSERT_EQ(show(store.apply(epoch, end)), "committed");
  EXPECT_EQ(error_of(link.execute("UPDATE outcome SET state=4")), signalled);
  EXPECT_EQ(error_of(link.execute("INSERT INTO outcome SELECT * FROM outcome")), duplicate);
}

TEST_F(TheDatabase, GivesTheApplicationNoWayToDeleteJobs) {
  auto settings = fresh_schema();
  auto admin = connect(settings);
  ASSERT_EQ(error_of(admin.execute("CREATE USER IF NOT EXISTS cadre_app@localhost")), 0u);
  for (const auto& grant : db::grants(settings.schema, "app", "cadre_app@localhost")) ASSERT_EQ(error_of(admin.execute(grant)), 0u) << grant;
  auto app = connect(server().settings("cadre_app", settings.schema));
  constexpr unsigned denied = 1142;
  for (const char* table : {"job", "attempt", "attempt_end", "outcome", "outcome_rare", "retried", "batch_range", "queue_block", "blob_owner", "blob_chunk"})
    EXPECT_EQ(error_of(app.execute(std::string("DELETE FROM ") + table)), denied) << table;
  MariadbStore store(server().settings("cadre_app", settings.schema));
  EXPECT_TRUE(std::get<std::vector<std::string>>(store.objections({1 << 20})).empty());
}

// However it came to it: everything, the schema, its name as a pattern, the table, a role.
TEST_F(TheDatabase, RefusesABrokerThatMayDeleteJobs) {
  const auto settings = fresh_schema();
  auto admin = connect(settings);
  std::string pattern = settings.schema;
  pattern.replace(pattern.size() - 1, 1, "_");
  const std::pair<const char*, std::string> ways[] = {{"everything", "GRANT ALL PRIVILEGES ON *.* TO way"},
                                                      {"the schema", "GRANT SELECT, INSERT, DELETE ON `" + settings.schema + "`.* TO way"},
                                                      {"a pattern", "GRANT SELECT, DELETE ON `" + pattern + "`.* TO way"},
                                                      {"the table", "GRANT SELECT, DELETE ON `" + settings.schema + "`.job TO way"},
                                                      {"a role", "GRANT deleters TO way"}};
  ASSERT_EQ(error_of(admin.execute("CREATE ROLE IF NOT EXISTS deleters")), 0u);
  ASSERT_EQ(error_of(admin.execute("GRANT SELECT, DELETE ON `" + settings.schema + "`.job TO deleters")), 0u);
  for (const auto& [way, grant] : ways) {
    ASSERT_EQ(error_of(admin.execute("CREATE OR REPLACE USER way")), 0u);
    ASSERT_EQ(error_of(admin.execute("GRANT SELECT ON *.* TO way")), 0u);
    {
      MariadbStore reader(server().settings("way", settings.schema));
      EXPECT_TRUE(std::get<std::vector<std::string>>(reader.objections({1 << 20})).empty()) << way;
    }
    ASSERT_EQ(error_of(admin.execute(grant)), 0u) << grant;
    if (std::string_view(way) == "a role") {
      ASSERT_EQ(error_of(admin.execute("SET DEFAULT ROLE deleters FOR way")), 0u);
    }
    MariadbStore store(server().settings("way", settings.schema));
    const auto found = std::get<std::vector<std::string>>(store.objections({1 << 20}));
    ASSERT_EQ(found.size(), 1u) << way;
    EXPECT_NE(found[0].find("may delete jobs"), std::string::npos) << found[0];
    EXPECT_TRUE(std::get<std::vector<std::string>>(store.objections({1 << 20, false})).empty()) << "database.accounts: legacy puts up with it";
  }
  EXPECT_EQ(error_of(admin.execute("DROP USER way")), 0u);
  EXPECT_EQ(error_of(admin.execute("DROP ROLE deleters")), 0u);
}

TEST_F(TheDatabase, IsRefusedWhereItCouldLoseWhatItAccepted) {
  const auto settings = fresh_schema();
  auto admin = connect(settings);
  ASSERT_EQ(error_of(admin.execute("SET GLOBAL innodb_flush_log_at_trx_commit=2")), 0u);
  MariadbStore store(settings);
  const auto found = std::get<std::vector<std::string>>(store.objections({1 << 20}));
  ASSERT_EQ(error_of(admin.execute("SET GLOBAL innodb_flush_log_at_trx_commit=1")), 0u);
  ASSERT_FALSE(found.empty());
  EXPECT_NE(found[0].find("SET GLOBAL innodb_flush_log_at_trx_commit=1"), std::string::npos);
}

}  // namespace
}  // namespace cadre::test
