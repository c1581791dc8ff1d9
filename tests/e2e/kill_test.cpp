// Kill -9 of broker, worker and MariaDB at random moments under load: nothing accepted is lost, nothing is recorded
// twice, and with broker or database kills alone nothing runs twice. No manual step in any case.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "common/base/mix.hpp"
#include "common/os/clock.hpp"
#include "tests/e2e/history.hpp"
#include "tests/e2e/load_generator.hpp"

namespace cadre::test {
namespace {

constexpr int kills = 20;
// A node that a busy machine keeps silent for some seconds is not lost: what is killed here is killed by us.
constexpr const char* policy = "policy:\n  seat_ttl: 1s\n  lease_ttl: 30s\n  beat_interval: 200ms\n  free_space_min: 16MiB\n";

Cluster::Options patient() {
  Cluster::Options options;
  options.broker_yaml = policy;
  return options;
}

std::string tail(const std::string& log) { return log.substr(log.size() - std::min<std::size_t>(log.size(), 4000)); }

class Kill : public testing::Test {
 protected:
  Kill() {
    add_witness(cluster_, witness_);
    cluster_.start_broker();
    cluster_.start_worker("w1");
    cluster_.start_worker("w2");
    cluster_.wait_for_nodes(2);
  }

  // Waits until some more jobs have been accepted, so that every kill hits a cluster at work.
  void let_it_work(LoadGenerator& load, int round) {
    const std::size_t before = load.accepted();
    ASSERT_TRUE(eventually(60s, [&] { return load.accepted() >= before + 5 + mix(static_cast<std::uint64_t>(round)) % 40 || !load.trouble().empty(); })) << tail(cluster_.broker().log());
    ASSERT_EQ(load.trouble(), "");
  }

  void drain_and_check(LoadGenerator& load, bool once) {
    History history;
    history.accepted = load.finish();
    ASSERT_EQ(load.trouble(), "");
    ASSERT_TRUE(eventually(120s, [&] { return cluster_.query("SELECT COUNT(*) FROM job j LEFT JOIN outcome o ON o.job_id=j.id WHERE o.job_id IS NULL").i64(0, 0) == 0; }))
        << cluster_.broker().log().substr(0, 4000);
    history.read_witness(witness_);
    EXPECT_EQ(history.broken(cluster_, once), "") << how_attempts_ended() << tail(cluster_.broker().log());
    expect_whole_blobs();
    EXPECT_GT(history.accepted.size(), static_cast<std::size_t>(kills));
    std::printf("%zu jobs accepted, %zu engine starts, %zu engine ends\n", history.accepted.size(), history.starts.size(), history.ends);
  }

  // Of those that were not the last of their job: what broke a promise is among them.
  std::string how_attempts_ended() {
    const auto rows = cluster_.query("SELECT job_id, number, node, cause, message FROM attempt_end ORDER BY wall LIMIT 50");
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i)
      text += fmt::format("{} attempt {} on {}: cause {}, {}\n", to_string(JobId{rows.u64(i, 0)}), rows.u64(i, 1), rows.text(i, 2), rows.u64(i, 3), rows.text(i, 4));
    return text;
  }

  // Every fact that names a blob names one that is there to its last byte.
  void expect_whole_blobs() {
    const auto count = [&](const std::string& sql) { return cluster_.query("SELECT COUNT(*) FROM " + sql).i64(0, 0); };
    const auto stored = [](const std::string& blob) { return "(SELECT SUM(LENGTH(bytes)) FROM blob_chunk WHERE blob_id=" + blob + ")"; };
    EXPECT_GT(count("job WHERE payload_blob<>0"), 0);
    EXPECT_EQ(count("job WHERE payload_blob<>0 AND NOT payload_bytes <=> " + stored("payload_blob")), 0);
    EXPECT_GT(count("outcome WHERE result_blob<>0"), 0);
    EXPECT_EQ(count("outcome WHERE result_blob<>0 AND NOT SUBSTRING_INDEX(files, ' ', -1) + 0 <=> " + stored("result_blob")), 0);
  }

  Cluster cluster_{patient()};
  const std::filesystem::path witness_ = cluster_.desk() / "witness.txt";
};

TEST_F(Kill, TheBrokerLosesNothingAndRunsNothingTwice) {
  LoadGenerator load(cluster_.client_settings());
  for (int round = 0; round < kills; ++round) {
    let_it_work(load, round);
    cluster_.broker().kill9();
    cluster_.start_broker();
  }
  drain_and_check(load, true);
}

TEST_F(Kill, MariaDbLosesNothingAndRunsNothingTwice) {
  LoadGenerator load(cluster_.client_settings());
  for (int round = 0; round < kills; ++round) {
    let_it_work(load, round);
    cluster_.mariadb().kill9();
    cluster_.mariadb().start();
  }
  drain_and_check(load, true);
}

TEST_F(Kill, AWorkerLosesItsEnginesAndItsJobsRunElsewhere) {
  LoadGenerator load(cluster_.client_settings());
  for (int round = 0; round < kills; ++round) {
    let_it_work(load, round);
    const std::string name = round % 2 == 0 ? "w1" : "w2";
    cluster_.worker(name).kill9();
    cluster_.start_worker(name);
  }
  drain_and_check(load, false);
}

TEST_F(Kill, EverythingAtOnceNeedsNoMoreThanToBeStartedAgain) {
  LoadGenerator load(cluster_.client_settings());
  for (int round = 0; round < 5; ++round) {
    let_it_work(load, round);
    cluster_.broker().kill9();
    cluster_.worker("w1").kill9();
    cluster_.worker("w2").kill9();
    cluster_.mariadb().kill9();
    // In another order each time.
    const auto start = [&](int what) {
      if (what == 0) cluster_.mariadb().start();
      if (what == 1) cluster_.start_broker();
      if (what == 2) cluster_.start_worker("w1"), cluster_.start_worker("w2");
    };
    for (int i = 0; i < 3; ++i) start((i * (1 + round % 2) + round) % 3);
  }
  drain_and_check(load, false);
}

}  // namespace
}  // namespace cadre::test
