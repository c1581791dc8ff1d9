// `cadre support-bundle` on a real node: what is in it, and what must not be.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class SupportBundle : public testing::Test {
 protected:
  SupportBundle() { up(cluster_); }
  fs::path file(const std::string& name) const { return cluster_.directory() / name; }
  // Packs it, and unpacks it; what it said as JSON.
  Json bundle(const std::string& name, const std::string& more = "") {
    const Ran ran = cluster_.tool(fmt::format("support-bundle --json {} {}.tar.gz", more, file(name).string()));
    EXPECT_EQ(ran.code, 0) << ran.out;
    fs::create_directory(file(name));
    EXPECT_EQ(run(fmt::format("tar --extract --gzip --file {0}.tar.gz --directory {0}", file(name).string())).code, 0);
    return Json::parse(ran.out.substr(ran.out.find("{\n")));
  }
  std::string part(const std::string& name, const std::string& which) const { return content(file(name) / "cadre-support" / which); }

  Cluster cluster_;
};

TEST_F(SupportBundle, HoldsWhatOneWantsToSeeAndNoSecret) {
  const std::string secret = content(file("keys/admin.key")).substr(0, 40);
  ASSERT_EQ(secret.size(), 40u);
  std::ofstream(file("cadre-worker.log")) << "somebody logged " << secret << " twice: " << secret << "\nand went on\n";
  Client client = cluster_.client();
  ASSERT_TRUE(client.submit({job("echo", "the payload of a job")}, 20s));
  const Json told = bundle("bundle");
  EXPECT_EQ(told["secrets_taken_out"], 2);
  EXPECT_EQ(fs::status(file("bundle.tar.gz")).permissions(), fs::perms(0600));
  const Json doctor = Json::parse(part("bundle", "doctor.json"));
  EXPECT_FALSE(doctor.empty());
  const Json status = Json::parse(part("bundle", "status.json"));
  EXPECT_EQ(status["working"], true);
  const Json nodes = Json::parse(part("bundle", "node.list.json"));
  EXPECT_EQ(nodes[0]["node"], "w1");
  EXPECT_NE(part("bundle", "settings.txt").find("policy.lease_ttl = "), std::string::npos);
  EXPECT_EQ(part("bundle", "cadre-worker.log"), "somebody logged (secret) twice: (secret)\nand went on\n");
  EXPECT_NE(part("bundle", "machine.txt").find("Linux"), std::string::npos);
  for (const auto& entry : fs::directory_iterator(file("bundle/cadre-support"))) {
    const std::string text = content(entry.path());
    EXPECT_EQ(text.find(secret), std::string::npos) << entry.path();
    EXPECT_EQ(text.find("the payload of a job"), std::string::npos) << entry.path();
  }
  const Ran again = cluster_.tool("support-bundle " + file("bundle.tar.gz").string());
  EXPECT_EQ(again.code, 73) << again.out;
}

TEST_F(SupportBundle, IsMadeWhereNothingWorks) {
  ASSERT_EQ(cluster_.broker().stop(10s), 0);
  std::ofstream(cluster_.config(), std::ios::app) << "nonsense: 1\n";
  std::ofstream(file("elsewhere.log")) << "this too\n";
  const Json told = bundle("broken", "--log " + file("elsewhere.log").string());
  EXPECT_EQ(part("broken", "elsewhere.log"), "this too\n");
  EXPECT_NE(part("broken", "doctor.json").find("nonsense"), std::string::npos);
  EXPECT_NE(part("broken", "contents.txt").find("not to be had"), std::string::npos);
  EXPECT_FALSE(fs::exists(file("broken/cadre-support/status.json")));
}

}  // namespace
}  // namespace cadre::test
