// Whoever reads the pages, or abuses them, costs the jobs nothing; and a page does not lie about a loop that hangs.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <thread>

#include "common/os/clock.hpp"
#include "tests/e2e/pages.hpp"

namespace cadre::test {
namespace {

class Abuse : public testing::Test {
 protected:
  Cluster::Options options() {
    Cluster::Options made;
    made.pages = {{"broker", broker_}, {"w1", w1_}};
    return made;
  }
  const std::uint16_t broker_ = fresh_port(), w1_ = fresh_port();
};

std::size_t descriptors_of(pid_t pid) {
  const auto all = std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void run_jobs(Client& client, int count) {
  std::vector<JobRequest> all;
  for (int i = 0; i < count; ++i) all.push_back(job("echo", "x"));
  const auto answers = client.submit(std::move(all), 60s);
  ASSERT_TRUE(answers) << answers.error();
  std::vector<JobId> ids;
  for (const auto& answer : *answers) ids.push_back(answer.job);
  const auto ends = client.wait(ids, Watch::notice, 60s);
  ASSERT_TRUE(ends) << ends.error();
  for (const auto& end : *ends) ASSERT_EQ(end.state, JobState::done);
}

// Ten thousand tries to connect, one behind the other, some with half a request; more that drip than there are places;
// request lines without end.
void abuse(std::uint16_t port) {
  constexpr int tries = 10'000;
  constexpr std::size_t dripping = 100;
  std::vector<Wire> slow;
  for (int i = 0; i < tries; ++i) {
    Wire wire(port, "127.0.0.1", 1ms);
    if (!wire.connected()) continue;
    if (i % 3 == 0) wire.send("GET /met");
    if (i % 500 == 0) wire.send("GET /" + std::string(1u << 20, 'a'));
    if (i % 10 == 0 && slow.size() < dripping) {
      wire.send("GET / HTTP/1.1\r\nX-Slow: ");
      slow.push_back(std::move(wire));
    }
    if (!slow.empty()) slow[static_cast<std::size_t>(i) % slow.size()].send("a");
  }
}

TEST_F(Abuse, OfThePagesIsNotNoticedByTheJobs) {
  Cluster cluster(options());
  up(cluster);
  Client client = cluster.client();
  const auto took = [&](int count) {
    const Instant began = os::boot_now();
    run_jobs(client, count);
    return os::boot_now() - began;
  };
  const Duration alone = std::max({took(400), took(400), took(400)});
  const auto broker_had = descriptors_of(cluster.broker().pid()),
             worker_had = descriptors_of(cluster.worker("w1").pid());
  std::thread at_broker([&] { abuse(broker_); }), at_worker([&] { abuse(w1_); });
  // The cores are shared with who abuses; ten times as long would be more than their part.
  for (int round = 0; round < 5; ++round) EXPECT_LT(took(400), 10 * alone + 1s);
  constexpr std::size_t places = 64 + 32;  // of connections, and of whatever else opens one
  EXPECT_LE(descriptors_of(cluster.broker().pid()), broker_had + places);
  EXPECT_LE(descriptors_of(cluster.worker("w1").pid()), worker_had + places);
  at_broker.join();
  at_worker.join();
  EXPECT_TRUE(says(broker_, 200, "readyz check passed")) << "and whoever comes with good intent is served again";
  EXPECT_TRUE(says(w1_, 200, "readyz check passed"));
  EXPECT_TRUE(shows(broker_, "cadre_jobs_finished_total{queue=\"default\",engine=\"echo\",outcome=\"done\"}", 3'200));
}

TEST_F(Abuse, OfAPortThatIsTakenStopsNobodyAndIsSaid) {
  const int squatter = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(broker_);
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(squatter, reinterpret_cast<sockaddr*>(&place), sizeof place), 0);
  ASSERT_EQ(::listen(squatter, 1), 0);
  Cluster cluster(options());
  up(cluster);
  EXPECT_TRUE(cluster.broker().says("monitor_not_served", 10s));
  EXPECT_NE(cluster.broker().log().find("give monitor.broker_port another port that is free, or 0 for none"),
            std::string::npos)
      << cluster.broker().log();
  Client client = cluster.client();
  EXPECT_EQ(one(client, job("echo", "all the same")).state, JobState::done);
  const Ran status = cluster.tool("status");
  EXPECT_NE(status.out.find("! the broker's pages for monitoring are not served"), std::string::npos) << status.out;
  ::close(squatter);
  EXPECT_TRUE(says(broker_, 200, "readyz check passed")) << "as soon as the port is free\n" << cluster.broker().log();
  EXPECT_EQ(cluster.tool("status").out.find("not served"), std::string::npos);
}

// Only the loop's thread stands still, as where it waits for something that does not come: the pages' thread goes on.
class LoopStopped {
 public:
  explicit LoopStopped(pid_t pid) : pid_(pid) {
    stopped_ = ::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0 &&
               ::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) == 0 && ::waitpid(pid, nullptr, __WALL) == pid;
  }
  ~LoopStopped() {
    if (stopped_) ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
  }
  bool stopped() const { return stopped_; }

 private:
  pid_t pid_;
  bool stopped_ = false;
};

TEST_F(Abuse, OfTheLoopIsSeenThoughThePagesAreStillServed) {
  Cluster cluster(options());
  up(cluster);
  for (const auto& [port, pid] : {std::pair{broker_, cluster.broker().pid()}, {w1_, cluster.worker("w1").pid()}}) {
    ASSERT_TRUE(says(port, 200, "[+]loop ok"));
    {
      const LoopStopped loop(pid);
      if (!loop.stopped()) GTEST_SKIP() << "this system does not let us stop a thread of another process";
      EXPECT_TRUE(says(port, 503, "[-]loop: it has not turned for"));
      const auto page = get(port, "/metrics");
      EXPECT_EQ(page.code, 503) << page.body;
      EXPECT_EQ(page.body.find("cadre_build_info"), std::string::npos) << "no old numbers";
      EXPECT_EQ(get(port, "/healthz").code, 200) << "not yet dead";
    }
    EXPECT_TRUE(says(port, 200, "[+]loop ok")) << "and it goes on";
  }
}

}  // namespace
}  // namespace cadre::test
