// Clean-up as people meet it: real daemons, a real MariaDB, the tool.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;

constexpr const char* at_once = "policy:\n  seat_ttl: 1s\n  lease_ttl: 5s\n  beat_interval: 200ms\n  free_space_min: 16MiB\n"
                                "cleanup:\n  keep_done: 0s\n  keep_dead: 0s\n  keep_cancelled: 0s\n";

Cluster::Options cleaning(const std::string& broker_yaml) {
  Cluster::Options options;
  options.broker_yaml = broker_yaml;
  return options;
}

class Cleanup : public testing::Test {
 protected:
  static Json json_of(const Ran& ran) {
    const auto begin = ran.out.find_first_of("{[");
    return Json::parse(begin == std::string::npos ? "" : ran.out.substr(begin), nullptr, false);
  }
  static std::uint64_t jobs(Cluster& cluster) { return cluster.query("SELECT CAST(COUNT(*) AS UNSIGNED) FROM job").u64(0, 0); }
  static std::vector<JobId> done_jobs(Cluster& cluster, int count) {
    Client client = cluster.client();
    std::vector<JobRequest> all;
    for (int i = 0; i < count; ++i) all.push_back(job("echo", "x"));
    const auto answers = client.submit(std::move(all), 30s);
    if (!answers) throw std::runtime_error(answers.error());
    std::vector<JobId> ids;
    for (const auto& answer : *answers) ids.push_back(answer.job);
    const auto ends = client.wait(ids, Watch::notice, 30s);
    if (!ends) throw std::runtime_error(ends.error());
    return ids;
  }
};

TEST_F(Cleanup, RunsOnRequestAndSaysWhatItDid) {
  Cluster cluster(cleaning(at_once));
  up(cluster);
  const auto ids = done_jobs(cluster, 200);
  EXPECT_EQ(cluster.tool("job keep " + to_string(ids[5])).code, 0);
  const Ran dry = cluster.tool("--json cleanup run --dry-run");
  ASSERT_EQ(dry.code, 0) << dry.out;
  EXPECT_EQ(json_of(dry)["rows"]["done"], 199);
  EXPECT_EQ(jobs(cluster), 200u);
  const Ran ran = cluster.tool("cleanup run");
  ASSERT_EQ(ran.code, 0) << ran.out << cluster.broker().log();
  EXPECT_NE(ran.out.find("by master"), std::string::npos) << ran.out;
  EXPECT_EQ(jobs(cluster), 1u);
  const Ran status = cluster.tool("cleanup status");
  EXPECT_EQ(status.code, 0) << status.out;
  EXPECT_NE(status.out.find("199 done"), std::string::npos) << status.out;
  EXPECT_NE(status.out.find("records: master purges"), std::string::npos) << status.out;
  EXPECT_EQ(status.out.find("warning"), std::string::npos) << status.out;
  EXPECT_NE(cluster.tool("job show " + to_string(ids[0])).code, 0);
  EXPECT_EQ(cluster.tool("job show " + to_string(ids[5])).code, 0);
  EXPECT_EQ(cluster.tool("job unkeep " + to_string(ids[5])).code, 0);
}

// With nothing to be kept at all, what runs is not touched, and ends as if nothing had been.
TEST_F(Cleanup, ARunningJobOutlivesARetentionOfNothing) {
  Cluster cluster(cleaning(at_once));
  engine(cluster, "gate", "while [ ! -e " + (cluster.desk() / "open").string() + " ]; do sleep 0.05; done; echo through");
  up(cluster);
  Client client = cluster.client();
  const auto answers = client.submit({job("gate")}, 10s);
  ASSERT_TRUE(answers) << answers.error();
  done_jobs(cluster, 10);
  ASSERT_EQ(cluster.tool("cleanup run").code, 0);
  EXPECT_EQ(jobs(cluster), 1u);
  std::ofstream(cluster.desk() / "open") << "now";
  const auto ends = client.wait({answers->front().job}, Watch::result, 30s);
  ASSERT_TRUE(ends) << ends.error();
  EXPECT_EQ(ends->front().state, JobState::done);
  EXPECT_EQ(ends->front().output->front().bytes, "through\n");
}

