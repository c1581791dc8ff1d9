// Who purges records, on real processes and a real MariaDB: a holder that stands still in its turn, an account that may not
// delete, and a database that is no machine of the cluster's.
#include "common/database/schema.hpp"
#include "tests/e2e/cleaning.hpp"

namespace cadre::test {
namespace {

class CleanupRecords : public testing::Test {
 protected:
  static Cluster::Options options(const std::string& records_by) {
    Cluster::Options options;
    options.broker_yaml = cleaning_yaml("  records_by: " + records_by + "\n");
    options.workers = {"w1", "w2", "w3", "w4"};
    return options;
  }
  // This node could purge: it has the socket, and the password.
  static void can_purge(Cluster& cluster, const std::string& node) {
    cluster.write_worker_file(node, fmt::format("purge:\n  socket: {}\n  password_file: keys/purge.password\n", cluster.mariadb().settings().socket));
  }
  static void never_on_the_master(Cluster& cluster) { replace_in(cluster.config(), "purge:\n", "purge:\n  records: never\n"); }
};

// Elected, stopped in the middle for three leases: another goes on from there, and the first deletes nothing any more, though
// there is by now what it would have deleted.
TEST_F(CleanupRecords, AHolderThatStandsStillDeletesNothingAfterwards) {
  constexpr int before = 8'000, after = 300;
  Cluster cluster(options("elect"));
  never_on_the_master(cluster);
  can_purge(cluster, "w1");
  can_purge(cluster, "w2");
  up(cluster, 4);
  done_jobs(cluster, before);
  ASSERT_EQ(cluster.tool("cleanup run --no-wait").code, 0);
  ASSERT_TRUE(eventually(20s, [&] { return count(cluster, "job") < before; })) << cluster.worker("w1").log() << cluster.worker("w2").log();
  const std::string holder = holder_of(cluster, "cleanup/records").substr(0, 2), other = holder == "w1" ? "w2" : "w1";
  ASSERT_TRUE(holder == "w1" || holder == "w2") << holder;
  ASSERT_TRUE(stop_still(cluster.worker(holder)));
  const Instant stopped = os::boot_now();
  ASSERT_GT(count(cluster, "job"), 0u) << "it was to be stopped in the middle of it";
  ASSERT_TRUE(eventually(30s, [&] { return good_turns(cluster, "cleanup/records") == 1; })) << cluster.worker(other).log();
  EXPECT_EQ(cluster.query("SELECT node FROM cleanup_run WHERE ok").text(0, 0), other);
  EXPECT_EQ(count(cluster, "job"), 0u);
  done_jobs(cluster, after);
  Client client = cluster.client();
  ASSERT_TRUE(eventually(30s, [&] { return client.poll(10ms), os::boot_now() - stopped >= 3 * turn_ttl; }));
  cluster.worker(holder).signal(SIGCONT);
  EXPECT_TRUE(cluster.worker(holder).says("purge_ends", 20s)) << cluster.worker(holder).log();
  EXPECT_EQ(count(cluster, "job"), static_cast<std::uint64_t>(after));
  EXPECT_EQ(good_turns(cluster, "cleanup/records"), 1u);
  EXPECT_TRUE(says(cluster.worker(holder).log(), {"purge_begins", "purge_ends"}));
}

// The account of the application can take the turn, and MariaDB refuses it the first DELETE.
TEST_F(CleanupRecords, TheWrongAccountIsNamedInTheStatusAndTheLog) {
  Cluster cluster(options("auto"));
  cluster.execute("CREATE USER wrong@localhost IDENTIFIED BY 'only for deleting'");
  for (const auto& grant : db::grants("cadre", "app", "wrong@localhost")) cluster.execute(grant);
  replace_in(cluster.config(), "purge:\n", "purge:\n  user: wrong\n");
  up(cluster);
  done_jobs(cluster, 20);
  const Ran ran = cluster.tool("cleanup run --deadline 20s");
  EXPECT_NE(ran.code, 0) << ran.out;
  const std::vector<std::string> sentence = {"DELETE command denied to user 'wrong'@'localhost'", "only the account cadre_purge may delete jobs", "cadre db init"};
  EXPECT_TRUE(says(ran.out, sentence));
  EXPECT_TRUE(says(cluster.tool("cleanup status").out, sentence));
  EXPECT_TRUE(says(cluster.broker().log(), sentence));
  EXPECT_EQ(count(cluster, "job"), 20u);
  EXPECT_EQ(count(cluster, "outcome"), 20u);
}

// By TCP nobody can tell where the database is: nobody purges, and that is said loudly, until somebody is named.
TEST_F(CleanupRecords, WithADatabaseElsewhereNobodyPurgesUntilOneIsNamed) {
  auto external = options("auto");
  external.database_tcp = true;
  Cluster cluster(external);
  up(cluster, 4);
  done_jobs(cluster, 50);
  EXPECT_TRUE(cluster.broker().says("records_not_purged", 20s)) << cluster.broker().log();
  EXPECT_TRUE(eventually(20s, [&] { return cluster.tool("cleanup status").out.find("records: master does not purge") != std::string::npos; }));
  const Ran ran = cluster.tool("cleanup run --deadline 5s");
  EXPECT_NE(ran.code, 0);
  EXPECT_TRUE(says(ran.out, {"NOBODY PURGES RECORDS", "cleanup.records_by"}));
  EXPECT_TRUE(says(cluster.tool("cleanup status").out, {"NOBODY PURGES RECORDS, the database only grows", "cleanup.records_by on the master, or say elect"}));
  EXPECT_EQ(count(cluster, "job"), 50u);
  EXPECT_EQ(count(cluster, "cleanup_run WHERE duty = 'cleanup/records'"), 0u);
  ASSERT_EQ(cluster.broker().stop(10s), 0);
  replace_in(cluster.config(), "records_by: auto", "records_by: master");
  cluster.start_broker();
  cluster.wait_for_nodes(4);
  EXPECT_TRUE(eventually(30s, [&] { return good_turns(cluster, "cleanup/records") == 1; })) << "the wish still stands: " << cluster.broker().log();
  EXPECT_EQ(count(cluster, "job"), 0u);
  const Ran status = cluster.tool("cleanup status");
  EXPECT_TRUE(says(status.out, {"records: master purges"}));
  EXPECT_EQ(status.out.find("NOBODY"), std::string::npos) << status.out;
}

// Elected from three that can: each wish is answered by one turn of one of them, never by two at once; and when the one that
// did it is gone, another does it.
TEST_F(CleanupRecords, OfThoseThatCanExactlyOnePurgesAtATime) {
  auto external = options("elect");
  external.database_tcp = true;
  Cluster cluster(external);
  can_purge(cluster, "w1");
  can_purge(cluster, "w2");
  up(cluster, 4);
  std::set<std::string> able = {"master", "w1", "w2"};
  for (std::uint64_t wish = 1; wish <= 3; ++wish) {
    done_jobs(cluster, 1'500);
    const Ran ran = cluster.tool("cleanup run --deadline 30s");
    ASSERT_EQ(ran.code, 0) << ran.out;
    EXPECT_EQ(count(cluster, "job"), 0u);
    EXPECT_EQ(count(cluster, "cleanup_run WHERE duty = 'cleanup/records'"), wish) << "one turn for one wish";
    const std::string by = cluster.query("SELECT node FROM cleanup_run WHERE duty = 'cleanup/records' ORDER BY epoch DESC LIMIT 1").text(0, 0);
    EXPECT_TRUE(able.contains(by)) << by << " is gone, or never could";
    able.erase(by);
    if (by != "master") {
      cluster.worker(by).kill9();
      continue;
    }
    never_on_the_master(cluster);
    ASSERT_EQ(cluster.broker().stop(10s), 0);
    cluster.start_broker();
    cluster.wait_for_nodes(2 + able.size());
  }
  const auto overlap = cluster.query("SELECT CAST(COUNT(*) AS UNSIGNED) FROM cleanup_run a JOIN cleanup_run b ON a.duty = b.duty AND a.epoch < b.epoch "
                                     "WHERE a.duty = 'cleanup/records' AND b.began < a.ended");
  EXPECT_EQ(overlap.u64(0, 0), 0u);
}

}  // namespace
}  // namespace cadre::test
