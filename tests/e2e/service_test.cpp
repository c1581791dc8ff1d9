// What people rely on, from outside: real daemons, a real MariaDB, CURVE on.
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

class Service : public testing::Test {};

TEST_F(Service, RunsTenThousandSmallJobsOnTwoWorkers) {
  Cluster cluster;
  up(cluster, 2);
  Client client = cluster.client();
  std::vector<JobRequest> jobs;
  for (int i = 0; i < 10'000; ++i) jobs.push_back(job("echo", fmt::format("small {}", i)));
  const auto answers = client.submit(std::move(jobs), 60s);
  ASSERT_TRUE(answers) << answers.error();
  std::vector<JobId> ids;
  for (const auto& answer : *answers) ids.push_back(answer.job);
  const auto ends = client.wait(ids, Watch::result, 60s);
  ASSERT_TRUE(ends) << ends.error();
  std::map<std::string, int> nodes;
  for (std::size_t i = 0; i < ends->size(); ++i) {
    ASSERT_EQ((*ends)[i].state, JobState::done);
    ASSERT_EQ((*ends)[i].output->front().bytes, fmt::format("small {}", i));
    ++nodes[(*ends)[i].node];
  }
  EXPECT_EQ(nodes.size(), 2u) << "both nodes work";
}

TEST_F(Service, TakesAPayloadAtTheLimitAndRefusesOneByteMore) {
  Cluster cluster;
  up(cluster);
  Client client = cluster.client();
  constexpr std::size_t limit = 8u << 20;
  EXPECT_EQ(client.welcome().payload_max, limit);
  const Notice at = one(client, job("echo", std::string(limit, 'x')), 60s);
  EXPECT_EQ(at.state, JobState::done);
  EXPECT_EQ(at.output->front().bytes.size(), limit);
  const auto over = client.submit({job("echo", std::string(limit + 1, 'x'))}, 10s);
  ASSERT_TRUE(over) << over.error();
  EXPECT_EQ(over->front().standing, Standing::refused);
  EXPECT_NE(over->front().reason.find("8388608"), std::string::npos) << "it names the limit: " << over->front().reason;
  EXPECT_NE(over->front().reason.find("--by-path"), std::string::npos) << "and the way out";
  Client other = cluster.client();
  EXPECT_EQ(one(other, job("echo", "still there")).state, JobState::done);
}

TEST_F(Service, TakesTwentyFourMebibytesWhereBothSidesAreConfiguredForIt) {
  Cluster cluster({.broker_yaml = "policy:\n  payload_max: 24MiB\n  free_space_min: 16MiB\n", .mariadb = {"--max-allowed-packet=64M", "--innodb-log-file-size=256M"}});
  cluster.write_worker_file("w1", "  output_max: 24MiB\n");
  up(cluster);
  Client client = cluster.client();
  const Notice end = one(client, job("echo", std::string(24u << 20, 'y')), 120s);
  EXPECT_EQ(end.state, JobState::done);
  EXPECT_EQ(end.output->front().bytes.size(), 24u << 20);
}

TEST_F(Service, EndsAnAttemptWhoseOutputIsTooLargeAndSaysSo) {
  Cluster cluster;
  engine(cluster, "flood", "head -c 12000000 /dev/zero");
  up(cluster);
  Client client = cluster.client();
  const Notice end = one(client, job("flood"));
  EXPECT_EQ(end.state, JobState::dead);
  EXPECT_EQ(end.reason, Reason::output_too_large);
  EXPECT_NE(end.message.find("limit 8 MiB"), std::string::npos) << end.message;
}

TEST_F(Service, AnswersARepeatedKeyWithTheSameJobAlsoAfterARestart) {
  Cluster cluster;
  up(cluster);
  Client client = cluster.client();
  JobRequest invoice = job("echo", "invoice");
  invoice.key = "invoice-4711";
  const auto first = client.submit({invoice}, 20s);
  ASSERT_TRUE(first) << first.error();
  cluster.broker().kill9();
  cluster.start_broker();
  const auto again = client.submit({invoice}, 30s);
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->front().standing, Standing::repeat);
  EXPECT_EQ(again->front().job, first->front().job);
  JobRequest other = job("echo", "another invoice");
  other.key = "invoice-4711";
  const auto conflict = client.submit({other}, 20s);
  ASSERT_TRUE(conflict) << conflict.error();
  EXPECT_EQ(conflict->front().standing, Standing::refused);
  EXPECT_NE(conflict->front().reason.find("key_conflict"), std::string::npos);
}

