// `cadre node remove`: a node is gone for good. Its jobs end, its key counts no more, nobody lists or misses it.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;

// Attempts of `hold` say where they are, and end when `go` is there.
class NodeRemove : public testing::Test {
 protected:
  NodeRemove() : cluster_(options()) {
    engine(cluster_, "hold", fmt::format("touch {0}/started; until [ -e {0}/go ]; do sleep 0.05; done", cluster_.desk().string()));
    cluster_.start_broker();
  }
  static Cluster::Options options() {
    Cluster::Options options;
    options.broker_yaml = "policy:\n  lease_ttl: 5s\n";
    return options;
  }
  Json node(const std::string& name) {
    const Json nodes = Json::parse(cluster_.tool("node list --json").out);
    for (const auto& one : nodes)
      if (one["node"] == name) return one;
    return {};
  }
  bool admitted(const std::string& name) {
    const Json keys = Json::parse(cluster_.tool("key list --json").out);
    return std::ranges::any_of(keys, [&](const Json& key) { return key["name"] == name && !key["revoked"].get<bool>(); });
  }
  // One job that w2 alone can take, and has taken.
  std::string held_by_w2() {
    cluster_.start_worker("w2");
    cluster_.wait_for_nodes(1);
    Client client = cluster_.client();
    const auto answers = client.submit({job("hold")}, 20s);
    if (!answers) throw std::runtime_error(answers.error());
    EXPECT_TRUE(eventually(20s, [&] { return std::filesystem::exists(cluster_.desk() / "started"); }));
    cluster_.start_worker("w1");
    cluster_.wait_for_nodes(2);
    return to_string(answers->front().job);
  }
  void let_go() { std::ofstream(cluster_.desk() / "go") << "now"; }

  Cluster cluster_;
};

TEST_F(NodeRemove, ItsJobsEndThereFirst) {
  const std::string held = held_by_w2();
  const Ran early = cluster_.tool("node remove w2 --yes --deadline 300ms");
  EXPECT_EQ(early.code, 75) << early.out;
  EXPECT_NE(early.out.find("w2 still holds 1 job"), std::string::npos) << early.out;
  EXPECT_TRUE(admitted("w2")) << "nothing is revoked before";
  EXPECT_EQ(node("w2")["state"], "cordoned");
  let_go();
  const Ran removed = cluster_.tool("node remove w2 --yes --json");
  ASSERT_EQ(removed.code, 0) << removed.out;
  EXPECT_TRUE(node("w2").is_null());
  EXPECT_FALSE(admitted("w2"));
  const Json done = Json::parse(cluster_.tool("job show --json " + held).out);
  EXPECT_EQ(done["state"], "done");
  EXPECT_EQ(done["node"], "w2");
  EXPECT_EQ(cluster_.query("SELECT name FROM node").size(), 0u);
  const Ran again = cluster_.tool("node remove w2 --yes");
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_NE(again.out.find("w2 was removed before; nothing was changed"), std::string::npos) << again.out;
}

TEST_F(NodeRemove, OneThatDiedGivesItsJobsToOthersWhenItsLeaseIsOver) {
  const std::string held = held_by_w2();
  cluster_.worker("w2").signal(SIGKILL);
  let_go();
  const Ran removed = cluster_.tool("node remove w2 --yes");
  ASSERT_EQ(removed.code, 0) << removed.out;
  EXPECT_TRUE(node("w2").is_null());
  ASSERT_EQ(cluster_.tool("job wait --timeout 30s " + held).code, 0);
  const Json done = Json::parse(cluster_.tool("job show --json " + held).out);
  EXPECT_EQ(done["node"], "w1");
  EXPECT_EQ(done["attempts"].size(), 2u) << done.dump(2);
}

TEST_F(NodeRemove, OneThatStillWorksIsShutOut) {
  held_by_w2();
  const Ran removed = cluster_.tool("node remove w2 --yes --now");
  ASSERT_EQ(removed.code, 0) << removed.out;
  EXPECT_TRUE(node("w2").is_null());
  EXPECT_EQ(cluster_.tool("node list").out.find("w2"), std::string::npos);
  cluster_.broker().signal(SIGTERM);
  cluster_.start_broker();
  cluster_.wait_for_nodes(1);
  EXPECT_TRUE(node("w2").is_null()) << "also after a start of the broker, though its worker goes on asking";
  let_go();
}

TEST_F(NodeRemove, WhoMayComeIsListedThoughItNeverDid) {
  const Json nodes = Json::parse(cluster_.tool("node list --json").out);
  ASSERT_EQ(nodes.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(nodes[i]["node"], fmt::format("w{}", i + 1)) << "by name";
  ASSERT_EQ(node("w3")["state"], "lost");
  EXPECT_TRUE(node("w3")["seen_seconds"].is_null());
  const Ran check = cluster_.tool("check node");
  EXPECT_EQ(check.code, 2) << check.out;
  EXPECT_NE(check.out.find("node w3 has not connected since the broker's start"), std::string::npos) << check.out;
  ASSERT_EQ(cluster_.tool("node remove w3 --yes").code, 0);
  EXPECT_TRUE(node("w3").is_null());
  const Ran typo = cluster_.tool("node remove w9 --yes");
  EXPECT_EQ(typo.code, 1);
  EXPECT_NE(typo.out.find("no node 'w9' is known"), std::string::npos) << typo.out;
}

}  // namespace
}  // namespace cadre::test
