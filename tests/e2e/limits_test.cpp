// `limits:` of the master, from outside: so many nodes and attempts at work, the rest idle and saying why, another limit without
// a restart.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;

// Attempts of `hold` say where they are, and end when `go` is there.
class Limits : public testing::Test {
 protected:
  void begin(const std::string& limits) {
    Cluster::Options options;
    options.broker_yaml = "limits: " + limits + "\n";
    cluster_ = std::make_unique<Cluster>(std::move(options));
    engine(*cluster_, "hold", fmt::format("echo $CADRE_JOB_DIR >> {0}/started; until [ -e {0}/go ]; do sleep 0.05; done", cluster_->desk().string()));
    up(*cluster_, 2);
  }
  std::vector<JobId> submit(int count) {
    std::vector<JobRequest> jobs;
    for (int i = 0; i < count; ++i) jobs.push_back(job("hold", std::to_string(i)));
    Client client = cluster_->client();
    const auto answers = client.submit(std::move(jobs), 20s);
    std::vector<JobId> ids;
    if (!answers) throw std::runtime_error(answers.error());
    for (const auto& answer : *answers) ids.push_back(answer.job);
    return ids;
  }
  bool started(std::ptrdiff_t count, Duration patience = 10s) const {
    return eventually(patience, [&] { return std::ranges::count(content(cluster_->desk() / "started"), '\n') >= count; });
  }
  void say(const std::string& from, const std::string& to, const std::string& log) {
    replace_in(cluster_->config(), from, to);
    cluster_->broker().signal(SIGHUP);
    ASSERT_TRUE(cluster_->broker().says(log, 10s));
  }
  std::string note_of(const std::string& node) {
    for (const auto& one : Json::parse(cluster_->tool("node list --json").out))
      if (one["node"] == node) return one["state"].get<std::string>() + ": " + one.value("limit", "");
    return "unknown";
  }
  void let_go() {
    std::ofstream(cluster_->desk() / "go") << "now";
  }

  std::unique_ptr<Cluster> cluster_;
};

TEST_F(Limits, OfAnEngineHoldTheRestBackAndAreLiftedWithoutARestart) {
  begin("{engines: {hold: 1}}");
  const auto ids = submit(4);
  ASSERT_TRUE(started(1));
  Client client = cluster_->client();
  EXPECT_NE(why(client, ids.back()).find("limits.engines allows 1 of 'hold' at once, and 1 run"), std::string::npos) << why(client, ids.back());
  EXPECT_TRUE(says(cluster_->tool("status").out, {"Limits: 1 hold at once (1 now)"}));
  EXPECT_FALSE(started(2, 500ms)) << "there were three free slots";
  say("hold: 1", "hold: 1, hold: 3", "limits_stay");
  say("hold: 1, hold: 3", "hold: 3", "limits_read");
  EXPECT_TRUE(started(3));
  EXPECT_FALSE(started(4, 500ms));
  EXPECT_EQ(one(client, job("echo", "of another engine")).state, JobState::done);
  let_go();
  const auto ends = client.wait(ids, Watch::notice, 20s);
  ASSERT_TRUE(ends) << ends.error();
}

TEST_F(Limits, OfNodesKeepTheOthersListedAndIdle) {
  begin("{nodes: 1}");
  const auto ids = submit(4);
  ASSERT_TRUE(started(2));
  EXPECT_EQ(note_of("w1"), "ready: ");
  EXPECT_TRUE(says(note_of("w2"), {"beyond_limit: limits.nodes allows 1, and other nodes have the places; raise it"}));
  EXPECT_TRUE(says(cluster_->tool("node list").out, {"beyond_limit", "limits.nodes allows 1"}));
  EXPECT_EQ(content(cluster_->desk() / "started").find("/w2"), std::string::npos) << content(cluster_->desk() / "started");
  say("nodes: 1", "nodes: 2", "limits_read");
  EXPECT_TRUE(started(4));
  EXPECT_NE(content(cluster_->desk() / "started").find("/w2"), std::string::npos) << content(cluster_->desk() / "started");
  EXPECT_EQ(note_of("w2"), "ready: ");
  let_go();
  Client client = cluster_->client();
  const auto ends = client.wait(ids, Watch::notice, 20s);
  ASSERT_TRUE(ends) << ends.error();
}

}  // namespace
}  // namespace cadre::test
