// Nothing outside a worker's own spool is ever removed, and inside it only plain files and emptied directories,
// whatever a stranger has put there and whatever he does meanwhile (guarantees.md G12; faults S4, Q2, SEC-30).
#include "common/cleanup/sweep_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

namespace cadre::cleanup {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

constexpr const char* cluster = "cluster-1";
constexpr uid_t somebody = 65534;  // no user of ours

bool always() { return true; }

void write(const fs::path& file, const std::string& text = "data") {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Every name below a directory, with what is in it.
std::map<std::string, std::string> whole(const fs::path& directory) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    all[entry.path().string()] = entry.is_regular_file() ? read(entry.path()) : "";
  return all;
}

bool is_there(const fs::path& path) { return fs::symlink_status(path).type() != fs::file_type::not_found; }

// What a thread does to itself (its user, its mounts, its system calls) ends with it.
template <class Work>
void in_a_thread(const Work& work) {
  std::thread(work).join();
}

// From now on this call fails so, in this thread. Needs no rights.
bool let_fail(unsigned call, unsigned error) {
  sock_filter rules[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(rules)), rules};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

class SweepFiles : public ::testing::Test {
 protected:
  SweepFiles() {
    std::string name = (fs::temp_directory_path() / "cadre-sweep-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory: " + name);
    base = name;
    ::chmod(base.c_str(), 0755);
    spool = base / "spool";
    attempts = spool / "attempts";
    outside = base / "outside";
    fs::create_directories(attempts);
    ::chmod(spool.c_str(), 0700);
    write(spool / "cluster", std::string(cluster) + "\n");
    write(outside / "keep" / "a", "canary");
    write(outside / "keep" / "below" / "b", "canary");
    canary = whole(outside);
  }
  ~SweepFiles() override {
    std::error_code ignored;
    fs::remove_all(base, ignored);
  }
  void TearDown() override { EXPECT_EQ(whole(outside), canary) << "something outside the spool was touched"; }

  SpoolRoot root() const {
    auto opened = SpoolRoot::open(spool, cluster);
    if (!opened) throw std::runtime_error(opened.error());
    return *std::move(opened);
  }
  Entry look_for(const std::string& path) const {
    const auto seen = root().look();
    if (!seen) throw std::runtime_error(seen.error());
    for (const Entry& entry : *seen) {
      if (entry.path == path) return entry;
    }
    throw std::runtime_error("not seen: " + path);
  }
  Removed remove(const std::string& path) const { return root().remove(look_for(path), always); }
  std::string refusal(std::string_view of = cluster) const {
    const auto opened = SpoolRoot::open(spool, of);
    return opened ? "" : opened.error();
  }

