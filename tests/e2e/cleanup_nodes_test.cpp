// Four nodes that want to clean at once, on real processes and a real MariaDB: never together, and what becomes of a turn whose
// holder is killed or stands still in it.
#include "tests/e2e/watcher.hpp"

namespace cadre::test {
namespace {

const std::vector<std::string> four = {"w1", "w2", "w3", "w4"};

class CleanupNodes : public testing::Test {
 protected:
  static Cluster::Options options(const std::string& lease_ttl = "5s") {
    Cluster::Options options;
    options.broker_yaml = cleaning_yaml("", lease_ttl);
    options.workers = four;
    return options;
  }
  // w1 in the middle of its turn, stopped there; how many files it has left.
  static std::size_t stopped_while_removing(Cluster& cluster, int planted) {
    plant(cluster, "w1", planted, as_a_stray);
    const Ran seen = cluster.tool(wish_for("w1"));
    EXPECT_EQ(seen.code, 0) << seen.out;
    EXPECT_EQ(files_in(orphan(cluster, "w1", as_a_stray)), static_cast<std::size_t>(planted)) << "one reading is not enough";
    EXPECT_EQ(cluster.tool(wish_for("w1") + " --no-wait").code, 0);
    EXPECT_TRUE(eventually(20s, [&] { return files_in(orphan(cluster, "w1", as_a_stray)) < static_cast<std::size_t>(planted); })) << cluster.worker("w1").log();
    EXPECT_TRUE(stop_still(cluster.worker("w1")));
    EXPECT_TRUE(holder_of(cluster, "cleanup/place/1").starts_with("w1 ")) << holder_of(cluster, "cleanup/place/1");
    const std::size_t left = files_in(orphan(cluster, "w1", as_a_stray));
    EXPECT_GT(left, 1'000u) << "it was to be stopped in the middle of it";
    return left;
  }
};

// Everybody wants to clean at the same moment, twice: one after the other, all come to their end, and jobs run meanwhile.
TEST_F(CleanupNodes, ManyNodesNeverCleanTogether) {
  constexpr int planted = 2'000;
  Cluster cluster(options());
  up(cluster, 4);
  done_jobs(cluster, 1'000);
  const auto outside = cluster.directory() / "outside";
  std::ofstream(outside) << "somebody else's";
  ASSERT_EQ(chown(outside.c_str(), 65534, 65534), 0);
  for (const auto& node : four) {
    plant(cluster, node, planted);
    const auto strange = cluster.directory() / (node + "-spool/attempts/7-10.1");
    std::filesystem::create_directory(strange);
    std::filesystem::create_symlink(outside, strange / "symbolic");
    std::filesystem::create_hard_link(outside, strange / "hard");
  }
  const std::vector<std::string> wishers = {"", "w1", "w2", "w3", "w4"};
  Watcher watcher(cluster, four, planted);
  Client client = cluster.client();
  std::set<std::string> said;  // by the nodes' beats
  std::vector<JobId> meanwhile;
  for (std::uint64_t round = 1; round <= 2; ++round) {
    for (const auto& node : wishers) ASSERT_EQ(cluster.tool(wish_for(node) + " --no-wait").code, 0) << node;
    const bool all = eventually(60s, [&] {
      for (const JobId id : submit_jobs(client, 5, "kept")) meanwhile.push_back(id);
      const Json nodes = Json::parse(*client.ask("node.list", "{}", 5s));
      for (const auto& node : nodes)
        if (node["cleaning"]) said.insert(node["node"]);
      return count(cluster, "cleanup_run WHERE ok") >= round * wishers.size();
    });
    ASSERT_TRUE(all) << cluster.tool("cleanup status").out << cluster.broker().log();
    for (const auto& node : four) EXPECT_EQ(good_turns(cluster, duty_of(node)), round) << node;
  }
  watcher.end();
  EXPECT_EQ(watcher.trouble, "");
  EXPECT_EQ(watcher.together, std::vector<std::string>{});
  EXPECT_EQ(watcher.held.size(), wishers.size()) << "each was seen in its turn";
  EXPECT_EQ(said.size(), four.size()) << "each node has said that it cleans";
  ASSERT_EQ(watcher.removing.size(), four.size()) << "each was seen removing";
  for (const auto& [one, a] : watcher.removing)
    for (const auto& [other, b] : watcher.removing)
      EXPECT_TRUE(one == other || a.last < b.first || b.last < a.first) << one << " and " << other << " removed files at the same time";
  for (const auto& node : four) {
    EXPECT_FALSE(std::filesystem::exists(orphan(cluster, node))) << node;
    const auto strange = cluster.directory() / (node + "-spool/attempts/7-10.1");
    EXPECT_TRUE(std::filesystem::is_symlink(strange / "symbolic")) << node;
    EXPECT_TRUE(std::filesystem::exists(strange / "hard")) << node;
  }
  EXPECT_EQ(content(outside), "somebody else's");
  const auto ends = client.wait(meanwhile, Watch::notice, 30s);
  ASSERT_TRUE(ends) << ends.error();
  EXPECT_EQ(ends->size(), meanwhile.size());
  for (const auto& end : *ends) EXPECT_EQ(end.state, JobState::done);
  EXPECT_EQ(count(cluster, "job"), meanwhile.size()) << "the thousand are gone";
}

// Killed in its turn: the place is another's when the lease has run out, and its own work is done when it is back.
TEST_F(CleanupNodes, AHolderThatIsKilledHoldsUpTheOthersForOneLease) {
  Cluster cluster(options());
  up(cluster, 4);
  const std::size_t left = stopped_while_removing(cluster, 20'000);
  cluster.worker("w1").kill9();
  const Instant killed = os::boot_now();
  for (const char* node : {"w2", "w3", "w4"}) ASSERT_EQ(cluster.tool(wish_for(node) + " --no-wait").code, 0);
  const auto turns = [&] { return good_turns(cluster, duty_of("w2")) + good_turns(cluster, duty_of("w3")) + good_turns(cluster, duty_of("w4")); };
  EXPECT_TRUE(eventually(30s, [&] { return turns() >= 3; })) << cluster.tool("cleanup status").out;
  EXPECT_LT(os::boot_now() - killed, turn_ttl + 3 * turn_asked_every) << "each asks once in a while, and two may be in its way";
  EXPECT_EQ(files_in(orphan(cluster, "w1", as_a_stray)), left) << "nobody sweeps another's spool";
  EXPECT_TRUE(says(cluster.tool("cleanup status").out, {"cut short"}));
  cluster.start_worker("w1");
  EXPECT_EQ(files_in(orphan(cluster, "w1", as_a_stray)), left) << "they wait for its turn";
  for (int readings = 0; readings < 2; ++readings) {
    const Ran ran = cluster.tool(wish_for("w1"));
    ASSERT_EQ(ran.code, 0) << ran.out << cluster.worker("w1").log();
  }
  EXPECT_FALSE(std::filesystem::exists(orphan(cluster, "w1", as_a_stray)));
}

// Stopped in its turn for three leases, while another has the place: it goes on with no more than the batch that it was in.
TEST_F(CleanupNodes, AHolderThatStandsStillRemovesNoMoreThanItsBatch) {
  constexpr std::size_t batch_max = 64;
  Cluster cluster(options("60s"));  // the jobs of the one that stands still are its own all the time
  const auto begun = cluster.desk() / "begun", open = cluster.desk() / "open";
  engine(cluster, "gate", fmt::format("echo here > here; echo $CADRE_JOB_ID >> {}; while [ ! -e {} ]; do sleep 0.05; done; cat here", begun.string(), open.string()));
  const auto attempts = [&] {
    const std::string lines = content(begun);
    return std::count(lines.begin(), lines.end(), '\n');
  };
  up(cluster, 4);
  Client client = cluster.client();
  const auto alive = submit_jobs(client, 8, "kept", "gate");
  ASSERT_TRUE(eventually(20s, [&] { return client.poll(10ms), attempts() == 8; }));
  const std::size_t left = stopped_while_removing(cluster, 20'000);
  const Instant stopped = os::boot_now();
  const Ran other = cluster.tool(wish_for("w2") + " --deadline 30s");
  EXPECT_EQ(other.code, 0) << other.out << cluster.broker().log();
  ASSERT_TRUE(eventually(30s, [&] { return client.poll(10ms), os::boot_now() - stopped >= 3 * turn_ttl; }));
  EXPECT_EQ(files_in(orphan(cluster, "w1", as_a_stray)), left);
  cluster.worker("w1").signal(SIGCONT);
  EXPECT_TRUE(cluster.worker("w1").says("the turn ended before everything was removed", 4s)) << cluster.worker("w1").log();
  const std::size_t now = files_in(orphan(cluster, "w1", as_a_stray));
  EXPECT_LE(now, left);
  EXPECT_LE(left - now, batch_max);
  std::ofstream(open) << "now";
  const auto ends = client.wait(alive, Watch::result, 30s);
  ASSERT_TRUE(ends) << ends.error();
  for (const auto& end : *ends) {
    EXPECT_EQ(end.state, JobState::done);
    ASSERT_TRUE(end.output);
    EXPECT_EQ(end.output->front().bytes, "here\n") << "its directory was not touched";
  }
  EXPECT_EQ(attempts(), 8) << "each ran once";
}

}  // namespace
}  // namespace cadre::test
