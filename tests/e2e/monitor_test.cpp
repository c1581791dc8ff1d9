// Who watches sees what is so: the pages of a real broker and real workers, while jobs run and while something is
// wrong.
#include <gtest/gtest.h>

#include <csignal>
#include <zmq.hpp>

#include "common/net/dealer.hpp"
#include "common/protocol/codec.hpp"
#include "tests/e2e/pages.hpp"

namespace cadre::test {
namespace {

class Monitor : public testing::Test {
 protected:
  Cluster::Options options(const std::string& more = "") {
    Cluster::Options made;
    made.pages = {{"broker", broker_}, {"w1", w1_}};
    made.broker_yaml = "policy:\n  seat_ttl: 1s\n  lease_ttl: 5s\n  beat_interval: 200ms\n" +
                       (more.empty() ? "  free_space_min: 16MiB\n" : more);
    return made;
  }
  const std::uint16_t broker_ = fresh_port(), w1_ = fresh_port();
};

std::vector<JobRequest> jobs(int count, const std::string& engine, const std::string& queue) {
  std::vector<JobRequest> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(job(engine, "x"));
    all.back().queue = queue;
    all.back().attempts_max = 1;
  }
  return all;
}

TEST_F(Monitor, CountsJobsByQueueAndEngineAndNamesNone) {
  Cluster cluster(options());
  engine(cluster, "wrong", "exit 65");
  up(cluster);
  ASSERT_TRUE(says(broker_, 200, "readyz check passed"));
  EXPECT_EQ(sample(get(broker_, "/metrics").body, "cadre_jobs_submitted_total{queue=\"letters\"}"), std::nullopt)
      << "nothing has been submitted yet";
  Client client = cluster.client();
  auto all = jobs(5, "echo", "letters");
  all.push_back(jobs(1, "wrong", "letters").front());
  const auto answers = client.submit(std::move(all), 20s);
  ASSERT_TRUE(answers) << answers.error();
  std::vector<JobId> ids;
  for (const auto& answer : *answers) ids.push_back(answer.job);
  ASSERT_TRUE(client.wait(ids, Watch::notice, 30s));
  EXPECT_TRUE(shows(broker_, "cadre_jobs_submitted_total{queue=\"letters\"}", 6));
  EXPECT_TRUE(shows(broker_, "cadre_jobs_finished_total{queue=\"letters\",engine=\"echo\",outcome=\"done\"}", 5));
  EXPECT_TRUE(shows(broker_, "cadre_jobs_finished_total{queue=\"letters\",engine=\"wrong\",outcome=\"dead\"}", 1));
  EXPECT_TRUE(shows(broker_, "cadre_job_attempts_total{engine=\"echo\",reason=\"succeeded\"}", 5));
  EXPECT_TRUE(shows(broker_, "cadre_job_attempts_total{engine=\"wrong\",reason=\"exit_code\"}", 1));
  EXPECT_TRUE(shows(broker_, "cadre_job_run_duration_seconds_count{engine=\"echo\"}", 5));
  EXPECT_TRUE(shows(broker_, "cadre_job_wait_duration_seconds_count{queue=\"letters\"}", 6));
  EXPECT_TRUE(shows(broker_, "cadre_jobs{queue=\"letters\",state=\"leased\"}", 0));
  EXPECT_TRUE(shows(w1_, "cadre_worker_attempts_started_total{engine=\"echo\"}", 5));
  EXPECT_TRUE(shows(w1_, "cadre_worker_attempts_ended_total{reason=\"exit_code\"}", 1));
  const std::string page = get(broker_, "/metrics").body, at_worker = get(w1_, "/metrics").body;
  for (const JobId id : ids) {
    EXPECT_EQ(page.find(to_string(id)), std::string::npos) << "a job's id is no label:\n" << page;
    EXPECT_EQ(at_worker.find(to_string(id)), std::string::npos) << at_worker;
  }
}

TEST_F(Monitor, ShowsWhoWaitsAndForHowLong) {
  Cluster cluster(options());
  up(cluster);
  Client client = cluster.client();
  const auto answers = client.submit(jobs(2, "nobody-has-this", "stuck"), 20s);
  ASSERT_TRUE(answers) << answers.error();
  EXPECT_TRUE(shows(broker_, "cadre_jobs{queue=\"stuck\",state=\"ready\"}", 2));
  const std::string name = "cadre_queue_oldest_job_age_seconds{queue=\"stuck\"}";
  const double first = sample(get(broker_, "/metrics").body, name).value_or(-1);
  EXPECT_GE(first, 0);
  EXPECT_TRUE(eventually(10s, [&] { return sample(get(broker_, "/metrics").body, name).value_or(-1) > first + 1; }))
      << "it grows";
  ASSERT_TRUE(client.cancel({answers->front().job, answers->back().job}, 10s));
  EXPECT_TRUE(shows(broker_, name, 0));
  EXPECT_TRUE(
      shows(broker_, "cadre_jobs_finished_total{queue=\"stuck\",engine=\"nobody-has-this\",outcome=\"cancelled\"}", 2));
}

TEST_F(Monitor, WritesPagesThatPromtoolHasNothingAgainst) {
  Cluster cluster(options());
  up(cluster);
  Client client = cluster.client();
  ASSERT_EQ(one(client, job("echo", "x")).state, JobState::done);
  ASSERT_TRUE(shows(broker_, "cadre_node_up{node=\"w1\"}", 1));
  ASSERT_TRUE(shows(broker_, "cadre_lease_held{lease=\"broker\"}", 1));
  ASSERT_TRUE(eventually(40s, [&] {  // and the page is from after the job: it is made anew twice a second
    const std::string now = get(broker_, "/metrics").body;
    return sample(now, "cadre_cleanup_warnings").has_value() && sample(now, "cadre_broker_messages_total{direction=\"in\",type=\"submit\"}").has_value();
  })) << "what the database knows is asked for";
  const std::string page = get(broker_, "/metrics").body;
  for (const char* always : {"cadre_db_up", "cadre_db_volume_free_bytes", "cadre_db_volume_size_bytes",
                             "cadre_cleanup_last_success_timestamp_seconds{duty=\"records\"}",
                             "cadre_node_heartbeat_timestamp_seconds{node=\"w1\"}", "cadre_lease_renew_failures_total",
                             "cadre_auth_rejected_total{reason=\"unknown_key\"}",
                             "cadre_broker_messages_total{direction=\"in\",type=\"submit\"}",
                             "cadre_build_info{version=\"" CADRE_VERSION "\",role=\"broker\"}",
                             "cadre_db_query_duration_seconds_count{statement=\"write_batch\"}",
                             "cadre_engine_quarantined{node=\"w1\",engine=\"echo\"}"})
    EXPECT_TRUE(sample(page, always)) << always << " is not in:\n" << page;
  EXPECT_GT(sample(page, "cadre_db_volume_free_bytes").value_or(0), 1e6);
  const auto broker = promtool(cluster, page), worker = promtool(cluster, get(w1_, "/metrics").body);
  if (!broker || !worker) GTEST_SKIP() << "promtool is not here; scripts/test fetches it";
  EXPECT_EQ(*broker, "");
  EXPECT_EQ(*worker, "");
}

TEST_F(Monitor, CountsStrangersAndWhoSaysWhatHeMayNot) {
  Cluster cluster(options());
  up(cluster);
  const std::string strangers = "cadre_auth_rejected_total{reason=\"unknown_key\"}";
  EXPECT_TRUE(shows(broker_, strangers, 0)) << "the door's own try at the start is nobody's";
  cluster.make_key("stranger");
  auto settings = cluster.client_settings("stranger");
  settings.patience = 1s;
  ASSERT_FALSE(Client::connect(settings));
  EXPECT_TRUE(eventually(10s, [&] { return sample(get(broker_, "/metrics").body, strangers).value_or(0) > 0; }));
  zmq::context_t context;
  net::Dealer::Settings door;
  door.address = cluster.address();
  door.server_key = *net::read_public_key(cluster.directory() / "keys/server.pub");
  door.keys = *net::read_secret_key(cluster.directory() / "keys/admin.key");
  auto dealer = net::Dealer::open(context, door);
  ASSERT_TRUE(dealer) << dealer.error();
  ASSERT_TRUE(eventually(5s, [&] { return dealer->send(encode(Beat{})); })) << "an administrator is no worker";
  EXPECT_TRUE(shows(broker_, "cadre_auth_rejected_total{reason=\"role\"}", 1));
  EXPECT_TRUE(shows(broker_, "cadre_protocol_errors_total", 1));
}

TEST_F(Monitor, SaysThatTheDatabaseIsAwayAndThatItIsBack) {
  Cluster cluster(options());
  cluster.mariadb().stop();
  cluster.start_broker();
  EXPECT_TRUE(says(broker_, 503, "[-]database: ")) << "before there is anything else";
  EXPECT_EQ(get(broker_, "/healthz").code, 200) << "whoever waits is alive";
  cluster.mariadb().start();
  EXPECT_TRUE(says(broker_, 200, "[+]database ok"));
  cluster.mariadb().stop();
  EXPECT_TRUE(says(broker_, 503, "[-]database: "));
  EXPECT_TRUE(shows(broker_, "cadre_db_up", 0));
  EXPECT_EQ(get(broker_, "/healthz").code, 200);
  cluster.mariadb().start();
  EXPECT_TRUE(says(broker_, 200, "readyz check passed"));
  EXPECT_GT(sample(get(broker_, "/metrics").body, "cadre_lease_renew_failures_total").value_or(0), 0);
}

TEST_F(Monitor, IsNotFooledByADatabaseThatHangs) {
  Cluster cluster(options());
  up(cluster);
  ASSERT_TRUE(says(broker_, 200, "[+]database ok"));
  ASSERT_EQ(::kill(cluster.mariadb().pid(), SIGSTOP), 0);
  EXPECT_TRUE(says(broker_, 503, "[-]database: it has not answered for"));
  EXPECT_EQ(get(broker_, "/healthz").code, 200) << "the loop turns";
  ASSERT_EQ(::kill(cluster.mariadb().pid(), SIGCONT), 0);
  EXPECT_TRUE(says(broker_, 200, "readyz check passed", 40s));
}

TEST_F(Monitor, CountsWhatWasPurgedAndSaysWhen) {
  Cluster cluster(options("  free_space_min: 16MiB\ncleanup:\n  keep_done: 0s\n"));
  up(cluster);
  Client client = cluster.client();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(one(client, job("echo", "x")).state, JobState::done);
  const std::string purged = "cadre_cleanup_rows_deleted_total{kind=\"done\"}";
  ASSERT_TRUE(eventually(20s, [&] {  // what is kept for no time at all is old a moment later
    const Ran ran = cluster.tool("cleanup run");
    return ran.code == 0 && sample(get(broker_, "/metrics").body, purged) == 3;
  })) << get(broker_, "/metrics").body;
  const auto last = [&] {
    return sample(get(broker_, "/metrics").body, "cadre_cleanup_last_success_timestamp_seconds{duty=\"records\"}");
  };
  EXPECT_TRUE(eventually(40s, [&] { return last().value_or(0) > 1.6e9; })) << "the database is asked twice a minute";
  EXPECT_GE(sample(get(broker_, "/metrics").body, "cadre_cleanup_freed_bytes_total").value_or(0), 3)
      << "a byte of payload each, and their results";
}

TEST_F(Monitor, NamesWhatElseKeepsABrokerFromServing) {
  Cluster cluster(options("  free_space_min: 1000TiB\n"));
  cluster.start_broker();
  EXPECT_TRUE(says(broker_, 503, "[-]submits: no job is accepted now: the volume of the database"));
  cluster.execute("UPDATE cluster SET schema_version = 77");
  EXPECT_TRUE(says(broker_, 503, "[-]schema: the schema has version 77, this release speaks"));
  cluster.execute("UPDATE cluster SET schema_version = 1");
  EXPECT_TRUE(says(broker_, 503, "[+]schema ok"));
  cluster.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  EXPECT_TRUE(says(broker_, 503, "[-]settings: innodb_flush_log_at_trx_commit is 2"));
}

TEST_F(Monitor, TellsTheStandbyFromTheActive) {
  Cluster cluster(options());
  up(cluster);
  const auto port = fresh_port();
  const auto config = cluster.directory() / "second.yaml";
  std::filesystem::copy_file(cluster.config(), config);
  replace_in(config, "listen: [" + cluster.address(),
             "listen: [ipc://" + (cluster.directory() / "second.sock").string());
  replace_in(config, fmt::format("broker_port: {}", broker_), fmt::format("broker_port: {}", port));
  Daemon second({binary("cadre-broker"), "--config", config.string()}, cluster.directory() / "second.log");
  EXPECT_TRUE(says(port, 503, fmt::format("[-]lease: another broker has it: master pid {}", cluster.broker().pid())))
      << second.log();
  EXPECT_TRUE(shows(port, "cadre_lease_held{lease=\"broker\"}", 0));
  EXPECT_TRUE(says(broker_, 200, "[+]lease ok"));
  cluster.broker().kill9();
  EXPECT_TRUE(says(port, 200, "[+]lease ok")) << "it has taken over";
}

TEST_F(Monitor, SaysWhyAWorkerDoesNotServe) {
  Cluster cluster(options());
  cluster.start_worker("w1");
  EXPECT_TRUE(says(w1_, 503, "[-]admitted: "));
  cluster.start_broker();
  EXPECT_TRUE(says(w1_, 200, "[+]admitted ok"));
  cluster.broker().kill9();
  EXPECT_TRUE(says(w1_, 503, "[-]admitted: "));
  EXPECT_EQ(get(w1_, "/healthz").code, 200);
  engine(cluster, "gone", "true");
  std::filesystem::remove(cluster.directory() / "engines/gone/run");
  EXPECT_TRUE(says(w1_, 503, "[-]engines: none of this node's engines can be offered: gone: "));
  EXPECT_TRUE(shows(w1_, "cadre_worker_engines{state=\"broken\"}", 1));
  ASSERT_EQ(cluster.worker("w1").stop(10s), 0);
  cluster.write_worker_file("w1", "  spool_max: 1000TiB\n  free_low: 1000TiB\n");
  cluster.start_worker("w1");
  EXPECT_TRUE(says(w1_, 503, "[-]spool: the volume of the spool"));
}

}  // namespace
}  // namespace cadre::test
