// `cadre check` as a monitoring system runs it: each check, each state, each format, by the exit codes of
// monitoring-plugins.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;
constexpr int ok = 0, warning = 1, critical = 2, unknown = 3;

class CheckCommand : public testing::Test {
 protected:
  Ran check(Cluster& cluster, const std::string& arguments) const {
    return run(fmt::format("{} --config {} --patience {} check {} 2>/dev/null", binary("cadre"),
                           cluster.config().string(), patience_, arguments));
  }
  std::string patience_ = "5s";
};

// One line of text, then numbers that Nagios can take apart; lines without numbers below.
testing::AssertionResult is_nagios(const Ran& ran, const std::string& begins) {
  static const std::regex line(
      R"(CADRE [A-Z]+ (OK|WARNING|CRITICAL|UNKNOWN): [^|\n]+( \|( '[a-z_]+'=-?[0-9.]+(s|B)?;[0-9.]*:?;[0-9.]*:?;[0-9.]*;[0-9.]*)+)?\n([^|\n]*\n)*)");
  if (!std::regex_match(ran.out, line)) return testing::AssertionFailure() << "no plugin's output:\n" << ran.out;
  if (!ran.out.starts_with(begins))
    return testing::AssertionFailure() << "'" << begins << "' was wanted, found:\n" << ran.out;
  return testing::AssertionSuccess();
}

