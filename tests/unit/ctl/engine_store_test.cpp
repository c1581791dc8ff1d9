#include "broker/ctl/engine_store.hpp"

#include <gtest/gtest.h>

#include "broker/ctl/temporary_directory.hpp"
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

// Only what an install names so is ever removed.
TEST(EngineVersion, IsTakenForOursByItsNameAlone) {
  const TemporaryDirectory engines(std::filesystem::temp_directory_path().string(), "cadre-engines");
  const EngineStore store(engines.path(), "thumb");
  const auto ours = [&](const std::string& name) {
    std::filesystem::create_directories(store.home() / name);
    return store.made_here(name);
  };
  EXPECT_TRUE(ours("1.0-0123456789ab"));
  EXPECT_TRUE(ours("_-0123456789ab"));
  EXPECT_TRUE(ours("1.0-2-0123456789ab"));
  for (const char* name : {"notes", "0123456789ab", "-0123456789ab", "1.0-0123456789aB", "1.0_0123456789ab",
                           ".new-0123456789ab", "1.0-0123456789abc"})
    EXPECT_FALSE(ours(name)) << name;
  EXPECT_FALSE(store.made_here("1.1-0123456789ab")) << "it is not there";
  EXPECT_EQ(store.all_made_here().size(), 3u);
}

}  // namespace
}  // namespace cadre::ctl
