// The sample that a forecast rests on, against what was really written: how many jobs a day, by queue, and how fast the files
// on the disk grew. Tolerances are stated with each number.
#include <filesystem>

#include <nlohmann/json.hpp>

#include "common/cleanup/office.hpp"
#include "common/cleanup/sample.hpp"
#include "common/os/clock.hpp"
#include "tests/contract/cleanup/fixture.hpp"

namespace cadre::test {
namespace {

using cleanup::Growth;
using Json = nlohmann::json;

constexpr Duration day = 24h;

class Sampling : public Cleaning {
 protected:
  static constexpr std::int64_t invoices_a_day = 400, proofs_a_day = 100;
  static constexpr std::size_t invoice_bytes = 4'000, proof_bytes = 20'000;

  // Days of service, the first is 0: each with all its jobs, evenly over the day, done an hour later.
  void days(std::int64_t first, std::int64_t count) {
    const std::int64_t a_day = invoices_a_day + proofs_a_day;
    for (std::int64_t d = first; d < first + count; ++d) {
      Batch batch;
      for (std::int64_t i = 0; i < a_day; ++i) {
        const Duration accepted = d * day + i * day / a_day;
        const bool proof = i % (a_day / proofs_a_day) == 0;
        JobRow row = job(++sequence_, accepted);
        row.request.key = fmt::format("key-{}-{:06}", epoch_.value, sequence_);
        row.request.queue = proof ? "proofs" : "invoices";
        row.request.body = std::make_shared<Body>(Body{"{}", Bytes(proof ? proof_bytes : invoice_bytes, 'x')});
        row.request.digest = digest_of(row.request);
        batch.jobs.push_back(row);
        batch.outcomes.push_back(outcome(sequence_, JobState::done, accepted + 1h));
      }
      write(batch);
    }
    service_time((first + count) * day);
  }
  void next_term() {
    if (!std::holds_alternative<Done>(store_->give_up_seat(epoch_))) throw std::runtime_error("the seat was not given up");
    epoch_ = std::get<Granted>(store_->take_seat("broker", 1h, std::nullopt)).epoch;
    sequence_ = 0;
  }
  // The statistics of the server are some seconds behind.
  Growth growth() {
    for (const char* table : {"job", "attempt", "outcome", "submit_key", "queue_block"}) (void)must(link_.query(std::string("ANALYZE TABLE ") + table));
    return must(cleanup::read_growth(link_));
  }
  std::uint64_t on_disk() const {
    std::uint64_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(server().directory() / "data" / settings_.schema)) sum += file.file_size();
    return sum;
  }
  static double jobs_in(const std::vector<cleanup::SampledJob>& jobs, const std::string& queue = "") {
    double sum = 0;
    for (const auto& one : jobs)
      if (queue.empty() || one.queue == queue) sum += one.stands_for;
    return sum;
  }

  std::uint64_t sequence_ = 0;
};

// 500 jobs a day for 20 days, in two terms of a broker: 10,000 jobs, of which some 2,000 are read. Counts within 3 %, by
// queue within 10 %; bytes a day against the growth of the files within 15 % (they grow by several megabytes at once).
TEST_F(Sampling, KnowsWhatComesADay) {
  days(0, 9);
  const std::uint64_t before = on_disk();  // when each file has had its first pages, and some ahead
  next_term();
  days(9, 11);
  const Growth read = growth();
  EXPECT_EQ(read.window, 7 * day);
  EXPECT_LT(read.all.size(), 3'500u) << "a sample";
  EXPECT_NEAR(jobs_in(read.all), 10'000, 300);
  EXPECT_NEAR(jobs_in(read.recent), 3'500, 105);
  EXPECT_NEAR(jobs_in(read.recent, "proofs"), 700, 70);

  cleanup::Retention retention;
  retention.keep.done = 100 * day;
  const auto told = cleanup::forecast(read, retention, {});
  EXPECT_NEAR(told.queues.at("invoices").jobs, invoices_a_day, 0.05 * invoices_a_day);
  EXPECT_NEAR(told.queues.at("proofs").jobs, proofs_a_day, 0.1 * proofs_a_day);
  const double grew = static_cast<double>(on_disk() - before) / 11;
  EXPECT_NEAR(told.day.bytes, grew, 0.15 * grew);
}

// Of 30 days one queue was purged down to 3; few of many ids are left in the older part. The number of jobs within 10 %, and
// the rate of either queue within 10 %, although one of them is only known from 3 days.
TEST_F(Sampling, KnowsItAlsoBehindAPurgeThatLeftGaps) {
  days(0, 30);
  cleanup::Retention retention;
  retention.keep.done = 3 * day;
  retention.queues["proofs"].done = 365 * day;
  auto turn = take(link_);
  purge(link_, turn, retention);
  const double left = static_cast<double>(count("job"));
  ASSERT_NEAR(left, 30 * proofs_a_day + 3 * invoices_a_day, 100);
  const Growth read = growth();
  EXPECT_NEAR(jobs_in(read.all), left, 0.1 * left);
  const auto told = cleanup::forecast(read, retention, {});
  EXPECT_NEAR(told.queues.at("invoices").jobs, invoices_a_day, 0.1 * invoices_a_day);
  EXPECT_NEAR(told.queues.at("proofs").jobs, proofs_a_day, 0.1 * proofs_a_day);
}

TEST_F(Sampling, AYoungClusterSaysNothing) {
  Batch batch;
  batch.jobs.push_back(job(1));
  write(batch);
  service_time(59min);
  EXPECT_EQ(growth().window, Duration{});
  cleanup::Office office(settings_);
  const auto told = office.forecast(os::wall_now());
  EXPECT_FALSE(told) << "no policy was written";
  ASSERT_TRUE(office.write_policy({}, os::wall_now()));
  const Json json = Json::parse(*office.forecast(os::wall_now()));
  EXPECT_EQ(json["window"], 0);
  EXPECT_FALSE(json.contains("full_in"));
}

TEST_F(Sampling, AnEmptyOneIsNoTrouble) {
  service_time(30 * day);
  const auto told = cleanup::forecast(growth(), {}, {});
  EXPECT_EQ(told.day.jobs, 0);
  EXPECT_FALSE(told.full_in);
}

// All the way, with the volume that the server is on: some room, and a bound that takes it all away.
TEST_F(Sampling, TheOfficeTellsWhatBecomesOfIt) {
  days(0, 10);
  (void)growth();
  cleanup::Office office(settings_);
  cleanup::Policy policy;
  ASSERT_TRUE(office.write_policy(policy, os::wall_now()));
  const Json json = Json::parse(*office.forecast(os::wall_now()));
  EXPECT_GT(json["room"], json["in_use"]) << json;
  EXPECT_TRUE(json["full_in"].is_null()) << "some 10 MB a day, for a week: " << json;
  EXPECT_GT(json["keep_done"], Duration{7 * day}.count()) << json;
  EXPECT_NEAR(json["jobs_per_day"].get<double>(), 500, 25);
  policy.free_space_min = UINT64_MAX / 2;
  ASSERT_TRUE(office.write_policy(policy, os::wall_now()));
  const Json full = Json::parse(*office.forecast(os::wall_now()));
  EXPECT_EQ(full["full_in"], 0) << full;
  EXPECT_TRUE(full["keep_done"].is_null()) << full;
}

}  // namespace
}  // namespace cadre::test