TEST_F(Cleanup, WithoutABrokerItRunsOnTheDatabasesHost) {
  Cluster cluster(cleaning(at_once));
  up(cluster);
  done_jobs(cluster, 20);
  ASSERT_EQ(cluster.broker().stop(10s), 0);
  const Ran dry = cluster.tool("cleanup run --offline --dry-run");
  EXPECT_EQ(dry.code, 0) << dry.out;
  EXPECT_EQ(jobs(cluster), 20u);
  const Ran ran = cluster.tool("cleanup run --offline");
  ASSERT_EQ(ran.code, 0) << ran.out;
  EXPECT_EQ(jobs(cluster), 0u);
}

TEST_F(Cleanup, LeasesAreListedAndBroken) {
  Cluster cluster;
  cluster.start_broker();
  const Ran list = cluster.tool("lease list");
  ASSERT_EQ(list.code, 0) << list.out;
  EXPECT_NE(list.out.find("cleanup/records"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("master pid"), std::string::npos) << "who has the seat: " << list.out;
  EXPECT_EQ(cluster.tool("lease show broker").code, 0);
  EXPECT_EQ(cluster.tool("lease show nonsense").code, 1);
  const Ran broken = cluster.tool("lease break cleanup/records --yes");
  EXPECT_EQ(broken.code, 0) << broken.out;
}

TEST_F(Cleanup, AMisspeltScheduleEndsTheStartWithASentence) {
  Cluster cluster(cleaning("cleanup:\n  schedule: 0 0 3 ? * SUN\n"));
  cluster.start_broker();
  EXPECT_EQ(cluster.broker().wait(10s), 78);
  EXPECT_NE(cluster.broker().log().find("0 3 * * SUN"), std::string::npos) << "its equivalent: " << cluster.broker().log();
}

// What has no owner goes in the second turn that finds it, what runs stays, and what is no regular file is named.
TEST_F(Cleanup, ANodeSweepsItsOwnSpoolInItsTurn) {
  Cluster cluster(cleaning(std::string(at_once) + "  files_grace: 0s\n"));
  engine(cluster, "gate", "echo begun > begun; while [ ! -e " + (cluster.desk() / "open").string() + " ]; do sleep 0.05; done; cat begun");
  up(cluster);
  const auto attempts = cluster.directory() / "w1-spool/attempts";
  Client client = cluster.client();
  const auto answers = client.submit({job("gate")}, 10s);
  ASSERT_TRUE(answers) << answers.error();
  ASSERT_TRUE(eventually(10s, [&] { return client.poll(10ms), cluster.tool("node list").out.find("    1") != std::string::npos; }));
  std::filesystem::create_directories(attempts / "7-9.1/deep/er");
  std::ofstream(attempts / "7-9.1/deep/er/file") << "nobody's";
  std::ofstream(cluster.directory() / "w1-spool/unknown") << "nobody's either";
  std::filesystem::create_directory(attempts / "7-10.1");
  std::filesystem::create_symlink("/etc/passwd", attempts / "7-10.1/link");
  cluster.execute("DELETE FROM lease WHERE resource = 'cleanup/files/w1'");  // as if it had come this moment, and not asked yet
  const Ran first = cluster.tool("cleanup run --node w1");
  ASSERT_EQ(first.code, 0) << first.out << cluster.worker("w1").log();
  EXPECT_TRUE(std::filesystem::exists(attempts / "7-9.1/deep/er/file")) << "one reading is not enough";
  const Ran second = cluster.tool("cleanup run --node w1");
  ASSERT_EQ(second.code, 0) << second.out << cluster.worker("w1").log();
  EXPECT_FALSE(std::filesystem::exists(attempts / "7-9.1"));
  EXPECT_FALSE(std::filesystem::exists(cluster.directory() / "w1-spool/unknown"));
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(attempts / "7-10.1/link"))) << "not a regular file";
  EXPECT_TRUE(std::filesystem::exists("/etc/passwd"));
  const Ran status = cluster.tool("cleanup status");
  EXPECT_NE(status.out.find("cleanup/files/w1"), std::string::npos) << status.out;
  EXPECT_NE(status.out.find("symbolic link"), std::string::npos) << status.out;
  std::ofstream(cluster.desk() / "open") << "now";
  const auto ends = client.wait({answers->front().job}, Watch::result, 30s);
  ASSERT_TRUE(ends) << ends.error();
  ASSERT_EQ(ends->front().state, JobState::done);
  EXPECT_EQ(ends->front().output->front().bytes, "begun\n") << "its directory was not touched";
}