  fs::path base, spool, attempts, outside;
  std::map<std::string, std::string> canary;
};

// --- which spool ---

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(SweepFiles, OnlyASpoolWithTheStampOfOurClusterIsOpened) {
  EXPECT_EQ(refusal(), "");
  EXPECT_SAYS(refusal("cluster-2"), "belongs to cluster cluster-1, and this worker to cluster cluster-2");
  EXPECT_SAYS(refusal("cluster"), "belongs to cluster cluster-1");
  EXPECT_SAYS(refusal(""), "no broker has told");
  write(spool / "cluster", "");
  EXPECT_SAYS(refusal(""), "no broker has told");  // an empty stamp is nobody's
  EXPECT_SAYS(refusal(), "belongs to cluster ,");
  fs::remove(spool / "cluster");
  EXPECT_SAYS(refusal(), "no stamp `cluster`");
  fs::create_symlink(outside / "keep" / "a", spool / "cluster");
  EXPECT_SAYS(refusal("canary"), "cannot be opened");
  fs::remove(spool / "cluster");
  ASSERT_EQ(::mkfifo((spool / "cluster").c_str(), 0600), 0);
  EXPECT_SAYS(refusal(), "not a regular file");
}

TEST_F(SweepFiles, ADirectoryThatOthersCanWriteInIsRefused) {
  for (const mode_t mode : {0720u, 0702u, 01777u}) {
    ::chmod(spool.c_str(), mode);
    EXPECT_SAYS(refusal(), "others can write in it");
  }
}

TEST_F(SweepFiles, ALinkOrAFileIsNoSpool) {
  const fs::path link = base / "link";
  fs::create_directory_symlink(spool, link);
  for (const std::string& path : {link.string(), link.string() + "/", (spool / "cluster").string()}) {
    const auto opened = SpoolRoot::open(path, cluster);
    ASSERT_FALSE(opened) << path;
    EXPECT_SAYS(opened.error(), "give worker.spool the directory itself");
  }
  const auto missing = SpoolRoot::open(base / "none", cluster);
  ASSERT_FALSE(missing);
  EXPECT_SAYS(missing.error(), "No such file");
}

TEST_F(SweepFiles, ASpoolOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  ASSERT_EQ(::chown(spool.c_str(), somebody, somebody), 0);
  EXPECT_SAYS(refusal(), "belongs to user 65534, and this worker runs as user 0");
  ASSERT_EQ(::chown(spool.c_str(), 0, 0), 0);
  ASSERT_EQ(::chown((spool / "cluster").c_str(), somebody, somebody), 0);
  EXPECT_SAYS(refusal(), "not a regular file of this user");
}

TEST_F(SweepFiles, AKernelWithoutOpenat2IsRefusedAndNothingElseIsTried) {
  in_a_thread([&] {
    ASSERT_TRUE(let_fail(SYS_openat2, ENOSYS));
    EXPECT_SAYS(refusal(), "no openat2");
  });
}

// --- looking ---

TEST_F(SweepFiles, ALookTellsEverythingInTheSpoolAndInAttempts) {
  write(attempts / "1-5.1" / "input", "12345");
  write(attempts / "1-5.1" / "out" / "page", "12345");
  write(attempts / ".spare.1" / "input", "");
  write(spool / "strange", "12345");
  fs::create_symlink(outside, spool / "link");
  const auto seen = root().look();
  ASSERT_TRUE(seen);
  Lines told;
  for (const Entry& entry : *seen) told.push_back(fmt::format("{} {}", entry.path, entry.files));
  EXPECT_EQ(told, (Lines{"attempts/.spare.1 1", "attempts/1-5.1 2", "cluster 1", "link 0", "strange 1"}));
  fs::remove_all(attempts);
  EXPECT_TRUE(root().look()) << "no attempt has run yet";
}

TEST_F(SweepFiles, AttemptsThatIsALinkIsNoReading) {
  fs::remove(attempts);
  fs::create_directory_symlink(outside / "keep", attempts);
  const auto seen = root().look();
  ASSERT_FALSE(seen);
  EXPECT_SAYS(seen.error(), "cannot look into attempts");
}

TEST_F(SweepFiles, WhatCannotBeReadMakesTheWholeLookFail) {
  write(attempts / "1-5.1" / "closed" / "x");
  in_a_thread([&] {
    if (::geteuid() == 0) {  // root may read everything, so for this we are somebody else
      for (const auto& path : {spool, spool / "cluster", attempts, attempts / "1-5.1", attempts / "1-5.1" / "closed"})
        ASSERT_EQ(::lchown(path.c_str(), somebody, somebody), 0);
      ASSERT_EQ(::syscall(SYS_setresuid, -1, somebody, -1), 0);  // of this thread only
    }
    const SpoolRoot spool_root = root();
    ASSERT_TRUE(spool_root.look());
    ::chmod((attempts / "1-5.1" / "closed").c_str(), 0);
    const auto seen = spool_root.look();
    ASSERT_FALSE(seen);
    EXPECT_SAYS(seen.error(), "cannot look into attempts/1-5.1/closed");
    EXPECT_SAYS(seen.error(), "Permission denied");
    ::chmod((attempts / "1-5.1" / "closed").c_str(), 0400);  // names can be read, and nothing else
    EXPECT_FALSE(spool_root.look());
    ::chmod((attempts / "1-5.1" / "closed").c_str(), 0700);
    EXPECT_TRUE(spool_root.look());
  });
}

TEST_F(SweepFiles, ADiskThatFailsIsNoReading) {
  write(attempts / "1-5.1" / "input");
  for (const unsigned call : {SYS_getdents64, SYS_newfstatat, SYS_openat2}) {
    in_a_thread([&] {
      const SpoolRoot spool_root = root();
      ASSERT_TRUE(let_fail(call, EIO));
      const auto seen = spool_root.look();
      ASSERT_FALSE(seen) << call;
      EXPECT_SAYS(seen.error(), "Input/output error");
    });
  }
}

// Two readings, and somebody writes in between: he is still there, so the wait begins anew.
TEST_F(SweepFiles, AFileWrittenBetweenTwoReadingsResetsTheGrace) {
  write(attempts / "1-5.1" / "out" / "page1");
  Orphans orphans;
  const SpoolRoot spool_root = root();
  const auto ripe = [&](Duration now) { return orphans.ripe(Instant{now}, *spool_root.look(), {}, 1h).size(); };
  EXPECT_EQ(ripe(0h), 0u);
  write(attempts / "1-5.1" / "out" / "page2");
  EXPECT_EQ(ripe(1h), 0u);
  EXPECT_EQ(ripe(2h), 1u);
}

TEST_F(SweepFiles, ARunningAttemptIsNeverRipeWhateverItsAge) {
  const AttemptId running{JobId::make(Epoch{1}, 5), 2};
  write(spool / attempt_path(running) / "input");
  write(attempts / "1-5.1" / "input");
  Owned owned;
  owned.attempt(running);
  Orphans orphans;
  const SpoolRoot spool_root = root();
  for (int day = 0; day < 100; ++day) {
    for (const Entry& entry : orphans.ripe(Instant{day * 24h}, *spool_root.look(), owned, 1h))
      EXPECT_FALSE(spool_root.remove(entry, always).stopped);
  }
  EXPECT_TRUE(is_there(spool / attempt_path(running) / "input"));
  EXPECT_TRUE(is_there(spool / "cluster"));
  EXPECT_FALSE(is_there(attempts / "1-5.1"));
}

// --- removing ---

TEST_F(SweepFiles, ATreeGoesWholeAndIsCounted) {
  write(attempts / "1-5.1" / "input", std::string(10000, 'x'));
  write(attempts / "1-5.1" / "out" / "page");
  fs::create_directories(attempts / "1-5.1" / "empty");
  const Entry entry = look_for("attempts/1-5.1");
  const Removed removed = root().remove(entry, always);
  EXPECT_EQ(removed.files, 2u);
  EXPECT_EQ(removed.directories, 3u);
  EXPECT_EQ(removed.bytes, entry.bytes);
  EXPECT_GE(removed.bytes, 10000u);
  EXPECT_EQ(removed.left, Lines{});
  EXPECT_FALSE(removed.stopped);
  EXPECT_FALSE(is_there(attempts / "1-5.1"));
  EXPECT_TRUE(is_there(attempts));
}

TEST_F(SweepFiles, AFileDirectlyInTheSpoolGoes) {
  write(spool / "strange");
  EXPECT_EQ(remove("strange").files, 1u);
  EXPECT_FALSE(is_there(spool / "strange"));
}

TEST_F(SweepFiles, NamesThatPeopleWouldTripOverAreNamesLikeAnyOther) {
  const Lines names{"-rf", "con", "a.", "A.", "...", " ", "new\nline", "\xff\xfe", "ｎａｍｅ", std::string(255, 'n'),
                    "*"};
  for (const std::string& name : names) write(attempts / name / name);
  const auto seen = root().look();
  ASSERT_TRUE(seen);
  for (const Entry& entry : *seen) {
    if (entry.path == "cluster") continue;
    const Removed removed = root().remove(entry, always);
    EXPECT_EQ(removed.files, 1u) << entry.path;
    EXPECT_EQ(removed.left, Lines{});
  }
  EXPECT_TRUE(fs::is_empty(attempts));
}

TEST_F(SweepFiles, OnlyWhatALookCanGiveIsTaken) {
  write(spool / "lock");
  for (const std::string path : {"", ".", "..", "/", "../outside", "/etc/passwd", "attempts/", "attempts/.",
                                 "attempts/..", "attempts/a/../../b", "other/x", "keep/a"}) {
    Entry entry = look_for("lock");
    entry.path = path;
    const Removed removed = root().remove(entry, always);
    EXPECT_EQ(removed.left.size(), 1u);
    EXPECT_EQ(removed.files + removed.directories, 0u) << path;
  }
  Entry cut_short = look_for("lock");
  cut_short.path = std::string("lock\0x", 6);
  EXPECT_EQ(root().remove(cut_short, always).left, Lines{"left: lock\\x00x is no name in a spool"});
  EXPECT_EQ(remove("lock").left, Lines{"left: lock is the worker's own"});
  EXPECT_TRUE(is_there(spool / "lock"));
}

TEST_F(SweepFiles, AnotherThingByTheSameNameIsLeftAlone) {
  write(attempts / "1-5.1" / "old");
  const Entry entry = look_for("attempts/1-5.1");
  fs::rename(attempts / "1-5.1", base / "moved");
  write(attempts / "1-5.1" / "new");
  EXPECT_EQ(root().remove(entry, always).left, Lines{"left: attempts/1-5.1 is no longer what was looked at"});
  EXPECT_TRUE(is_there(attempts / "1-5.1" / "new"));
  fs::remove_all(attempts / "1-5.1");
  const Removed gone = root().remove(entry, always);
  EXPECT_EQ(gone.left, Lines{});
  EXPECT_EQ(gone.directories, 0u);
}

TEST_F(SweepFiles, LinksPipesAndSocketsAreLeftAndTold) {
  const fs::path x = attempts / "x";
  write(x / "plain");
  fs::create_directory_symlink(outside / "keep", x / "dir\nlink");
  fs::create_symlink(outside / "keep" / "a", x / "filelink");
  ASSERT_EQ(::mkfifo((x / "pipe").c_str(), 0600), 0);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (x / "socket").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::copy(path.begin(), path.end(), address.sun_path);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);

