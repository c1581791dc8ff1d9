// What people get wrong, told by the real programs: the place, the cure, no crash, nothing lost. Bad engines and bad
// directories are in bad_engine_test.cpp, strangers at the door in door_test.cpp.
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>

#include "common/database/schema.hpp"
#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

// --- files ----------------------------------------------------------------------------------------------------------

class BadFile : public testing::Test {
 protected:
  BadFile() {
    char name[] = "/tmp/cadre-e2e-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = name;
  }
  ~BadFile() override { std::filesystem::remove_all(directory_); }
  Ran start(const std::string& program, const std::string& text) {
    std::ofstream(directory_ / "node.yaml") << text;
    return run(fmt::format("{} --config {} 2>&1", binary(program), (directory_ / "node.yaml").string()));
  }
  std::filesystem::path directory_;
};

TEST_F(BadFile, MisspeltAndDoubledKeysStopBothDaemonsWithEveryPlaceAtOnce) {
  const std::string file = (directory_ / "node.yaml").string();
  for (const char* program : {"cadre-broker", "cadre-worker"}) {
    const Ran ran = start(program, "role: master\nworker:\n  slot: 3\n  spool: a\n  spool: b\npolicy:\n  payload_max: 8 potatoes\n");
    EXPECT_EQ(ran.code, 78);
    EXPECT_TRUE(says(ran.out, {file + ":3:3: unknown key 'slot' in 'worker'; did you mean 'slots'?", file + ":5:3: ", "'spool'",
                               file + ":7:16: policy.payload_max: wanted a size", "3 faults in " + file + "; nothing was started"}));
  }
}

TEST_F(BadFile, TabsAreNamedWithTheirPlaceAndTheCure) {
  const std::string file = (directory_ / "node.yaml").string();
  for (const char* program : {"cadre-broker", "cadre-worker"}) {
    const Ran ran = start(program, "role: master\nworker:\n\tslots: 3\n");
    EXPECT_EQ(ran.code, 78);
    EXPECT_TRUE(says(ran.out, {file + ":3:1: ", "tab", "spaces", "1 fault in " + file}));
  }
}

TEST_F(BadFile, WhatIsNoTextIsNoConfiguration) {
  const Ran ran = start("cadre-broker", "role: master\nname: \xff\xfe\n");
  EXPECT_EQ(ran.code, 78);
  EXPECT_TRUE(says(ran.out, {"node.yaml:2", "UTF-8"}));
}

TEST_F(BadFile, AMissingKeyFileIsNamedWithItsKeyInTheConfiguration) {
  const Ran ran = start("cadre-broker", "role: master\nbroker:\n  secret_key_file: no/such.key\n");
  EXPECT_EQ(ran.code, 78);
  EXPECT_TRUE(says(ran.out, {"broker.secret_key_file", "no/such.key", "cadre key new"}));
  const Ran worker = start("cadre-worker", "role: extension\nbroker:\n  address: tcp://127.0.0.1:7171\n  server_key_file: no/server.pub\n");
  EXPECT_EQ(worker.code, 78);
  EXPECT_TRUE(says(worker.out, {"broker.server_key_file", "no/server.pub", "copy server.pub from the master"}));
}

// --- what is asked of a cluster -------------------------------------------------------------------------------------

TEST(BadInput, AnUnknownEngineWaitsWithTheReasonOrIsRefusedWithStrict) {
  Cluster cluster;
  up(cluster);
  const Ran strict = cluster.tool("submit ehco --strict </dev/null");
  EXPECT_EQ(strict.code, 65);
  EXPECT_TRUE(says(strict.out, {"no connected node offers the engine 'ehco' (did you mean 'echo'?)", "nothing was submitted"}));
  EXPECT_EQ(cluster.query("SELECT COUNT(*) FROM job").i64(0, 0), 0);
  const Ran waiting = cluster.tool("submit nobody-has-this");
  EXPECT_EQ(waiting.code, 0);
  EXPECT_TRUE(says(waiting.out, {"no connected node offers the engine 'nobody-has-this'", "the job waits until one does"}));
  EXPECT_TRUE(says(cluster.tool("job list --state ready").out, {"nobody-has-this", "no connected node offers the engine"}));
  expect_service(cluster);
}

