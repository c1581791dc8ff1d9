// A real server is asked where it grows, by socket and by TCP; and one that only looks like it is not believed.
#include "common/database/find_volumes.hpp"

#include "tests/unit/database/fixture.hpp"

namespace cadre::db {
namespace {

using test::PrivateMariadb;

void make_account(const PrivateMariadb& server) {
  Link root = must(Link::connect(server.settings()));
  for (const char* host : {"localhost", "127.0.0.1"}) must(root.execute(std::string("CREATE OR REPLACE USER 'u'@'") + host + "' IDENTIFIED BY 'p'"));
}

Settings by_tcp(const PrivateMariadb& server) { return server.tcp_settings("u", "p"); }

Volumes found(const Settings& settings) {
  Link link = must(Link::connect(settings));
  return must(find_volumes(link, settings));
}

TEST(FindVolumes, BySocketItIsTheDataDirectory) {
  PrivateMariadb server;
  const Volumes volumes = found(server.settings());
  ASSERT_EQ(volumes.all.size(), 1u) << volumes.why_not;
  EXPECT_EQ(volumes.all[0].directory, server.directory() / "data/");
  EXPECT_TRUE(std::filesystem::equivalent(volumes.all[0].seen_at, server.directory() / "data"));
  EXPECT_GT(fullest(volumes)->space.free, 0u);
}

TEST(FindVolumes, ByTcpItIsFoundThroughTheServersOwnSocket) {
  PrivateMariadb server = PrivateMariadb::with_tcp();
  make_account(server);
  const Volumes volumes = found(by_tcp(server));
  ASSERT_EQ(volumes.all.size(), 1u) << volumes.why_not;
  EXPECT_TRUE(std::filesystem::equivalent(volumes.all[0].seen_at, server.directory() / "data"));
}

// A tunnel leads to a server elsewhere, and at the path of its socket answers one of this machine.
TEST(FindVolumes, AnotherServerAtThatSocketIsNotTakenForIt) {
  PrivateMariadb far = PrivateMariadb::with_tcp(), near;
  make_account(far);
  make_account(near);
  std::filesystem::rename(near.settings().socket, far.settings().socket);
  const Volumes volumes = found(by_tcp(far));
  EXPECT_TRUE(volumes.all.empty());
  EXPECT_NE(volumes.why_not.find("two different servers"), std::string::npos) << volumes.why_not;
}

TEST(FindVolumes, WhereItsOwnSocketDoesNotAnswerItIsNotVisible) {
  PrivateMariadb server = PrivateMariadb::with_tcp();
  make_account(server);
  std::filesystem::remove(server.settings().socket);
  const Volumes volumes = found(by_tcp(server));
  EXPECT_TRUE(volumes.all.empty());
  EXPECT_NE(volumes.why_not.find("own socket does not answer"), std::string::npos) << volumes.why_not;
}

}  // namespace
}  // namespace cadre::db