  Removed removed = remove("attempts/x");
  std::sort(removed.left.begin(), removed.left.end());
  EXPECT_EQ(removed.left,
            (Lines{"left: attempts/x/dir\\x0alink is a symbolic link", "left: attempts/x/filelink is a symbolic link",
                   "left: attempts/x/pipe is a FIFO", "left: attempts/x/socket is a socket"}));
  EXPECT_EQ(removed.files, 1u);
  EXPECT_EQ(removed.directories, 0u);
  EXPECT_TRUE(is_there(x / "pipe"));
}

TEST_F(SweepFiles, AnEntryThatIsItselfALinkIsLeft) {
  fs::create_directory_symlink(outside / "keep", attempts / "x");
  fs::create_symlink(outside / "keep" / "a", spool / "y");
  EXPECT_EQ(remove("attempts/x").left, Lines{"left: attempts/x is a symbolic link"});
  EXPECT_EQ(remove("y").left, Lines{"left: y is a symbolic link"});
}

TEST_F(SweepFiles, ADeviceIsLeft) {
  fs::create_directories(attempts / "x");
  if (::mknod((attempts / "x" / "null").c_str(), S_IFCHR | 0600, ::makedev(1, 3)) != 0)
    GTEST_SKIP() << "no right to make a device";
  EXPECT_EQ(remove("attempts/x").left, Lines{"left: attempts/x/null is a device"});
  EXPECT_TRUE(is_there(attempts / "x" / "null"));
}