TEST_F(Service, KillsTheWholeTreeOfACancelledJob) {
  Cluster cluster;
  // A child in a session of its own, which ignores the polite signal.
  engine(cluster, "tree", "trap '' TERM\nsetsid bash -c 'trap \"\" TERM; echo $$ >" + (cluster.desk() / "child").string() + "; sleep 1000' &\nwait");
  up(cluster);
  Client client = cluster.client();
  const auto answer = client.submit({job("tree")}, 20s);
  ASSERT_TRUE(answer) << answer.error();
  const auto child = cluster.desk() / "child";
  ASSERT_TRUE(eventually(20s, [&] { return std::filesystem::exists(child) && std::filesystem::file_size(child) > 1; }));
  int pid = 0;
  std::ifstream(child) >> pid;
  ASSERT_TRUE(std::filesystem::exists(fmt::format("/proc/{}", pid)));
  const auto cancelled = client.cancel({answer->front().job}, 20s);
  ASSERT_TRUE(cancelled) << cancelled.error();
  EXPECT_EQ(cancelled->front().state, JobState::cancelled);
  EXPECT_TRUE(eventually(10s, [&] { return !std::filesystem::exists(fmt::format("/proc/{}", pid)); }));
}

TEST_F(Service, TellsAFailedAttemptAtOnceAndTriesAgain) {
  Cluster cluster;
  engine(cluster, "second-time", "echo \"try $CADRE_JOB_ATTEMPT\" >&2\n[ $CADRE_JOB_ATTEMPT -ge 2 ] || exit 3\necho fine");
  up(cluster);
  Client client = cluster.client();
  JobRequest request = job("second-time");
  request.backoff = 100ms;
  const auto answer = client.submit({request}, 20s);
  ASSERT_TRUE(answer) << answer.error();
  std::vector<Notice> heard;
  const auto end = client.wait({answer->front().job}, Watch::result, 30s, [&](const Notice& notice) { heard.push_back(notice); });
  ASSERT_TRUE(end) << end.error();
  EXPECT_EQ(end->front().state, JobState::done);
  EXPECT_EQ(end->front().attempt, 2u);
  const auto facts = client.ask("job.show", fmt::format("{{\"job\":\"{}\"}}", to_string(answer->front().job)), 10s);
  ASSERT_TRUE(facts) << facts.error();
  EXPECT_NE(facts->find("exit code 3"), std::string::npos) << *facts;
  EXPECT_NE(facts->find("try 1"), std::string::npos) << "the log of the first attempt is kept";
}

TEST_F(Service, WaitsWithTheReasonShownWhereNobodyOffersTheEngine) {
  Cluster cluster;
  up(cluster);
  Client client = cluster.client();
  const auto answer = client.submit({job("nobody-has-this")}, 20s);
  ASSERT_TRUE(answer) << answer.error();
  const auto why = client.ask("job.why", fmt::format("{{\"job\":\"{}\"}}", to_string(answer->front().job)), 10s);
  ASSERT_TRUE(why) << why.error();
  EXPECT_NE(why->find("no connected node offers the engine 'nobody-has-this'"), std::string::npos) << *why;
}

TEST_F(Service, ComesUpInAnyOrder) {
  Cluster cluster;
  cluster.mariadb().stop();
  cluster.start_worker("w1");
  ASSERT_TRUE(cluster.worker("w1").says("not_in", 15s)) << "a worker without a broker says why it is not in";
  cluster.start_broker();
  ASSERT_TRUE(cluster.broker().says("database_away", 10s)) << "a broker without a database says so";
  cluster.mariadb().start();
  cluster.wait_for_nodes(1);
  Client client = cluster.client();
  EXPECT_EQ(one(client, job("echo", "at last")).state, JobState::done);
}

TEST_F(Service, LetsOneBrokerWorkAndTheSecondSaysWhoDoes) {
  Cluster cluster;
  up(cluster);
  const auto config = cluster.directory() / "second.yaml";
  std::string text = [&] {
    std::ifstream in(cluster.config());
    return std::string(std::istreambuf_iterator<char>(in), {});
  }();
  const auto at = text.find("listen: [");
  text.replace(at, text.find(']', at) + 1 - at, "listen: [ipc://" + (cluster.directory() / "second.sock").string() + "]");
  std::ofstream(config) << text + "  seat_taken: exit\n";
  Daemon second({binary("cadre-broker"), "--config", config.string()}, cluster.directory() / "second.log");
  const int code = second.wait(20s);
  EXPECT_EQ(code, 75) << second.log();
  EXPECT_NE(second.log().find("seat_taken"), std::string::npos);
  EXPECT_NE(second.log().find("master pid " + std::to_string(cluster.broker().pid())), std::string::npos) << "it names the holder\n" << second.log();
  Client client = cluster.client();
  EXPECT_EQ(one(client, job("echo", "undisturbed")).state, JobState::done);
}

TEST_F(Service, PassesTheSeatOnAtOnceWhenItIsAskedToStop) {
  Cluster cluster;
  up(cluster);
  EXPECT_EQ(cluster.broker().stop(10s), 0) << cluster.broker().log();
  cluster.start_broker();
  Client client = cluster.client();
  EXPECT_EQ(one(client, job("echo", "next term")).state, JobState::done);
}

