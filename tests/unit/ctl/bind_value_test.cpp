// Where a server is to listen: addresses of this machine in numbers, loopback among them, everywhere only when that is said.
#include "broker/ctl/bind_value.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/os/addresses.hpp"

namespace cadre::ctl {
namespace {

const std::vector<std::string> own{"127.0.0.1", "10.1.0.5", "::1", "2001:db8::5"};
bool is_own(const std::string& address) { return std::find(own.begin(), own.end(), address) != own.end(); }

std::string value(const std::vector<std::string>& wanted, bool everywhere = false) {
  const auto made = bind_value(wanted, everywhere, own, is_own);
  return made ? made->text : "error: " + made.error();
}
bool refused(const std::vector<std::string>& wanted, const std::string& words, bool everywhere = false) {
  const std::string said = value(wanted, everywhere);
  return said.starts_with("error: ") && said.find(words) != std::string::npos;
}

TEST(BindValue, HasLoopbackAndEachAddressOnce) {
  EXPECT_EQ(value({"10.1.0.5"}), "127.0.0.1,10.1.0.5");
  EXPECT_EQ(value({"10.1.0.5", "127.0.0.1", "10.1.0.5"}), "10.1.0.5,127.0.0.1");
  EXPECT_EQ(value({"::1", "2001:DB8:0::5"}), "::1,2001:db8::5") << "as the system writes it";
}

TEST(BindValue, RefusesWhatNobodyWouldReach) {
  EXPECT_TRUE(refused({"10.1.0.6"}, "There are: 127.0.0.1, 10.1.0.5"));
  EXPECT_TRUE(refused({"db.example"}, "in numbers"));
  EXPECT_TRUE(refused({""}, "in numbers"));
  EXPECT_TRUE(refused({"10.1.0.5/16"}, "in numbers"));
  EXPECT_TRUE(refused({}, "Give one or more"));
}

TEST(BindValue, IsEverywhereOnlyWhenThatIsSaid) {
  for (const char* all : {"*", "0.0.0.0", "::"}) EXPECT_TRUE(refused({all}, "--all-addresses")) << all;
  EXPECT_EQ(value({}, true), "*");
  EXPECT_TRUE(refused({"10.1.0.5"}, "leave 10.1.0.5 out", true));
  EXPECT_EQ(bind_value({}, true, own, is_own)->addresses, own) << "all of them are tried";
}

TEST(Addresses, AreThoseOfThisMachine) {
  const auto all = os::own_addresses();
  EXPECT_NE(std::find(all.begin(), all.end(), "127.0.0.1"), all.end());
  for (const auto& one : all) EXPECT_TRUE(os::is_own_address(one)) << one;
  EXPECT_TRUE(os::is_own_address("127.9.9.9"));
  for (const char* other : {"198.51.100.7", "2001:db8::7", "localhost", ""}) EXPECT_FALSE(os::is_own_address(other)) << other;
}

}  // namespace
}  // namespace cadre::ctl
