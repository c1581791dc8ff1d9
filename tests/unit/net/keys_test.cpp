// Whose key file is taken: ours alone, and for a client also one of root's that a group shares.
#include "common/net/keys.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace cadre::net {
namespace {

class KeyFile : public testing::Test {
 protected:
  KeyFile() {
    std::string name = (std::filesystem::temp_directory_path() / "cadre-keys-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory: " + name);
    directory_ = name;
    file_ = directory_ / "some.key";
    EXPECT_TRUE(write_key_pair(file_, make_key_pair()));
  }
  ~KeyFile() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  bool taken(os::Readers readers) const { return static_cast<bool>(read_secret_key(file_, readers)); }
  void mode(unsigned bits) const { std::filesystem::permissions(file_, std::filesystem::perms{bits}); }

  std::filesystem::path directory_, file_;
};

TEST_F(KeyFile, OfOurOwnIsTakenWithItsPublicHalf) {
  const auto keys = read_secret_key(file_);
  ASSERT_TRUE(keys) << keys.error();
  EXPECT_EQ(*read_public_key(public_file_of(file_)), keys->public_key);
  EXPECT_TRUE(taken(os::Readers::group));
  EXPECT_FALSE(write_key_pair(file_, *keys)) << "what is there is never overwritten";
}

TEST_F(KeyFile, ThatAGroupSharesIsTakenFromRootAndByAClientOnly) {
  mode(0640);
  EXPECT_FALSE(taken(os::Readers::owner)) << "broker and worker: never";
  EXPECT_EQ(taken(os::Readers::group), ::geteuid() == 0) << "it is ours: root's where root runs this";
  for (const unsigned open : {0644u, 0660u, 0650u, 0604u}) {
    mode(open);
    EXPECT_FALSE(taken(os::Readers::group)) << std::oct << open;
  }
  if (::geteuid() != 0) return;
  mode(0640);
  ASSERT_EQ(::chown(file_.c_str(), 64321, 64321), 0);
  EXPECT_FALSE(taken(os::Readers::group)) << "another user's is for him to share, not for us to trust";
}

TEST_F(KeyFile, BehindASymbolicLinkIsRefused) {
  const auto link = directory_ / "link.key";
  std::filesystem::create_symlink(file_, link);
  for (const auto readers : {os::Readers::owner, os::Readers::group}) {
    const auto keys = read_secret_key(link, readers);
    ASSERT_FALSE(keys);
    EXPECT_NE(keys.error().find("symbolic link"), std::string::npos) << keys.error();
  }
}

}  // namespace
}  // namespace cadre::net