TEST(BadInput, AStrictBrokerRefusesUnknownEnginesByItself) {
  Cluster cluster({.broker_yaml = "policy:\n  strict_engines: true\n  free_space_min: 16MiB\n", .mariadb = {}});
  up(cluster);
  Client client = cluster.client();
  const auto answers = client.submit({job("nobody-has-this"), job("echo", "fine")}, 20s);
  ASSERT_TRUE(answers) << answers.error();
  EXPECT_EQ(answers->at(0).standing, Standing::refused);
  EXPECT_TRUE(says(answers->at(0).reason, {"no worker offers the engine 'nobody-has-this'", "strict"}));
  EXPECT_EQ(answers->at(1).standing, Standing::accepted);
}

TEST(BadInput, AnUnknownJobIsSaidToBeUnknownByEveryCommand) {
  Cluster cluster;
  up(cluster);
  for (const char* command : {"job show 900-1", "job why 900-1", "job result 900-1", "job logs 900-1", "job retry 900-1",
                              "job wait 900-1 --timeout 10s", "job cancel 900-1", "job show key:never-used"}) {
    const Ran ran = cluster.tool(command);
    EXPECT_EQ(ran.code, 1) << command << "\n" << ran.out;
    EXPECT_TRUE(says(ran.out, {"no such job"}) || says(ran.out, {"there is no job '"})) << command << "\n" << ran.out;
  }
  const Ran malformed = cluster.tool("job show seventeen");
  EXPECT_EQ(malformed.code, 64);
  EXPECT_TRUE(says(malformed.out, {"'seventeen' is not a job", "EPOCH-SEQUENCE", "cadre job list"}));
  expect_service(cluster);
}

// One message carries many jobs: the bad one must not cost the others their answer.
TEST(BadInput, TextThatIsNotUtf8IsRefusedAndItsNeighboursGoOn) {
  Cluster cluster;
  up(cluster);
  Client client = cluster.client();
  std::vector<JobRequest> jobs{job("echo", "before"), job("echo"), job("echo"), job("\xff"), job("echo", "\xff\xfe any bytes"), job("echo", "after")};
  jobs[1].key = "invoice-\xc3";
  jobs[2].body = std::make_shared<Body>(Body{"{\"a\":\"\xff\"}", ""});
  const auto answers = client.submit(std::move(jobs), 20s);
  ASSERT_TRUE(answers) << answers.error();
  EXPECT_EQ(answers->at(0).standing, Standing::accepted);
  EXPECT_EQ(answers->at(1).standing, Standing::refused);
  EXPECT_EQ(answers->at(1).reason, "the submit key 'invoice-\\xc3' is not text in UTF-8");
  EXPECT_EQ(answers->at(2).standing, Standing::refused);
  EXPECT_EQ(answers->at(2).reason, "the JSON of the parameters '{\"a\":\"\\xff\"}' is not text in UTF-8");
  EXPECT_EQ(answers->at(3).standing, Standing::refused);
  EXPECT_TRUE(says(answers->at(3).reason, {"the engine '\\xff' is not a name"}));
  EXPECT_EQ(answers->at(4).standing, Standing::accepted) << "a payload is bytes";
  EXPECT_EQ(answers->at(5).standing, Standing::accepted);
  const auto end = client.wait({answers->at(4).job}, Watch::result, 20s);
  ASSERT_TRUE(end) << end.error();
  EXPECT_EQ(end->front().output->front().bytes, "\xff\xfe any bytes");
  const std::string bytes = "\"$(printf 'a\\377')\"";
  const std::pair<const char*, const char*> cases[] = {{"submit echo --key ", "--key: a text in UTF-8 of up to 200 bytes"},
                                                       {"submit echo --queue ", "--queue: "},
                                                       {"submit ", "is not an engine's name"}};
  for (const auto& [command, told] : cases) {
    const Ran ran = cluster.tool(command + bytes + " </dev/null");
    EXPECT_EQ(ran.code, 64) << command;
    EXPECT_TRUE(says(ran.out, {told})) << command;
  }
}