// There is no loop yet that would hear of it.
TEST_F(Service, EndsWhenItIsToldToWhileItWaitsForItsDatabase) {
  Cluster cluster;
  cluster.mariadb().stop();
  cluster.start_broker();
  ASSERT_TRUE(cluster.broker().says("database_away", 20s));
  EXPECT_EQ(cluster.broker().stop(5s), 0) << cluster.broker().log();
}

// As systemd hears them: ready when they are, alive from the loop that works, and silent where it hangs.
class Manager {
 public:
  explicit Manager(const std::filesystem::path& file) : file_(file), fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    file.string().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << file;
  }
  ~Manager() { close(fd_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  std::vector<std::string> through() const { return {"/usr/bin/env", "NOTIFY_SOCKET=" + file_.string(), "WATCHDOG_USEC=1000000"}; }
  // How many messages since the last call had this line in them.
  int heard(const std::string& line) {
    std::string message(4096, '\0');
    for (ssize_t size; (size = recv(fd_, message.data(), message.size(), 0)) >= 0;) all_ += message.substr(0, static_cast<std::size_t>(size)) + "\n";
    int count = 0;
    for (auto at = all_.find(line + "\n"); at != std::string::npos; at = all_.find(line + "\n", at + 1)) ++count;
    return count - std::exchange(told_[line], count);
  }
  bool hears(const std::string& line, int times, Duration patience) {
    int count = 0;
    return eventually(patience, [&] { return (count += heard(line)) >= times; });
  }

 private:
  std::filesystem::path file_;
  int fd_;
  std::string all_;
  std::map<std::string, int> told_;
};

TEST_F(Service, TellsTheServiceManagerThatItIsReadyAndAlive) {
  Cluster cluster;
  Manager broker(cluster.directory() / "broker.notify"), worker(cluster.directory() / "worker.notify");
  cluster.start_worker("w1", worker.through());
  EXPECT_TRUE(worker.hears("READY=1", 1, 10s)) << "a worker is ready before its broker is there";
  EXPECT_TRUE(worker.hears("WATCHDOG=1", 3, 5s));
  cluster.start_broker(broker.through());
  EXPECT_TRUE(broker.hears("READY=1", 1, 20s));
  EXPECT_TRUE(broker.hears("WATCHDOG=1", 3, 5s));
  EXPECT_TRUE(worker.hears("STATUS=works for the broker", 1, 10s));
  cluster.broker().signal(SIGSTOP);  // as a loop that hangs
  (void)broker.heard("WATCHDOG=1");
  EXPECT_FALSE(broker.hears("WATCHDOG=1", 1, 1500ms)) << "nobody else says it for the loop";
  cluster.broker().signal(SIGCONT);
  EXPECT_TRUE(broker.hears("WATCHDOG=1", 1, 5s));
  EXPECT_EQ(cluster.worker("w1").stop(10s), 0);
  EXPECT_TRUE(worker.hears("STOPPING=1", 1, 1s));
}

TEST_F(Service, NodesThatHaveAnotherVersionOfAnEngineAreMarked) {
  Cluster cluster;
  engine(cluster, "ocr", "echo new", "version: \"2\"\n");
  for (const char* node : {"w1", "w2", "w3"}) replace_in(cluster.directory() / (std::string(node) + ".yaml"), "engines: engines", fmt::format("engines: {}", std::string(node) == "w2" ? "older" : "engines"));
  std::filesystem::copy(cluster.directory() / "engines", cluster.directory() / "older", std::filesystem::copy_options::recursive);
  replace_in(cluster.directory() / "older/ocr/engine.yaml", "version: \"2\"", "version: \"1.9\"");
  up(cluster, 3);
  EXPECT_TRUE(says(cluster.tool("engine list").out, {"w2 has 1.9"}));
  EXPECT_TRUE(says(cluster.tool("engine list --json").out, {R"("version": "2")"}));
  EXPECT_EQ(cluster.tool("engine list").out.find("w1 has"), std::string::npos);
}

TEST_F(Service, PutsSubmitsOffWhileTheDatabaseIsAwayAndFinishesWhatRuns) {
  Cluster cluster;
  engine(cluster, "slow", "sleep 1; echo slow");
  up(cluster);
  Client client = cluster.client();
  const auto running = client.submit({job("slow")}, 20s);
  ASSERT_TRUE(running) << running.error();
  cluster.mariadb().kill9();
  Client second = cluster.client();
  const auto during = second.submit({job("echo", "while away")}, 3s);
  EXPECT_FALSE(during) << "no promise is given while nothing can be stored";
  cluster.mariadb().start();
  const auto end = client.wait({running->front().job}, Watch::result, 60s);
  ASSERT_TRUE(end) << end.error();
  EXPECT_EQ(end->front().state, JobState::done);
  EXPECT_EQ(end->front().attempt, 1u) << "the outage cost no attempt";
}

}  // namespace
}  // namespace cadre::test
