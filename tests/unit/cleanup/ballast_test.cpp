// Room in reserve: when the file is made, when it is given up, and that nothing else is touched.
#include "common/cleanup/ballast.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace cadre::cleanup {
namespace {

using Act = Ballast::Act;

constexpr std::uint64_t MiB = 1 << 20;

TEST(BallastWish, IsMadeWhereTheBoundFindsRoomBesideItAndGivenUpBelowHalfOfTheBound) {
  const Ballast::Settings settings{"/x", 512 * MiB, 2048 * MiB};
  EXPECT_EQ(Ballast::wish(false, 2560 * MiB, settings), Act::lay);
  EXPECT_EQ(Ballast::wish(false, 2560 * MiB - 1, settings), Act::none);
  EXPECT_EQ(Ballast::wish(true, 2560 * MiB, settings), Act::none);
  EXPECT_EQ(Ballast::wish(true, 1024 * MiB, settings), Act::none);
  EXPECT_EQ(Ballast::wish(true, 1024 * MiB - 1, settings), Act::drop);
  EXPECT_EQ(Ballast::wish(false, 0, settings), Act::none);
}

TEST(BallastWish, WhatWasGivenUpDoesNotComeBackAtOnce) {
  for (const std::uint64_t bound : {64 * MiB, 256 * MiB, 2048 * MiB})
    for (const std::uint64_t size : {MiB, 512 * MiB, 4096 * MiB}) {
      const Ballast::Settings settings{"/x", size, bound};
      const std::uint64_t free = bound / 2 - 1;
      ASSERT_EQ(Ballast::wish(true, free, settings), Act::drop);
      EXPECT_EQ(Ballast::wish(false, free + size, settings), Act::none);
    }
}

class BallastFile : public testing::Test {
 protected:
  BallastFile() {
    char name[] = "/tmp/cadre-ballast-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = name;
  }
  ~BallastFile() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path file() const { return directory_ / "ballast"; }
  // With a bound of 0 there is always room for it; with one of all there is, never.
  Act tend(std::uint64_t bound) const {
    const auto done = Ballast({file(), 4 * MiB, bound}).tend();
    if (!done) throw std::runtime_error(done.error());
    return *done;
  }
  std::filesystem::path directory_;
};

TEST_F(BallastFile, TakesUpRealRoomAndGivesItBack) {
  EXPECT_EQ(tend(0), Act::lay);
  struct stat info{};
  ASSERT_EQ(stat(file().c_str(), &info), 0);
  EXPECT_GE(static_cast<std::uint64_t>(info.st_blocks) * 512, 4 * MiB) << "not a file with a hole in it";
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(tend(0), Act::none);
  EXPECT_EQ(tend(UINT64_MAX / 2), Act::drop);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(BallastFile, OneThatWasCutShortIsMadeWhole) {
  std::ofstream(file()) << "short";
  EXPECT_EQ(tend(0), Act::lay);
  EXPECT_EQ(std::filesystem::file_size(file()), 4 * MiB);
}

TEST_F(BallastFile, ALinkIsNotFollowed) {
  std::ofstream(directory_ / "precious") << "mine";
  std::filesystem::create_symlink(directory_ / "precious", file());
  const auto done = Ballast({file(), 4 * MiB, 0}).tend();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().find("database.ballast_file"), std::string::npos) << done.error();
  EXPECT_EQ(std::filesystem::file_size(directory_ / "precious"), 4u);
}

TEST_F(BallastFile, BeforeTheVolumeIsKnownRoomIsOnlyGiven) {
  const Ballast eager({file(), 4 * MiB, 0});
  EXPECT_EQ(*eager.relieve(), Act::none);
  EXPECT_FALSE(std::filesystem::exists(file()));
  ASSERT_EQ(*eager.tend(), Act::lay);
  EXPECT_EQ(*Ballast({file(), 4 * MiB, UINT64_MAX / 2}).relieve(), Act::drop);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(BallastFile, OnAnotherVolumeItIsOfNoUseAndBothAreNamed) {
  const Ballast::Settings settings{file(), MiB, 0};
  EXPECT_FALSE(ballast_trouble(settings, {{{"/data", directory_}}, ""}));
  const auto other = ballast_trouble(settings, {{{"/var/lib/mysql", "/proc"}}, ""});
  ASSERT_TRUE(other);
  EXPECT_NE(other->find(file().string()), std::string::npos) << *other;
  EXPECT_NE(other->find("/var/lib/mysql"), std::string::npos) << *other;
  const auto unseen = ballast_trouble(settings, {{}, "it is on another machine"});
  ASSERT_TRUE(unseen);
  EXPECT_NE(unseen->find("it is on another machine"), std::string::npos) << *unseen;
}

}  // namespace
}  // namespace cadre::cleanup