TEST(BadInput, AListOfOpenJobsKnowsTheirBatchAndTheirAge) {
  Cluster cluster;
  up(cluster);
  std::ofstream(cluster.directory() / "lines") << "a\nb\nc\n";
  const std::string lines = (cluster.directory() / "lines").string();
  ASSERT_EQ(cluster.tool("submit later --batch monday --lines " + lines).code, 0);
  ASSERT_EQ(cluster.tool("submit later --batch tuesday --lines " + lines).code, 0);
  ASSERT_EQ(cluster.tool("submit later </dev/null").code, 0);
  const auto count = [&](const std::string& arguments) {
    const Ran ran = run(fmt::format("{} --config {} job list --json --state ready {}", binary("cadre"), cluster.config().string(), arguments));
    std::size_t jobs = 0, complete = 0;
    for (auto at = ran.out.find("\"job\":"); at != std::string::npos; at = ran.out.find("\"job\":", at + 1)) ++jobs;
    for (auto at = ran.out.find("\"submitted\": \"20"); at != std::string::npos; at = ran.out.find("\"submitted\": \"20", at + 1)) ++complete;
    EXPECT_EQ(jobs, complete) << "each says when it was submitted\n" << ran.out;
    return jobs;
  };
  EXPECT_EQ(count(""), 7u);
  EXPECT_EQ(count("--batch monday"), 3u);
  EXPECT_EQ(count("--batch tuesday"), 3u);
  EXPECT_EQ(count("--batch sunday"), 0u);
  EXPECT_EQ(count("--batch monday --limit 2"), 2u);
  EXPECT_TRUE(says(cluster.tool("job list --state ready --batch monday").out, {"monday", "no connected node offers the engine 'later'"}));
  const Ran status = cluster.tool("status");
  EXPECT_TRUE(says(status.out, {"Cadre is WORKING", "cadre " CADRE_VERSION}));
}

// --- a database that is not what was expected -----------------------------------------------------------------------

TEST(BadDatabase, EmptyForeignAndNewerSchemasAreRefusedWithTheCure) {
  Cluster cluster;
  const auto refused = [&](const std::string& schema) {
    replace_in(cluster.config(), "  schema: cadre\n", "  schema: " + schema + "\n");
    cluster.start_broker();
    EXPECT_EQ(cluster.broker().wait(20s), 78) << cluster.broker().log();
    replace_in(cluster.config(), "  schema: " + schema + "\n", "  schema: cadre\n");
    const std::string log = cluster.broker().log();
    std::filesystem::remove(cluster.directory() / "broker.log");
    return log;
  };
  for (const char* sql : {"CREATE DATABASE bare", "GRANT SELECT ON bare.* TO cadre_app@localhost", "CREATE DATABASE shop",
                          "GRANT SELECT ON shop.* TO cadre_app@localhost", "CREATE TABLE shop.cluster (name INT)", "CREATE TABLE shop.job (title TEXT)"})
    cluster.execute(sql);
  EXPECT_TRUE(says(refused("bare"), {"the schema 'bare' has no Cadre tables", "cadre db init"}));
  EXPECT_TRUE(says(refused("shop"), {"the schema 'shop' has no Cadre tables", "cadre db init"}));
  EXPECT_EQ(cluster.query("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='shop'").i64(0, 0), 2) << "other people's tables are left alone";
  cluster.execute("UPDATE cluster SET schema_version=99");
  EXPECT_TRUE(says(refused("cadre"), {"the schema has version 99", "install a newer release"}));
  cluster.execute(fmt::format("UPDATE cluster SET schema_version={}", db::schema_version));
  up(cluster);
  expect_service(cluster);
}

TEST(BadDatabase, AMissingSchemaOrAccountIsWaitedForAndTheCureIsSaid) {
  Cluster cluster;
  replace_in(cluster.config(), "  schema: cadre\n", "  schema: cardre\n");
  cluster.start_broker();
  EXPECT_TRUE(cluster.broker().says("database_away", 10s));
  EXPECT_TRUE(says(cluster.broker().log(), {"cardre", "cadre db init", "database.schema"}));
  replace_in(cluster.config(), "  schema: cardre\n", "  schema: cadre\n  user: nobody\n");
  std::filesystem::remove(cluster.directory() / "broker.log");
  cluster.start_broker();
  EXPECT_TRUE(cluster.broker().says("database_away", 10s));
  EXPECT_TRUE(says(cluster.broker().log(), {"nobody", "cadre db init", "database.user"}));
  EXPECT_TRUE(cluster.broker().running());
}

TEST(BadDatabase, ASchemaOfAnotherNameServesAsWell) {
  Cluster cluster({.broker_yaml = "", .mariadb = {}, .slots = 2, .schema = "Cadre-two.x"});
  up(cluster);
  expect_service(cluster);
}

