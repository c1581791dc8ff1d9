// On which file system of ours does a server have its files? By what /proc tells of its mounts and of ours.
#include "common/database/volumes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cadre::db {
namespace {

using Places = std::vector<std::filesystem::path>;

constexpr std::string_view machine =
    "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "22 21 0:20 / /proc rw shared:1 - proc proc rw\n"
    "30 21 8:16 / /var/lib/my\\040data rw master:3 - ext4 /dev/sdb rw\n"
    "31 21 8:32 / /srv rw - xfs /dev/sdc rw\n"
    "32 31 0:44 / /srv rw - tmpfs none rw\n"
    "not a line\n";

TEST(Mounts, AreReadWithTheirEscapes) {
  const auto mounts = mounts_in(machine);
  ASSERT_EQ(mounts.size(), 5u);
  EXPECT_EQ(mounts[2].device, "8:16");
  EXPECT_EQ(mounts[2].point, "/var/lib/my data");
}

TEST(Mounts, APathLiesOnTheDeepestAndLastAboveIt) {
  const auto mounts = mounts_in(machine);
  const auto device = [&](const char* path) { return mount_of(mounts, path)->device; };
  EXPECT_EQ(device("/var/lib/my data/"), "8:16");
  EXPECT_EQ(device("/var/lib/my data/x"), "8:16");
  EXPECT_EQ(device("/var/lib/my database"), "8:1") << "a name that only begins alike";
  EXPECT_EQ(device("/var/lib"), "8:1");
  EXPECT_EQ(device("/srv/mysql/../mysql"), "0:44") << "mounted over";
  EXPECT_EQ(device("/"), "8:1");
  EXPECT_EQ(mount_of({}, "/x"), nullptr);
}

TEST(Places, AreThePathItselfWhereBothSeeTheSame) {
  const auto mounts = mounts_in(machine);
  EXPECT_EQ(places_of("/var/lib/my data/db", "/var/lib/my data/db", mounts, mounts), (Places{"/var/lib/my data/db", "/var/lib/my data"}))
      << "and the mount's own point, where the directories in between are closed to us";
}

TEST(Places, FollowALinkThatLeadsToAnotherVolume) {
  const auto mounts = mounts_in(machine);
  EXPECT_EQ(places_of("/var/lib/mysql", "/var/lib/my data/mysql", mounts, mounts).front(), "/var/lib/my data/mysql");
}

// A sandbox has mounts of its own, and shows the same file systems under the same names.
TEST(Places, InASandboxAreTheSame) {
  const auto theirs = mounts_in("500 400 8:1 / / ro master:1 - ext4 /dev/sda1 rw\n501 500 0:99 / /tmp rw - tmpfs tmpfs rw\n502 500 8:16 / /var/lib/data rw - ext4 /dev/sdb rw\n");
  const auto ours = mounts_in("21 1 8:1 / / rw - ext4 /dev/sda1 rw\n22 21 8:16 / /var/lib/data rw - ext4 /dev/sdb rw\n");
  EXPECT_EQ(places_of("/var/lib/data/mysql", "/var/lib/data/mysql", theirs, ours).front(), "/var/lib/data/mysql");
}

// In a container /var/lib/mysql is something else than here; the file system behind it has the same number for both.
TEST(Places, InAContainerAreFoundByTheFileSystem) {
  const auto theirs = mounts_in("900 800 0:50 / / rw - overlay overlay rw\n901 900 8:16 /volumes/db/_data /var/lib/mysql rw - ext4 /dev/sdb rw\n");
  const auto ours = mounts_in("21 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 21 8:16 / /var/lib/containers rw - ext4 /dev/sdb rw\n");
  EXPECT_EQ(places_of("/var/lib/mysql", "/var/lib/mysql", theirs, ours), Places{"/var/lib/containers"});
  EXPECT_EQ(places_of("/elsewhere", "/elsewhere", theirs, ours), Places{}) << "the container's own disk is not mounted here";
}

TEST(Fullest, IsTheOneWithTheLeastRoom) {
  EXPECT_FALSE(fullest({}));
  EXPECT_FALSE(fullest({{{"/nowhere", "/no/such/directory"}}, ""}));
  const auto seen = fullest({{{"/data", "/"}, {"/log", "/proc"}}, ""});  // /proc has no blocks at all
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->directory, "/log");
  EXPECT_EQ(seen->space.free, 0u);
}

}  // namespace
}  // namespace cadre::db
