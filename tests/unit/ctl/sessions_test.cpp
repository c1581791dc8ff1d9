// Whose session is it: this machine's, whose password files we see, or another's?
#include <gtest/gtest.h>

#include "broker/ctl/sessions_elsewhere.hpp"

namespace cadre::ctl {
namespace {

constexpr const char* far_away = "192.0.2.7:41234";  // TEST-NET-1: no machine has it

TEST(Sessions, WhereTheServerIsHereItsLoopbackIsOurs) {
  EXPECT_FALSE(is_elsewhere("localhost", "localhost", true));
  EXPECT_FALSE(is_elsewhere("127.0.0.1:41234", "localhost", true));
  EXPECT_FALSE(is_elsewhere("localhost", "127.0.0.1:41234", true));
  EXPECT_TRUE(is_elsewhere(far_away, "localhost", true));
  EXPECT_TRUE(is_elsewhere("node7.example:41234", "localhost", true));
}

TEST(Sessions, WhereItIsNotItsLoopbackIsAnotherMachine) {
  EXPECT_TRUE(is_elsewhere("localhost", "192.0.2.8:50000", false));
  EXPECT_TRUE(is_elsewhere("127.0.0.1:41234", "192.0.2.8:50000", false));
  EXPECT_TRUE(is_elsewhere(far_away, "192.0.2.8:50000", false));
  EXPECT_FALSE(is_elsewhere(far_away, "192.0.2.7:50000", false)) << "as the server sees us, behind whatever";
}

}  // namespace
}  // namespace cadre::ctl