TEST_F(SweepFiles, AHardLinkLosesItsNameAndFreesNothing) {
  write(attempts / "x" / "own", std::string(5000, 'x'));
  const std::uint64_t alone = look_for("attempts/x").bytes;
  fs::create_hard_link(outside / "keep" / "a", attempts / "x" / "shared");
  const Entry entry = look_for("attempts/x");
  EXPECT_EQ(entry.files, 2u);
  EXPECT_EQ(entry.bytes, alone);
  const Removed removed = root().remove(entry, always);
  EXPECT_EQ(removed.files, 2u);
  EXPECT_EQ(removed.bytes, entry.bytes);
  EXPECT_FALSE(is_there(attempts / "x"));
}

TEST_F(SweepFiles, AFileOfAnotherUserIsLeft) {
  write(attempts / "x" / "theirs");
  write(attempts / "x" / "ours");
  if (::lchown((attempts / "x" / "theirs").c_str(), somebody, somebody) != 0)
    GTEST_SKIP() << "only root can give a file away";
  const Removed removed = remove("attempts/x");
  EXPECT_EQ(removed.left, Lines{"left: attempts/x/theirs belongs to user 65534"});
  EXPECT_EQ(removed.files, 1u);
}

TEST_F(SweepFiles, WhatIsLeftIsToldWithinABound) {
  fs::create_directories(attempts / "x");
  for (std::size_t i = 0; i < bounds::left_max - 1; ++i)
    fs::create_symlink("/nowhere", attempts / "x" / fmt::format("l{}", i));
  const Lines fits = remove("attempts/x").left;
  EXPECT_EQ(fits.size(), bounds::left_max - 1);
  EXPECT_EQ(std::count(fits.begin(), fits.end(), "left: and more below attempts/x"), 0);
  for (int i = 0; i < 20; ++i) fs::create_symlink("/nowhere", attempts / "x" / fmt::format("m{}", i));
  const Lines many = remove("attempts/x").left;
  EXPECT_EQ(many.size(), bounds::left_max);
  EXPECT_EQ(many.back(), "left: and more below attempts/x");
}