// Of the records each job with the word that lets it go; of every spool each thing; and all of it is there afterwards.
TEST_F(Cleanup, ADryRunSaysWhatWouldGoAndWhyAndRemovesNothing) {
  Cluster cluster(cleaning(std::string(at_once) + "  files_grace: 0s\n  queues: {bills: {keep_done: 30d}}\n  engines: {echo: {keep_done: 1s}}\n"));
  up(cluster, 2);
  const auto ids = done_jobs(cluster, 3);
  cluster.execute("UPDATE cluster SET service_time = service_time + 10000000");
  const auto attempts = cluster.directory() / "w1-spool/attempts";
  std::filesystem::create_directories(attempts / "7-9.1");
  std::ofstream(attempts / "7-9.1/file") << "nobody's";
  std::filesystem::create_symlink("/etc/passwd", attempts / "7-9.1/link");
  const Ran first = cluster.tool("cleanup run --dry-run --node w1");
  EXPECT_EQ(first.code, 0) << first.out;
  EXPECT_TRUE(says(first.out, {"attempts/7-9.1", "stays: no owner for 0s, goes after 0s", "w1: 0 of its spool would go"})) << "seen for the first time";
  const Ran both = cluster.tool("cleanup run --dry-run --jobs 2");
  EXPECT_EQ(both.code, 0) << both.out;
  EXPECT_TRUE(says(both.out, {to_string(ids[0]), to_string(ids[1]), "kept for 1s, says engine echo", "would go: no owner for", "w1: 1 of its spool would go (1 files,", "symbolic link",
                              "w2: 0 of its spool would go"}));
  EXPECT_EQ(both.out.find(to_string(ids[2])), std::string::npos) << both.out;
  cluster.wait_for_nodes(2);  // those that are here are asked
  const Ran told = cluster.tool("--json cleanup run --dry-run --jobs 10");
  const Json json = json_of(told);
  ASSERT_TRUE(json.is_object() && json.contains("rows") && json.contains("nodes") && json["nodes"].contains("w1") && json["nodes"].contains("w2")) << told.out;
  EXPECT_EQ(json["rows"]["done"], 3) << json;
  EXPECT_EQ(json["jobs"].size(), 3u);
  EXPECT_EQ(json["nodes"]["w1"]["goes"]["count"], 1);
  EXPECT_EQ(json["nodes"]["w2"]["goes"]["count"], 0);
  EXPECT_TRUE(std::filesystem::exists(attempts / "7-9.1/file"));
  EXPECT_EQ(jobs(cluster), 3u);
  const Ran nobody = cluster.tool("cleanup run --dry-run --node w9");
  EXPECT_NE(nobody.code, 0);
  EXPECT_TRUE(says(nobody.out, {"no worker 'w9' is here now", "cadre node list"}));
}

