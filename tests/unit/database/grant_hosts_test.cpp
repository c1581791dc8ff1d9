// What people write for the machines of an account, and what the server makes of it.
#include "common/database/grant_hosts.hpp"

#include <gtest/gtest.h>

#include "tests/support/private_mariadb.hpp"

namespace cadre::db {
namespace {

std::string host(std::string_view text) {
  const auto hosts = grant_hosts(text);
  return hosts ? hosts->host : "error: " + hosts.error();
}
bool refused(std::string_view text, std::string_view why) {
  const auto hosts = grant_hosts(text);
  return !hosts && hosts.error().find(why) != std::string::npos;
}

TEST(GrantHosts, BecomeWhatTheServerMatches) {
  EXPECT_EQ(host("10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(host("10.1.2.3/32"), "10.1.2.3");
  EXPECT_EQ(host("10.1.2.3/255.255.255.255"), "10.1.2.3");
  for (const char* same : {"10.1.0.0/16", "10.1.0.0/255.255.0.0", "10.1.%", "10.1.*", "10.1.%.%"}) EXPECT_EQ(host(same), "10.1.0.0/255.255.0.0") << same;
  EXPECT_EQ(host("192.0.2.16/28"), "192.0.2.16/255.255.255.240");
  EXPECT_EQ(host("FD00:0::1"), "fd00::1");
  EXPECT_EQ(host("db1.example.net"), "db1.example.net");
  for (unsigned bits = 1; bits <= 32; ++bits) {
    const auto hosts = grant_hosts("128.0.0.0/" + std::to_string(bits));
    ASSERT_TRUE(hosts) << hosts.error();
    EXPECT_EQ(hosts->count, std::uint64_t{1} << (32 - bits));
    EXPECT_EQ(hosts->first, "128.0.0.0");
  }
  EXPECT_EQ(grant_hosts("10.1.0.0/16")->last, "10.1.255.255");
}

TEST(GrantHosts, WhatWouldMatchNobodyOrEverybodyIsRefused) {
  EXPECT_TRUE(refused("10.1.2.3/16", "the network is 10.1.0.0/16, and the machine alone is 10.1.2.3"));
  EXPECT_TRUE(refused("192.0.2.2/255.255.0.0", "the network is 192.0.0.0/16"));
  for (const char* all : {"0.0.0.0/0", "0.0.0.0/0.0.0.0", "%", "*", "%.%.%.%"}) EXPECT_TRUE(refused(all, "every machine there is")) << all;
  EXPECT_TRUE(refused("10.1.0.0/255.0.255.0", "has gaps"));
  EXPECT_TRUE(refused("fd00::/64", "no networks of IPv6"));
  for (const char* wild : {"10.%.3.4", "10.1%.2.3", "%.1.2.3", "a.%", "10.1.2.3.%", "10..%"}) EXPECT_FALSE(grant_hosts(wild)) << wild << " became " << host(wild);
  for (const char* nonsense : {"", " ", "10.1.2", "10.1.2.256", "10.1.2.3/", "10.1.2.3/33", "/8", "10.0.0.0/8/8", "a_b", "-a", "a b", "1.2.3.4.5", "10.0.0.0/-1", "o'brien"})
    EXPECT_FALSE(grant_hosts(nonsense)) << nonsense << " became " << host(nonsense);
}

TEST(GrantHosts, WhatIsWideOrPublicIsSaid) {
  const auto warnings = [](std::string_view text) {
    const auto hosts = grant_hosts(text);
    std::string all = hosts ? "" : hosts.error();
    if (hosts)
      for (const auto& warning : hosts->warnings) all += warning + "\n";
    return all;
  };
  for (const char* quiet : {"10.1.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "127.0.0.1", "100.64.0.0/16", "fd00::1"}) EXPECT_EQ(warnings(quiet), "") << quiet;
  EXPECT_NE(warnings("10.0.0.0/8").find("16777216 addresses"), std::string::npos);
  EXPECT_EQ(warnings("10.0.0.0/8").find("public"), std::string::npos);
  for (const char* open : {"8.8.8.8", "172.32.0.0/16", "192.0.0.0/8", "172.0.0.0/8"}) EXPECT_NE(warnings(open).find("public"), std::string::npos) << open;
  EXPECT_NE(warnings("db1").find("resolves names"), std::string::npos);
}

// By a real server: who comes from 127.0.0.1 gets in by these and by no others; written as CIDR it takes them and matches nobody.
TEST(GrantHosts, AreMatchedByTheServer) {
  auto server = test::PrivateMariadb::with_tcp();
  auto root = std::get<Link>(Link::connect(server.settings()));
  const auto gets_in = [&](const std::string& from) {
    EXPECT_TRUE(std::holds_alternative<std::uint64_t>(root.execute("CREATE USER visitor@'" + from + "' IDENTIFIED BY 'secret'"))) << from;
    const bool in = std::holds_alternative<Link>(Link::connect(server.tcp_settings("visitor", "secret", "")));
    EXPECT_TRUE(std::holds_alternative<std::uint64_t>(root.execute("DROP USER visitor@'" + from + "'")));
    return in;
  };
  for (const char* with : {"127.0.0.1", "127.0.0.0/8", "127.0.0.0/30", "127.0.0.0/255.255.0.0", "127.%", "127.0.0.*"}) EXPECT_TRUE(gets_in(host(with))) << with;
  for (const char* without : {"127.0.0.2", "127.0.0.4/30", "127.0.1.0/24", "10.0.0.0/8", "127.1.%"}) EXPECT_FALSE(gets_in(host(without))) << without;
  EXPECT_FALSE(gets_in("127.0.0.0/8")) << "a newer MariaDB knows CIDR: then this part can go";
}

}  // namespace
}  // namespace cadre::db