// Deeper than the descriptors that we allow ourselves, and still it goes whole.
TEST_F(SweepFiles, DeepTreesGoToo) {
  constexpr std::size_t deep = 3 * bounds::depth_max + 7;
  fs::path at = attempts / "x";
  for (std::size_t i = 0; i < deep; ++i, at /= "d") write(at / "f");
  const Entry entry = look_for("attempts/x");
  EXPECT_EQ(entry.files, bounds::depth_max + 1) << "nobody looks deeper";
  const Preview preview = root().preview(entry);
  EXPECT_EQ(std::count_if(preview.paths.begin(), preview.paths.end(),
                          [](const std::string& path) { return path.ends_with("/ and all below"); }),
            1);
  const Removed removed = root().remove(entry, always);
  EXPECT_EQ(removed.files, deep);
  EXPECT_EQ(removed.directories, deep);
  EXPECT_EQ(removed.left, Lines{});
  EXPECT_TRUE(fs::is_empty(attempts));
}

TEST_F(SweepFiles, ADeepTreeWithALinkAtItsEndKeepsOnlyTheWayToIt) {
  fs::path at = attempts / "x";
  for (std::size_t i = 0; i < 2 * bounds::depth_max; ++i, at /= "d") write(at / "f");
  fs::create_directory_symlink(outside / "keep", at.parent_path() / "link");
  const Removed removed = remove("attempts/x");
  EXPECT_EQ(removed.files, 2 * bounds::depth_max);
  ASSERT_EQ(removed.left.size(), 1u);
  EXPECT_SAYS(removed.left[0], "/link is a symbolic link");
  EXPECT_FALSE(removed.stopped);
}

TEST_F(SweepFiles, APreviewTellsWhatWouldGoAndTouchesNothing) {
  write(attempts / "x" / "f");
  write(attempts / "x" / "below" / "g");
  fs::create_symlink("/nowhere", attempts / "x" / "link");
  const auto before = whole(spool);
  const Preview preview = root().preview(look_for("attempts/x"));
  EXPECT_EQ(whole(spool), before);
  Lines paths = preview.paths;
  std::sort(paths.begin(), paths.end());
  EXPECT_EQ(paths, (Lines{"attempts/x/below/", "attempts/x/below/g", "attempts/x/f"}));
  const Removed removed = remove("attempts/x");
  EXPECT_EQ(removed.files, preview.sum.files);
  EXPECT_EQ(removed.directories, preview.sum.directories);
  EXPECT_EQ(removed.bytes, preview.sum.bytes);
  EXPECT_EQ(removed.left, preview.sum.left);
}

// --- the turn (S4) ---

TEST_F(SweepFiles, NothingIsRemovedOnceTheTurnIsNoLongerOurs) {
  constexpr std::size_t files = 3 * bounds::batch_max;
  for (std::size_t i = 0; i < files; ++i) write(attempts / "x" / fmt::format("f{}", i));
  const Entry entry = look_for("attempts/x");
  const SpoolRoot spool_root = root();

  const Removed never = spool_root.remove(entry, [] { return false; });
  EXPECT_TRUE(never.stopped);
  EXPECT_EQ(never.files, 0u);

  int asked = 0;
  const Removed once = spool_root.remove(entry, [&] { return ++asked == 1; });
  EXPECT_TRUE(once.stopped);
  EXPECT_EQ(asked, 2) << "it stops at once and asks no more";
  EXPECT_EQ(once.files, bounds::batch_max);
  EXPECT_EQ(look_for("attempts/x").files, files - bounds::batch_max);

  asked = 0;
  const Removed rest = spool_root.remove(entry, [&] { return ++asked > 0; });
  EXPECT_FALSE(rest.stopped);
  EXPECT_EQ(rest.files, files - bounds::batch_max);
  EXPECT_EQ(asked, 3) << "two batches of files, and the directory";
}

TEST_F(SweepFiles, ADeepTreeStopsWithTheTurnAsWell) {
  fs::path at = attempts / "x";
  for (std::size_t i = 0; i < 2 * bounds::depth_max; ++i, at /= "d") write(at / "f");
  int asked = 0;
  const Removed removed = root().remove(look_for("attempts/x"), [&] { return ++asked == 1; });
  EXPECT_TRUE(removed.stopped);
  EXPECT_EQ(asked, 2);
  EXPECT_LE(removed.files + removed.directories, bounds::batch_max);
}

// --- mounts ---