// Somebody makes the server faster while we run. From then on no job is accepted, and the sentence names the statement.
TEST(BadDatabase, UnsafeSettingsPutSubmitsOffUntilTheyAreMended) {
  Cluster cluster;
  up(cluster);
  expect_service(cluster);
  cluster.execute("SET GLOBAL innodb_flush_log_at_trx_commit=2");
  ASSERT_TRUE(cluster.broker().says("database_unsafe", 10s));
  Client client = cluster.client();
  const auto during = client.submit({job("echo")}, 3s);
  ASSERT_FALSE(during) << "no promise is given that the server may forget";
  EXPECT_TRUE(says(during.error(), {"the broker puts submits off", "SET GLOBAL innodb_flush_log_at_trx_commit=1"}));
  const Ran status = cluster.tool("status");
  EXPECT_EQ(status.code, 1);
  EXPECT_TRUE(says(status.out, {"NOT WORKING", "SET GLOBAL innodb_flush_log_at_trx_commit=1"}));
  const std::string told = (cluster.directory() / "told").string();
  Daemon waiting({"/bin/sh", "-c", fmt::format("exec {} --config {} submit echo </dev/null", binary("cadre"), cluster.config().string())}, told);
  EXPECT_TRUE(waiting.says("SET GLOBAL innodb_flush_log_at_trx_commit=1", 10s)) << waiting.log();
  cluster.execute("SET GLOBAL innodb_flush_log_at_trx_commit=1");
  EXPECT_EQ(waiting.wait(20s), 0) << "it goes on by itself\n" << waiting.log();
  EXPECT_TRUE(cluster.broker().says("database_safe_again", 1s));
  expect_service(cluster);
}

// --- who is who -----------------------------------------------------------------------------------------------------

TEST(BadIdentity, APortInUseIsNamed) {
  Cluster cluster;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(cluster.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(fd, 1), 0);
  cluster.start_broker();
  EXPECT_EQ(cluster.broker().wait(20s), 78) << cluster.broker().log();
  EXPECT_TRUE(says(cluster.broker().log(), {"cannot listen on " + cluster.address(), "in use", "is another broker running"}));
  close(fd);
  up(cluster);
  expect_service(cluster);
}

TEST(BadIdentity, AClonedKeyIsRefusedAndTheFirstWorkerGoesOn) {
  Cluster cluster;
  up(cluster);
  cluster.write_worker_file("w2");
  replace_in(cluster.directory() / "w2.yaml", "keys/w2.key", "keys/w1.key");
  cluster.start_worker("w2");
  ASSERT_TRUE(cluster.worker("w2").says("refused", 15s)) << cluster.worker("w2").log();
  EXPECT_TRUE(says(cluster.worker("w2").log(), {"the key of node 'w1' is in use by a living worker at ", "give each machine a key of its own"}));
  EXPECT_TRUE(cluster.worker("w2").running());
  expect_service(cluster);
  // When the first one is gone for good, the second takes its place: a machine was replaced.
  EXPECT_EQ(cluster.worker("w1").stop(20s), 0);
  EXPECT_TRUE(cluster.worker("w2").says("welcome", 20s)) << cluster.worker("w2").log();
  expect_service(cluster);
}

// Two keys that were admitted under one name are the same node to the cluster; the second worker is refused in the same way.
TEST(BadIdentity, TwoWorkersOfOneNameAreToldApart) {
  Cluster cluster;
  up(cluster);
  cluster.write_worker_file("other");
  const auto keys = cluster.make_key("other");
  Client admin = cluster.client();
  ASSERT_TRUE(admin.ask("key.admit", fmt::format(R"({{"name":"w1","role":"worker","key":"{}"}})", keys.public_key), 10s));
  cluster.start_worker("other");
  ASSERT_TRUE(cluster.worker("other").says("refused", 15s)) << cluster.worker("other").log();
  EXPECT_TRUE(says(cluster.worker("other").log(), {"node 'w1' is in use by a living worker", "of its own"}));
  expect_service(cluster);
}

TEST(BadIdentity, TwoWorkersOnOneSpoolAreOneTooMany) {
  Cluster cluster;
  up(cluster);
  cluster.write_worker_file("w2");
  replace_in(cluster.directory() / "w2.yaml", "spool: w2-spool", "spool: w1-spool");
  cluster.start_worker("w2");
  EXPECT_EQ(cluster.worker("w2").wait(20s), 78);
  EXPECT_TRUE(says(cluster.worker("w2").log(), {"worker.spool: ", "w1-spool is in use by another worker", "each worker needs a spool of its own"}));
  expect_service(cluster);
}

}  // namespace
}  // namespace cadre::test