// Whoever comes for it is told, and is never given an empty result for the one that was.
TEST_F(Cleanup, AResultThatIsNotKeptAnyMoreIsNamedSo) {
  Cluster cluster(cleaning("policy:\n  seat_ttl: 1s\n  lease_ttl: 5s\n  beat_interval: 200ms\n  free_space_min: 16MiB\ncleanup:\n  keep_results: 0s\n"));
  up(cluster);
  const auto file = cluster.directory() / "large";
  std::ofstream(file) << std::string(200'000, 'x');
  const auto small = cluster.directory() / "small";
  std::ofstream(small) << "tiny";
  const std::string submit = fmt::format("submit echo {} --key once --wait", file.string());
  ASSERT_EQ(cluster.tool(submit).out.size(), 200'000u);
  ASSERT_EQ(cluster.tool(fmt::format("submit echo {} --key small --wait", small.string())).code, 0);
  const Ran dry = cluster.tool("cleanup run --dry-run");
  EXPECT_TRUE(says(dry.out, {"results", "kept for 0s"})) << dry.out;
  ASSERT_EQ(cluster.tool("cleanup run").code, 0);
  const Ran result = cluster.tool("job result key:once");
  EXPECT_NE(result.code, 0);
  EXPECT_TRUE(says(result.out, {"is not kept any more", "cleanup.keep_results"}));
  const Ran again = cluster.tool(submit);
  EXPECT_EQ(again.code, 1) << again.out;
  EXPECT_TRUE(says(again.out, {"is done, but its result is not kept any more"}));
  EXPECT_TRUE(says(cluster.tool("job show key:once").out, {"result: not kept any more", "195.3 KiB"}));
  const Ran retry = cluster.tool("job retry key:once");
  EXPECT_NE(retry.code, 0);
  EXPECT_TRUE(says(retry.out, {"the payload of", "hand the job in anew"}));
  EXPECT_TRUE(says(cluster.tool("job result key:small").out, {"tiny"})) << "what stands in the job's row stays with it";
}

// The database on an extension: its worker purges, the master's broker does not, whoever asks for it.
TEST_F(Cleanup, AnExtensionThatHostsTheDatabasePurges) {
  Cluster cluster(cleaning(std::string(at_once) + "  records_by: w1\n"));
  cluster.write_worker_file("w1", fmt::format("purge:\n  socket: {}\n  password_file: keys/purge.password\n", cluster.mariadb().settings().socket));
  up(cluster);
  done_jobs(cluster, 30);
  const Ran ran = cluster.tool("cleanup run");
  ASSERT_EQ(ran.code, 0) << ran.out << cluster.worker("w1").log();
  EXPECT_NE(ran.out.find("by w1"), std::string::npos) << ran.out;
  EXPECT_EQ(jobs(cluster), 0u);
  const Ran status = cluster.tool("cleanup status");
  EXPECT_NE(status.out.find("records: w1 purges"), std::string::npos) << status.out;
  EXPECT_NE(status.out.find("records: master does not purge"), std::string::npos) << status.out;
}

// Killed in the middle of it: the lease runs out or is broken, and the next one goes on where the first had to stop.
TEST_F(Cleanup, APurgeThatIsKilledIsFinishedByTheNext) {
  Cluster cluster(cleaning(at_once));
  up(cluster);
  done_jobs(cluster, 3'000);
  ASSERT_EQ(cluster.tool("cleanup run --no-wait").code, 0);
  ASSERT_TRUE(eventually(20s, [&] { return jobs(cluster) < 3'000; }));
  cluster.broker().kill9();
  cluster.start_broker();
  ASSERT_EQ(cluster.tool("lease break cleanup/records --yes").code, 0);
  ASSERT_EQ(cluster.tool("lease break cleanup/place/1 --yes").code, 0);
  const Ran ran = cluster.tool("cleanup run");
  ASSERT_EQ(ran.code, 0) << ran.out << cluster.broker().log();
  EXPECT_EQ(jobs(cluster), 0u);
  for (const char* table : {"outcome", "attempt", "attempt_end", "outcome_rare", "retried"})
    EXPECT_EQ(cluster.query(fmt::format("SELECT CAST(COUNT(*) AS UNSIGNED) FROM {}", table)).u64(0, 0), 0u) << table;
}

// Whose turn it is, the key says: nobody but a worker asks for one, and that one for its own node.
TEST_F(Cleanup, NobodyButAWorkerAsksForATurn) {
  Cluster cluster;
  up(cluster);
  Client client = cluster.client();
  const auto turn = client.ask("turn.take", R"({"session":"1","node":"w2"})", 5s);
  ASSERT_FALSE(turn);
  EXPECT_NE(turn.error().find("does not know"), std::string::npos) << turn.error();
  EXPECT_TRUE(eventually(20s, [&] { return cluster.tool("lease list").out.find("cleanup/files/w1") != std::string::npos; }));
  EXPECT_EQ(cluster.tool("lease list").out.find("cleanup/files/w2"), std::string::npos);
}

// The first job of a broker is as young as its last: the service clock is known before anything is accepted.
TEST_F(Cleanup, TheFirstJobAfterAStartIsYoung) {
  Cluster cluster;
  cluster.execute("UPDATE cluster SET service_time = 864000000000");  // ten days of service
  up(cluster);
  done_jobs(cluster, 1);
  EXPECT_GE(cluster.query("SELECT MIN(accepted_at) FROM job").i64(0, 0), 864'000'000'000);
  ASSERT_EQ(cluster.tool("cleanup run").code, 0);
  EXPECT_EQ(jobs(cluster), 1u);
}

// Ten days old, and 200 jobs in the last seven of them: 28 a day. The same in words and as JSON.
TEST_F(Cleanup, TheStatusTellsHowLongTheDiskLasts) {
  Cluster cluster;
  cluster.execute("UPDATE cluster SET service_time = 864000000000");
  up(cluster);
  EXPECT_TRUE(says(cluster.tool("cleanup status").out, {"forecast: 0 B a day, in 0 jobs", "never full at this rate"}));
  done_jobs(cluster, 200);
  const Ran status = cluster.tool("cleanup status");
  EXPECT_EQ(status.code, 0) << status.out;
  EXPECT_TRUE(says(status.out, {"volume: " + cluster.mariadb().directory().string(), "below 16.0 MiB submits are put off", " a day, in 28 jobs, over the last 7d of service: default ",
                                "never full at this rate", "keep_done: 3650d would hold for ever"}));
  const Json forecast = json_of(cluster.tool("--json cleanup status"))["forecast"];
  EXPECT_EQ(forecast["jobs_per_day"], 28) << forecast;
  EXPECT_EQ(forecast["queues"]["default"]["jobs_per_day"], 28) << forecast;
  EXPECT_EQ(forecast["sampled"], 200) << forecast;
  cluster.execute("UPDATE cleanup_policy SET policy = JSON_SET(policy, '$.free_space_min', 1125899906842624)");
  EXPECT_TRUE(says(cluster.tool("cleanup status").out, {"warning: the volume of the database", "forecast: full in 0s at this rate; no keep_done would hold"}));
}

TEST_F(Cleanup, CompactGivesBackWhatAPurgeLeft) {
  Cluster cluster(cleaning(at_once));
  up(cluster);
  done_jobs(cluster, 50);
  ASSERT_EQ(cluster.tool("cleanup run").code, 0);
  const Ran compact = cluster.tool(fmt::format("--json db compact --all --admin-socket {}", cluster.mariadb().settings().socket));
  EXPECT_EQ(compact.code, 0) << compact.out;
  EXPECT_GT(json_of(compact)["tables"].size(), 10u) << compact.out;
  done_jobs(cluster, 5);
  EXPECT_EQ(jobs(cluster), 5u) << "the broker has not noticed";
}

}  // namespace
}  // namespace cadre::test