TEST_F(SweepFiles, AMountIsNeverCrossed) {
  bool permitted = false;
  in_a_thread([&] {
    // Mounts of this thread's own name space: they are gone with it, however the test ends.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
    const fs::path x = attempts / "x";
    write(x / "plain");
    write(x / "file");
    for (const auto& at : {x / "tmpfs", x / "bind", attempts / "y"}) fs::create_directories(at);
    if (::mount("none", (x / "tmpfs").c_str(), "tmpfs", 0, nullptr) != 0) return;
    permitted = true;
    write(x / "tmpfs" / "inside");
    ASSERT_EQ(::mount((outside / "keep").c_str(), (x / "bind").c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount((outside / "keep").c_str(), (attempts / "y").c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount((outside / "keep" / "a").c_str(), (x / "file").c_str(), nullptr, MS_BIND, nullptr), 0);

    EXPECT_EQ(look_for("attempts/x").files, 2u) << "what is mounted is not weighed";
    Removed removed = remove("attempts/x");
    std::sort(removed.left.begin(), removed.left.end());
    EXPECT_EQ(removed.left, (Lines{"left: attempts/x/bind is a mount point", "left: attempts/x/file is a mount point",
                                   "left: attempts/x/tmpfs is a mount point"}));
    EXPECT_EQ(removed.files, 1u);
    EXPECT_EQ(remove("attempts/y").left, Lines{"left: attempts/y is a mount point"});
    EXPECT_TRUE(is_there(x / "tmpfs" / "inside"));
    EXPECT_EQ(whole(outside), canary);
  });
  if (!permitted) GTEST_SKIP() << "no right to mount";
}

// --- the rename race (SEC-30) ---

// Exchanges two pairs of names as fast as it can: a directory and a link that leads outside, once within an entry, once
// as an entry. The names carry a number, so that the test can lay out the next pair while the last is still exchanged.
class Swapper {
 public:
  explicit Swapper(fs::path attempts) : attempts_(std::move(attempts)), thread_([this] { run(); }) {}
  ~Swapper() {
    done_ = true;
    thread_.join();
  }
  void now_at(int number) { number_ = number; }
  int exchanged() const { return exchanged_; }

 private:
  void run() {
    while (!done_) {
      const int number = number_;
      swap(attempts_ / "victim" / fmt::format("d{}", number), attempts_ / "victim" / fmt::format("s{}", number));
      swap(attempts_ / fmt::format("d{}", number), attempts_ / fmt::format("s{}", number));
    }
  }
  void swap(const fs::path& one, const fs::path& other) {
    if (::syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) ++exchanged_;
  }

  const fs::path attempts_;
  std::atomic<int> number_ = -1;
  std::atomic<int> exchanged_ = 0;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

TEST_F(SweepFiles, AnAttackerWhoSwapsADirectoryAndALinkReachesNothingOutside) {
  constexpr int rounds_min = 100, rounds_max = 4000, exchanges_min = 4000;
  const SpoolRoot spool_root = root();
  fs::create_directories(attempts / "victim");
  std::uint64_t files = 0;
  int rounds = 0;
  Swapper swapper(attempts);
  while (rounds < rounds_min || (swapper.exchanged() < exchanges_min && rounds < rounds_max)) {
    const int number = rounds++;
    for (const fs::path& place : {attempts, attempts / "victim"}) {
      const fs::path directory = place / fmt::format("d{}", number), link = place / fmt::format("s{}", number);
      for (const char* name : {"a", "below/b", "below/c"})
        write(directory / name);  // "a" and "below/b" are outside too
      fs::create_directory_symlink(outside / "keep", link);
    }
    swapper.now_at(number);
    const auto seen = spool_root.look();
    ASSERT_TRUE(seen) << "what changes under us is no trouble: " << seen.error();
    for (const Entry& entry : *seen) files += spool_root.remove(entry, always).files;
    ASSERT_EQ(whole(outside), canary) << "round " << number;
    swapper.now_at(-1);
    for (const fs::path& place : {attempts, attempts / "victim"}) {  // unlink follows nothing and removes no directory
      ::unlink((place / fmt::format("d{}", number)).c_str());
      ::unlink((place / fmt::format("s{}", number)).c_str());
    }
    fs::create_directories(attempts / "victim");
  }
  EXPECT_GT(files, 0u);
  EXPECT_GT(swapper.exchanged(), 0);
  RecordProperty("rounds", rounds);
  RecordProperty("exchanges", swapper.exchanged());
}

}  // namespace
}  // namespace cadre::cleanup
