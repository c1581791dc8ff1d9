#include "broker/ctl/engine_store.hpp"

#include <gtest/gtest.h>

#include "common/protocol/limits.hpp"

namespace cadre::ctl {
namespace {

// The name of a version is a directory's, is announced in a field of limited length, and never hidden.
TEST(EngineVersion, IsANameThatTellsContentApart) {
  const std::string digest(64, 'a');
  const std::string end = "-aaaaaaaaaaaa";
  EXPECT_EQ(engine_version_name("2.1", digest), "2.1" + end);
  EXPECT_EQ(engine_version_name("", digest), "_" + end);
  EXPECT_EQ(engine_version_name("..", digest), "_." + end);
  EXPECT_EQ(engine_version_name("1.0+git 4/2\n", digest), "1.0+git_4_2_" + end);
  const std::string longest = engine_version_name(std::string(500, '9'), digest);
  EXPECT_EQ(longest.size(), limits::name_bytes_max);
  EXPECT_TRUE(longest.ends_with(end));
}

}  // namespace
}  // namespace cadre::ctl
