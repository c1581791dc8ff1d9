// Disks that fill up, small ones but real: that of the database, before MariaDB aborts on it, and that of a worker's spool.
// Everything says why it stops, nothing is lost, and it goes on by itself.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstring>

#include <fmt/format.h>

#include "common/database/volumes.hpp"
#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

constexpr std::uint64_t MiB = 1 << 20;

// A file system of its own in memory, with a file on it that takes up what is to be taken up. It ends with the test.
class SmallDisk {
 public:
  // Nothing: why none can be made here.
  static std::string make(std::unique_ptr<SmallDisk>& disk, std::uint64_t size_mib) {
    if (unshare(CLONE_NEWNS) != 0) return fmt::format("no mount namespace may be made here: {}", strerror(errno));
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return fmt::format("mounts cannot be made private here: {}", strerror(errno));
    char name[] = "/tmp/cadre-disk-XXXXXX";
    if (mkdtemp(name) == nullptr) return "mkdtemp";
    disk.reset(new SmallDisk(name));
    if (mount("tmpfs", name, "tmpfs", 0, fmt::format("size={}m,mode=0755", size_mib).c_str()) != 0)
      return fmt::format("a tmpfs cannot be mounted here: {}", strerror(errno));
    return "";
  }
  ~SmallDisk() {
    umount2(path_.c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  SmallDisk(const SmallDisk&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t free() const { return db::space_at(path_)->free; }
  // From now on, as long as nobody else takes or gives.
  void leave_free(std::uint64_t bytes) {
    const auto filler = path_ / "filler";
    const int fd = ::open(filler.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat info{};
    ASSERT_EQ(fstat(fd, &info), 0);
    const std::int64_t size = info.st_size + static_cast<std::int64_t>(free()) - static_cast<std::int64_t>(bytes);
    ASSERT_GE(size, 0) << "so much was never free";
    const int code = size < info.st_size ? ftruncate(fd, size) : size > 0 ? posix_fallocate(fd, 0, size) : 0;
    close(fd);
    ASSERT_EQ(code, 0);
  }

 private:
  explicit SmallDisk(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// --- the database's -------------------------------------------------------------------------------------------------

constexpr const char* quick = "policy:\n  seat_ttl: 1s\n  lease_ttl: 5s\n  beat_interval: 200ms\n";

class DatabaseDisk : public testing::Test {
 protected:
  // Where it cannot be made the test is skipped: whoever calls it asks IsSkipped().
  void make(std::uint64_t size_mib, const std::string& yaml, std::uint32_t slots = 2) {
    const std::string trouble = SmallDisk::make(disk_, size_mib);
    if (!trouble.empty()) GTEST_SKIP() << trouble;
    Cluster::Options options;
    options.broker_yaml = quick + yaml;
    options.slots = slots;
    options.database_place = disk_->path();
    cluster_ = std::make_unique<Cluster>(options);
  }
  // An engine that waits for a file, then says `bytes`, and leaves a mark when it has.
  void gate(const std::string& name, std::size_t bytes) {
    const auto at = [&](const std::string& what) { return (cluster_->desk() / (what + name)).string(); };
    engine(*cluster_, name, fmt::format("while [ ! -e {} ]; do sleep 0.05; done; head -c {} /dev/zero | tr '\\0' x; echo > {}", at("go-"), bytes, at("ended-")));
  }
  void open(const std::string& name) { std::ofstream(cluster_->desk() / ("go-" + name)) << "now"; }
  bool ended(const std::string& name) { return eventually(20s, [&] { return std::filesystem::exists(cluster_->desk() / ("ended-" + name)); }); }
  std::uint64_t count(const std::string& table, const std::string& where = "1") {
    return cluster_->query("SELECT CAST(COUNT(*) AS UNSIGNED) FROM " + table + " WHERE " + where).u64(0, 0);
  }
  bool recorded(JobId id) { return count("outcome", fmt::format("job_id={}", id.value)) == 1; }
  void configure(const std::string& more) { replace_in(cluster_->config(), "  check_every: 1s\n", "  check_every: 1s\n" + more); }

  std::unique_ptr<SmallDisk> disk_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_F(DatabaseDisk, SubmitsStopBeforeMariadbDoesAndAllGoesOnByItself) {
  make(512, "  free_space_min: 128MiB\n", 3);
  if (IsSkipped()) return;
  Cluster& cluster = *cluster_;
  for (const char* small : {"one", "two"}) gate(small, 100);
  gate("large", 300'000);
  up(cluster);
  Client client = cluster.client();
  const auto begun = client.submit({job("one"), job("two"), job("large"), job("echo", "in line"), job("late")}, 20s);
  ASSERT_TRUE(begun) << begun.error();
  const JobId one = begun->at(0).job, two = begun->at(1).job, large = begun->at(2).job, in_line = begun->at(3).job, late = begun->at(4).job;
  ASSERT_TRUE(eventually(20s, [&] { return why(client, large).find("it is running") != std::string::npos; })) << why(client, large);
  const pid_t mariadb = cluster.mariadb().pid(), broker = cluster.broker().pid();

  // Jobs with payloads come until they are told to come later, with a sentence that a person understands.
  disk_->leave_free(168 * MiB);
  std::string told;
  for (int i = 0; i < 400 && told.empty(); ++i) {
    const auto more = client.submit({job("nobody", Bytes(300'000, 'x'))}, 2s);
    if (!more) told = more.error();
  }
  EXPECT_TRUE(says(told, {"the broker puts submits off", "the volume of the database, " + disk_->path().string(), "MiB free", "128 MiB are wanted (policy.free_space_min)",
                          "free some, or keep less"}));
  EXPECT_GT(disk_->free(), 64 * MiB) << "long before the disk is full";
  const Ran status = cluster.tool("status");
  EXPECT_EQ(status.code, 1);
  EXPECT_TRUE(says(status.out, {"NOT WORKING", "submits are put off", "128 MiB are wanted"}));
  EXPECT_TRUE(says(cluster.tool("cleanup status").out, {"warning: the volume of the database", "volume: " + disk_->path().string()}));

  // What was accepted is worked off.
  open("one");
  const auto ends = client.wait({one, in_line}, Watch::result, 20s);
  ASSERT_TRUE(ends) << ends.error();
  EXPECT_EQ(ends->at(1).output->front().bytes, "in line");

  // Below half: small results are recorded, a large one waits at its worker, nothing is given out.
  disk_->leave_free(48 * MiB);
  ASSERT_TRUE(cluster.broker().says("large results wait at their workers", 10s)) << cluster.broker().log();
  open("large");
  ASSERT_TRUE(ended("large"));
  engine(cluster, "late", "echo at last");
  ASSERT_TRUE(eventually(20s, [&] { return cluster.tool("engine list").out.find("late") != std::string::npos; }));
  open("two");
  ASSERT_TRUE(client.wait({two}, Watch::result, 20s));
  EXPECT_TRUE(recorded(two));
  EXPECT_FALSE(recorded(large)) << "it had ended before";
  EXPECT_TRUE(says(why(client, large), {"it is running"}));
  EXPECT_TRUE(says(why(client, late), {"nothing is given out", "policy.free_space_min"}));
  EXPECT_EQ(cluster.mariadb().pid(), mariadb);
  EXPECT_TRUE(cluster.mariadb().running());

  disk_->leave_free(200 * MiB);
  const auto at_last = client.wait({large, late}, Watch::result, 20s);
  ASSERT_TRUE(at_last) << at_last.error() << cluster.broker().log();
  EXPECT_EQ(at_last->at(0).output->front().bytes.size(), 300'000u) << "held, not lost";
  EXPECT_EQ(at_last->at(0).attempt, 1u);
  EXPECT_EQ(at_last->at(1).output->front().bytes, "at last\n");
  expect_service(cluster);
  EXPECT_EQ(cluster.tool("status").code, 0);
  EXPECT_EQ(cluster.mariadb().pid(), mariadb) << "nothing was started anew";
  EXPECT_EQ(cluster.broker().pid(), broker);
}

// The schedule is an hour away. The purge needs far less than 64 MiB, and what it leaves free inside the tables lets jobs in
// again although the volume has no more room than before.
TEST_F(DatabaseDisk, APurgeBeginsByItselfRunsOnLittleRoomAndMakesSome) {
  make(512, "  free_space_min: 128MiB\ncleanup:\n  keep_done: 0s\n  schedule: 0 0 1 1 *\n");
  if (IsSkipped()) return;
  Cluster& cluster = *cluster_;
  up(cluster);
  Client client = cluster.client();
  std::vector<JobId> ids;
  for (int i = 0; i < 4; ++i) {
    std::vector<JobRequest> some;
    for (int j = 0; j < 50; ++j) some.push_back(job("echo", Bytes(150'000, 'x')));
    const auto answers = client.submit(std::move(some), 30s);
    ASSERT_TRUE(answers) << answers.error();
    for (const auto& answer : *answers) ids.push_back(answer.job);
  }
  ASSERT_TRUE(client.wait(ids, Watch::notice, 60s));
  EXPECT_EQ(count("job"), 200u);
  disk_->leave_free(40 * MiB);
  ASSERT_TRUE(eventually(30s, [&] { return count("job") == 0; })) << cluster.broker().log();
  EXPECT_GT(disk_->free(), 8 * MiB);
  EXPECT_TRUE(cluster.mariadb().running());
  EXPECT_TRUE(eventually(20s, [&] { return cluster.tool("cleanup status").out.find("200 done") != std::string::npos; })) << cluster.tool("cleanup status").out;
  disk_->leave_free(80 * MiB);
  ASSERT_TRUE(cluster.broker().says("database_volume_has_room", 60s)) << cluster.broker().log();
  EXPECT_LT(disk_->free(), 128 * MiB);
  expect_service(cluster);
}

TEST_F(DatabaseDisk, BallastIsGivenUpAlsoWhereMariadbIsGoneAndComesBack) {
  make(256, "  free_space_min: 32MiB\n");
  if (IsSkipped()) return;
  Cluster& cluster = *cluster_;
  const auto ballast = disk_->path() / "ballast";
  configure("  ballast_file: " + ballast.string() + "\n  ballast_size: 48MiB\n");
  cluster.start_broker();
  ASSERT_TRUE(cluster.broker().says("ballast_laid", 20s)) << cluster.broker().log();
  EXPECT_EQ(std::filesystem::file_size(ballast), 48 * MiB);
  disk_->leave_free(8 * MiB);
  ASSERT_TRUE(cluster.broker().says("ballast_dropped", 20s)) << cluster.broker().log();
  EXPECT_FALSE(std::filesystem::exists(ballast));
  EXPECT_GT(disk_->free(), 40 * MiB);
  disk_->leave_free(100 * MiB);
  const auto laid_again = [&] {  // not that the file is there: it is while it still grows
    const std::string log = cluster.broker().log();
    return log.find("ballast_laid") != log.rfind("ballast_laid");
  };
  ASSERT_TRUE(eventually(20s, laid_again)) << cluster.broker().log();
  cluster.mariadb().kill9();
  disk_->leave_free(8 * MiB);
  ASSERT_TRUE(eventually(20s, [&] { return !std::filesystem::exists(ballast); })) << cluster.broker().log();
  cluster.mariadb().start();
  cluster.start_worker("w1");
  cluster.wait_for_nodes(1);
  expect_service(cluster);
}

TEST_F(DatabaseDisk, BallastElsewhereIsAnErrorThatNamesBoth) {
  make(128, "  free_space_min: 16MiB\n");
  if (IsSkipped()) return;
  Cluster& cluster = *cluster_;
  const auto ballast = cluster.directory() / "ballast";
  configure("  ballast_file: " + ballast.string() + "\n");
  cluster.start_broker();
  EXPECT_EQ(cluster.broker().wait(20s), 78) << cluster.broker().log();
  EXPECT_TRUE(says(cluster.broker().log(), {"database.ballast_file: " + ballast.string() + " is on another volume", cluster.mariadb().directory().string()}));
}

// --- a worker's -----------------------------------------------------------------------------------------------------

class SpoolDisk : public testing::Test {
 protected:
  void SetUp() override {
    const std::string trouble = SmallDisk::make(disk_, 64);
    if (!trouble.empty()) GTEST_SKIP() << trouble;
    Cluster::Options options;
    options.broker_yaml = std::string(quick) + "  free_space_min: 16MiB\ncleanup:\n  files_grace: 0s\n";
    cluster_ = std::make_unique<Cluster>(options);
    cluster_->write_worker_file("w1", "  free_low: 24MiB\n  free_high: 36MiB\n");
    replace_in(cluster_->directory() / "w1.yaml", "spool: w1-spool", "spool: " + spool().string());
  }
  // Not the whole volume: the filler beside it is none of the worker's business.
  std::filesystem::path spool() const { return disk_->path() / "spool"; }

  std::unique_ptr<SmallDisk> disk_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_F(SpoolDisk, BelowTheLowMarkItTakesNoWorkAndSaysWhyUntilAboveTheHighOne) {
  Cluster& cluster = *cluster_;
  up(cluster);
  Client client = cluster.client();
  EXPECT_EQ(one(client, job("echo")).state, JobState::done);
  disk_->leave_free(20 * MiB);
  ASSERT_TRUE(cluster.worker("w1").says("24 MiB are wanted", 20s)) << cluster.worker("w1").log();
  const std::string reason = "the volume of the spool " + spool().string() + " has ";
  // What it was given before the broker has heard of it, it takes.
  ASSERT_TRUE(eventually(10s, [&] { return cluster.tool("node list").out.find(reason) != std::string::npos; })) << cluster.tool("node list").out;
  const auto waits = client.submit({job("echo", "when there is room")}, 20s);
  ASSERT_TRUE(waits) << waits.error();
  const JobId id = waits->front().job;
  EXPECT_TRUE(says(cluster.tool("job why " + to_string(id)).out, {"no node that offers 'echo' takes work now: w1 takes no work: " + reason}));
  EXPECT_TRUE(says(cluster.tool("job list --state ready").out, {reason}));

  disk_->leave_free(30 * MiB);  // between the marks: not yet
  ASSERT_TRUE(cluster.worker("w1").says("has 30 MiB free, 36 MiB are wanted", 20s)) << cluster.worker("w1").log();
  EXPECT_TRUE(says(why(client, id), {"takes no work"}));
  disk_->leave_free(40 * MiB);
  const auto end = client.wait({id}, Watch::result, 20s);
  ASSERT_TRUE(end) << end.error() << cluster.worker("w1").log();
  EXPECT_EQ(end->front().output->front().bytes, "when there is room");
}

// What nobody owns was seen once. The schedule is an hour away, but there is no room: the second look is at once.
TEST_F(SpoolDisk, BelowTheLowMarkItCleansAtOnceAndThatMakesTheRoom) {
  Cluster& cluster = *cluster_;
  up(cluster);
  const auto orphan = spool() / "attempts/7-9.1";
  std::filesystem::create_directory(orphan);
  {
    const int fd = ::open((orphan / "big").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(posix_fallocate(fd, 0, 20 * MiB), 0);
    close(fd);
  }
  ASSERT_TRUE(eventually(20s, [&] { return cluster.tool("lease list").out.find("cleanup/files/w1") != std::string::npos; }));
  const Ran first = cluster.tool("cleanup run --node w1");
  ASSERT_EQ(first.code, 0) << first.out;
  ASSERT_TRUE(std::filesystem::exists(orphan)) << "one look is not enough";
  disk_->leave_free(20 * MiB);
  ASSERT_TRUE(eventually(30s, [&] { return !std::filesystem::exists(orphan); })) << cluster.worker("w1").log();
  ASSERT_TRUE(cluster.worker("w1").says("spool_mended", 20s)) << cluster.worker("w1").log();
  Client client = cluster.client();
  EXPECT_EQ(one(client, job("echo")).state, JobState::done);
}

}  // namespace
}  // namespace cadre::test