// A document that PRTG takes: channels, or an error; and the state among the channels.
testing::AssertionResult is_prtg(const Ran& ran, int state) {
  const Json json = Json::parse(ran.out, nullptr, false);
  if (!json.is_object() || !json.contains("prtg") || !json["prtg"]["text"].is_string())
    return testing::AssertionFailure() << "not PRTG's:\n" << ran.out;
  const Json& prtg = json["prtg"];
  if (state == unknown)
    return prtg.value("error", 0) == 1 && !prtg.contains("result") ? testing::AssertionSuccess()
                                                                   : testing::AssertionFailure() << ran.out;
  if (!prtg["result"].is_array() || prtg["result"].empty())
    return testing::AssertionFailure() << "no channels:\n" << ran.out;
  for (const Json& channel : prtg["result"]) {
    if (!channel["channel"].is_string() || !channel["value"].is_string())
      return testing::AssertionFailure() << "a channel without name or value:\n" << ran.out;
    if (channel["channel"] == "state" && channel["value"] != std::to_string(state))
      return testing::AssertionFailure() << "the state is not " << state << ":\n" << ran.out;
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult is_json(const Ran& ran, int state) {
  const Json json = Json::parse(ran.out, nullptr, false);
  if (json.is_object() && json.value("code", -1) == state && json["measures"].is_array() && json["findings"].is_array())
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "the code is not " << state << ":\n" << ran.out;
}

#define EXPECT_STATE(cluster, arguments, state, words)                                                              \
  do {                                                                                                              \
    const Ran nagios = check(cluster, arguments), prtg = check(cluster, std::string(arguments) + " --format prtg"), \
              json = check(cluster, std::string(arguments) + " --format json");                                     \
    EXPECT_EQ(nagios.code, state) << arguments << "\n" << nagios.out;                                               \
    EXPECT_EQ(prtg.code, state) << arguments << "\n" << prtg.out;                                                   \
    EXPECT_EQ(json.code, state) << arguments << "\n" << json.out;                                                   \
    EXPECT_TRUE(is_nagios(nagios, words)) << arguments;                                                             \
    EXPECT_TRUE(is_prtg(prtg, state)) << arguments;                                                                 \
    EXPECT_TRUE(is_json(json, state)) << arguments;                                                                 \
  } while (false)

TEST_F(CheckCommand, OfQueuesGoesByTheOldestJobThatWaits) {
  Cluster cluster;
  up(cluster);
  EXPECT_STATE(cluster, "queue", ok, "CADRE QUEUE OK: 0 jobs waiting, 0 running | 'oldest'=0.000s;900.000;3600.000;0;");
  Client client = cluster.client();
  JobRequest stuck = job("nobody-has-this");
  stuck.queue = "stuck";
  ASSERT_TRUE(client.submit({stuck}, 20s));
  ASSERT_TRUE(eventually(10s, [&] { return check(cluster, "queue --warn 1s --crit 1h").code == warning; }));
  EXPECT_STATE(cluster, "queue --warn 1s --crit 1h", warning, "CADRE QUEUE WARNING: 1 job waiting, the oldest for ");
  EXPECT_STATE(cluster, "queue stuck --warn 1ms --crit 1s", critical,
               "CADRE QUEUE CRITICAL: 1 job waiting in queue stuck, the oldest for ");
  EXPECT_STATE(cluster, "queue --crit 1s", critical, "CADRE QUEUE CRITICAL: 1 job waiting, the oldest for ");
  EXPECT_STATE(cluster, "queue", ok, "CADRE QUEUE OK: 1 job waiting, the oldest for ");
  EXPECT_STATE(cluster, "queue another --warn 1ms --crit 1s", ok,
               "CADRE QUEUE OK: 0 jobs waiting in queue another, 0 running");
}

TEST_F(CheckCommand, OfNodesTellsTheLostFromThoseThatWereTakenOut) {
  Cluster cluster({.broker_yaml = "", .mariadb = {}, .workers = {"w1", "w2"}});
  cluster.start_broker();
  (void)cluster.client();  // it answers
  EXPECT_STATE(cluster, "node", critical,
               "CADRE NODE CRITICAL: node w1 has not connected since the broker's start");
  cluster.start_worker("w1");
  cluster.start_worker("w2");
  cluster.wait_for_nodes(2);
  EXPECT_STATE(cluster, "node", ok, "CADRE NODE OK: 2 of 2 nodes connected | 'silence'=0.");
  EXPECT_STATE(cluster, "node --warn 0s --crit 1h", warning, "CADRE NODE WARNING: node w");
  EXPECT_STATE(cluster, "node --crit 0s", critical, "CADRE NODE CRITICAL: node w");
  EXPECT_STATE(cluster, "node w2 w3", critical,
               "CADRE NODE CRITICAL: node w3 has not connected since the broker's start");
  ASSERT_EQ(cluster.worker("w2").stop(10s), 0);
  ASSERT_TRUE(eventually(10s, [&] { return check(cluster, "node").code == critical; }));
  EXPECT_STATE(cluster, "node", critical, "CADRE NODE CRITICAL: node w2 is lost");
  EXPECT_STATE(cluster, "node w1", ok, "CADRE NODE OK: 1 of 1 node connected");
  ASSERT_EQ(cluster.tool("node drain w2").code, 0);
  EXPECT_STATE(cluster, "node", ok, "CADRE NODE OK: 1 of 2 nodes connected");
  ASSERT_EQ(cluster.worker("w1").stop(10s), 0);
  cluster.write_worker_file("w1", "  spool_max: 1000TiB\n  free_low: 1000TiB\n");
  cluster.start_worker("w1");
  ASSERT_TRUE(eventually(20s, [&] { return check(cluster, "node").code == warning; }));
  EXPECT_STATE(cluster, "node", warning, "CADRE NODE WARNING: node w1 takes no work: ");
}

TEST_F(CheckCommand, OfTheDatabaseGoesByItsRoomAndWhetherItAnswers) {
  Cluster cluster;
  up(cluster);
  EXPECT_STATE(cluster, "db", ok, "CADRE DB OK: it answers; ");
  EXPECT_STATE(cluster, "db --warn 1000TiB --crit 1MiB", warning, "CADRE DB WARNING: ");
  EXPECT_STATE(cluster, "db --warn 1000TiB --crit 1000TiB", critical, "CADRE DB CRITICAL: ");
  cluster.mariadb().stop();
  ASSERT_TRUE(eventually(20s, [&] { return check(cluster, "db").code == critical; }));
  EXPECT_STATE(cluster, "db", critical, "CADRE DB CRITICAL: ");
}

TEST_F(CheckCommand, OfCleanUpGoesByTheLastPurge) {
  Cluster cluster;
  up(cluster);
  ASSERT_TRUE(eventually(20s, [&] { return check(cluster, "cleanup").code == ok; })) << check(cluster, "cleanup").out;
  EXPECT_STATE(cluster, "cleanup", ok, "CADRE CLEANUP OK: ");
  ASSERT_EQ(cluster.tool("cleanup run").code, 0);
  ASSERT_TRUE(
      eventually(20s, [&] { return check(cluster, "cleanup").out.find("'records_age'=") != std::string::npos; }));
  EXPECT_STATE(cluster, "cleanup --warn 1h --crit 1d", ok, "CADRE CLEANUP OK: records were purged ");
  ASSERT_TRUE(eventually(10s, [&] { return check(cluster, "cleanup --warn 1s --crit 1d").code == warning; }));
  EXPECT_STATE(cluster, "cleanup --warn 1s --crit 1d", warning, "CADRE CLEANUP WARNING: records were purged ");
  EXPECT_STATE(cluster, "cleanup --warn 1ms --crit 1s", critical, "CADRE CLEANUP CRITICAL: records were purged ");
}

TEST_F(CheckCommand, OfCleanUpIsCriticalWhereNobodyPurges) {
  Cluster cluster(
      {.broker_yaml = "policy:\n  free_space_min: 16MiB\ncleanup:\n  records_by: somebody-else\n", .mariadb = {}});
  up(cluster);
  ASSERT_TRUE(eventually(20s, [&] { return check(cluster, "cleanup").code == critical; }))
      << check(cluster, "cleanup").out;
  EXPECT_STATE(cluster, "cleanup", critical, "CADRE CLEANUP CRITICAL: nobody purges records");
}

TEST_F(CheckCommand, IsUnknownWhereNothingCanBeKnown) {
  Cluster cluster;
  patience_ = "300ms";  // nobody is there, however long one waits
  for (const std::string what : {"queue", "node", "db", "cleanup"}) {
    EXPECT_STATE(cluster, what + " --warn 1" + (what == "db" ? "GiB" : "h"), unknown, "CADRE ");
    EXPECT_NE(check(cluster, what).out.find("UNKNOWN: no connection to the broker at tcp://"), std::string::npos)
        << check(cluster, what).out;
  }
  const Ran elsewhere = run(binary("cadre") + " --config /no/such/file check queue --format prtg 2>/dev/null");
  EXPECT_EQ(elsewhere.code, unknown);
  EXPECT_TRUE(is_prtg(elsewhere, unknown));
  for (const char* wrong : {"queue --warn potatoes", "queue --warn 2h --crit 1h", "db --warn 1GiB --crit 2GiB", "disk",
                            "queue --format xml", ""})
    EXPECT_EQ(check(cluster, wrong).code, unknown) << "a typing mistake must not look like a warning: " << wrong << "\n"
                                                   << check(cluster, wrong).out;
}

TEST_F(CheckCommand, NeedsNoAdministrator) {
  Cluster cluster({.broker_yaml = "", .mariadb = {}, .workers = {"w1"}, .clients = {"watcher"}});
  up(cluster);
  const std::string key = " --key-file " + (cluster.directory() / "keys/watcher.key").string();
  for (const char* what : {"queue", "node", "db"})
    EXPECT_EQ(check(cluster, what + key).code, ok) << check(cluster, what + key).out;
  ASSERT_TRUE(eventually(20s, [&] { return check(cluster, "cleanup" + key).code == ok; }))
      << check(cluster, "cleanup" + key).out;
}

}  // namespace
}  // namespace cadre::test
