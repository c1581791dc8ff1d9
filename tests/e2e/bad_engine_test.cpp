// Engines, directories and clocks that misbehave, with the real worker: the cause is told, the node goes on, nothing is
// left behind, nothing is lost. How the engine host takes each of these apart is in tests/contract/engine.
#include <gtest/gtest.h>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

JobRequest once(const std::string& engine_name) {
  JobRequest request = job(engine_name);
  request.attempts_max = 1;
  return request;
}

// What lies in the spool beside the worker's own three small files.
std::uintmax_t bytes_in(const std::filesystem::path& directory) {
  std::uintmax_t bytes = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, ignored))
    if (entry.is_regular_file(ignored)) bytes += entry.file_size(ignored);
  return bytes;
}

bool lives(pid_t pid) { return ::kill(pid, 0) == 0; }

// --- engines --------------------------------------------------------------------------------------------------------

TEST(BadEngine, EachWayToMisbehaveIsToldAndTheNodeGoesOn) {
  Cluster cluster;
  engine(cluster, "endless", "exec head -c 10G /dev/zero");
  engine(cluster, "chatter", "head -c 300M /dev/zero | tr '\\0' x >&2; echo; echo 'the last words' >&2");
  engine(cluster, "silent", "exit 0");
  engine(cluster, "hang", "exec sleep 1000", "time_limit: 1s\n");
  engine(cluster, "mute", "exec sleep 1000", "stall_limit: 1s\n");
  engine(cluster, "crash", "kill -SEGV $$");
  engine(cluster, "greedy", "x=$(head -c 400M /dev/zero | tr '\\0' x); echo ${#x}", "memory_limit: 64MiB\n");
  engine(cluster, "forks", "for i in $(seq 40); do setsid sleep 1000 & echo $!; done");
  up(cluster);
  Client client = cluster.client();

  const Notice endless = one(client, once("endless"));
  EXPECT_EQ(endless.state, JobState::dead);
  EXPECT_EQ(endless.cause, Cause::output_too_large);
  EXPECT_TRUE(says(endless.message, {"output too large", "limit 8 MiB"}));

  const Notice chatter = one(client, once("chatter"), 60s);
  EXPECT_EQ(chatter.state, JobState::done) << chatter.message;
  EXPECT_TRUE(says(cluster.tool("job logs " + to_string(chatter.job)).out, {"the last words"})) << "the end of the log is kept";

  const Notice silent = one(client, once("silent"));
  EXPECT_EQ(silent.state, JobState::done);

  const Notice hang = one(client, once("hang"));
  EXPECT_EQ(hang.cause, Cause::time_limit);
  EXPECT_TRUE(says(hang.message, {"time limit of 1s (time_limit in engine.yaml)"}));

  const Notice mute = one(client, once("mute"));
  EXPECT_EQ(mute.cause, Cause::stall);
  EXPECT_TRUE(says(mute.message, {" of 1s (stall_limit in engine.yaml)"}));

  const Notice crash = one(client, once("crash"));
  EXPECT_EQ(crash.cause, Cause::signal);
  EXPECT_EQ(crash.code, SIGSEGV);

  const Notice greedy = one(client, once("greedy"), 60s);
  EXPECT_EQ(greedy.cause, Cause::out_of_memory);
  EXPECT_TRUE(says(greedy.message, {"limit 64 MiB"}));

  const Notice forks = one(client, once("forks"));
  ASSERT_EQ(forks.state, JobState::done) << forks.message;
  std::istringstream pids(forks.output->front().bytes);
  int counted = 0;
  for (pid_t pid = 0; pids >> pid; ++counted) EXPECT_TRUE(eventually(10s, [&] { return !lives(pid); })) << pid << " was left behind";
  EXPECT_EQ(counted, 40);

  EXPECT_EQ(one(client, job("echo", "still at work")).state, JobState::done);
  EXPECT_TRUE(cluster.worker("w1").running());
  EXPECT_TRUE(eventually(5s, [&] { return bytes_in(cluster.directory() / "w1-spool") < 4096; })) << "no attempt leaves files";
  // The tool tells the same to people.
  const Ran shown = cluster.tool("submit hang --attempts 1 --wait </dev/null");
  EXPECT_EQ(shown.code, 1);
  EXPECT_TRUE(says(shown.out, {"is dead", "w1", "time limit of 1s (time_limit in engine.yaml)"}));
}

TEST(BadEngine, AProgramThatIsMissingOrNotExecutableIsNotOfferedUntilItIsMended) {
  Cluster cluster;
  engine(cluster, "absent", "echo here now");
  engine(cluster, "locked", "echo unlocked");
  const auto absent = cluster.directory() / "engines/absent/run", locked = cluster.directory() / "engines/locked/run";
  std::filesystem::rename(absent, cluster.directory() / "elsewhere");
  std::filesystem::permissions(locked, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  up(cluster);
  EXPECT_TRUE(says(cluster.worker("w1").log(), {"engine_not_offered", absent.string(), "No such file", locked.string(), "chmod +x"}));
  Client client = cluster.client();
  const auto answers = client.submit({job("absent"), job("locked")}, 20s);
  ASSERT_TRUE(answers) << answers.error();
  EXPECT_TRUE(says(why(client, answers->at(0).job), {"no connected node offers the engine 'absent'"}));
  std::filesystem::rename(cluster.directory() / "elsewhere", absent);
  std::filesystem::permissions(locked, std::filesystem::perms::owner_all);
  const auto ends = client.wait({answers->at(0).job, answers->at(1).job}, Watch::result, 30s);
  ASSERT_TRUE(ends) << ends.error();
  EXPECT_EQ(ends->at(0).output->front().bytes, "here now\n");
  EXPECT_EQ(ends->at(1).output->front().bytes, "unlocked\n");
}

// It was there when the engine was offered: the attempt costs no try, and the job waits for somebody who can.
TEST(BadEngine, AProgramThatGoesAwayWhileItIsOfferedCostsNoTry) {
  Cluster cluster;
  engine(cluster, "flaky", "echo 'on its feet again'");
  const auto program = cluster.directory() / "engines/flaky/run";
  up(cluster);
  Client client = cluster.client();
  EXPECT_EQ(one(client, once("flaky")).state, JobState::done);
  std::ofstream(program) << "#!/no/such/interpreter\n";
  const auto answer = client.submit({once("flaky")}, 20s);
  ASSERT_TRUE(answer) << answer.error();
  const JobId id = answer->front().job;
  ASSERT_TRUE(eventually(20s, [&] { return why(client, id).find("interpreter") != std::string::npos; })) << why(client, id) << cluster.worker("w1").log();
  EXPECT_TRUE(says(cluster.tool("status").out, {"engine flaky is quarantined on w1", "interpreter"}));
  const auto state = client.ask("job.show", fmt::format("{{\"job\":\"{}\"}}", to_string(id)), 10s);
  ASSERT_TRUE(state) << state.error();
  EXPECT_TRUE(says(*state, {"\"state\":\"ready\""})) << "it has one try, and has it still";
}

// --- the work directory ---------------------------------------------------------------------------------------------

class BadSpool : public testing::Test {
 protected:
  // Mounts of our own, which end with this process and its children.
  void SetUp() override {
    if (unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "no mount namespace may be made here: " << strerror(errno);
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) GTEST_SKIP() << "mounts cannot be made private here: " << strerror(errno);
    cluster_ = std::make_unique<Cluster>();
    spool_ = cluster_->directory() / "w1-spool";
    std::filesystem::create_directory(spool_);
    if (mount("tmpfs", spool_.c_str(), "tmpfs", 0, "size=32m,mode=0700") != 0) GTEST_SKIP() << "a tmpfs cannot be mounted here: " << strerror(errno);
    cluster_->write_worker_file("w1", "  spool_max: 16MiB\n  output_max: 1MiB\n");
  }
  void TearDown() override {
    const bool mounted = !spool_.empty();
    cluster_.reset();
    if (mounted) umount2(spool_.c_str(), MNT_DETACH);
    std::error_code ignored;
    if (mounted) std::filesystem::remove_all(spool_.parent_path(), ignored);
  }
  // A second mount over the first: the worker has a file open below, so the first one cannot be changed.
  void make_read_only() {
    ASSERT_EQ(mount(spool_.c_str(), spool_.c_str(), nullptr, MS_BIND, nullptr), 0) << strerror(errno);
    ASSERT_EQ(mount(nullptr, spool_.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0) << strerror(errno);
  }
  void make_writable() { ASSERT_EQ(umount2(spool_.c_str(), MNT_DETACH), 0) << strerror(errno); }
  std::unique_ptr<Cluster> cluster_;
  std::filesystem::path spool_;
};

TEST_F(BadSpool, AFullOneTakesNoNewWorkAndSaysSoUntilThereIsRoom) {
  Cluster& cluster = *cluster_;
  const auto go = cluster.desk() / "go";
  engine(cluster, "hog", "head -c 60M /dev/zero > big; code=$?; while [ ! -e " + go.string() + " ]; do sleep 0.1; done; rm big; echo \"written: $code\"");
  up(cluster);
  Client client = cluster.client();
  const auto hog = client.submit({once("hog")}, 20s);
  ASSERT_TRUE(hog) << hog.error();
  ASSERT_TRUE(cluster.worker("w1").says("spool_trouble", 20s)) << cluster.worker("w1").log();
  EXPECT_TRUE(says(cluster.worker("w1").log(), {"the volume of the spool " + spool_.string() + " has ", "16 MiB are wanted", "worker.spool"}));
  ASSERT_TRUE(eventually(10s, [&] { return cluster.tool("status").out.find("node w1 takes no work: the volume of the spool") != std::string::npos; }));
  const auto waits = client.submit({job("echo", "when there is room")}, 20s);
  ASSERT_TRUE(waits) << waits.error();
  EXPECT_TRUE(says(why(client, waits->front().job), {"the volume of the spool", "w1"}));
  std::ofstream(go) << "\n";
  const auto ends = client.wait({hog->front().job, waits->front().job}, Watch::result, 30s);
  ASSERT_TRUE(ends) << ends.error();
  EXPECT_EQ(ends->at(0).state, JobState::done) << "the engine heard of the full disk, and the worker lived on";
  EXPECT_EQ(ends->at(0).output->front().bytes, "written: 1\n");
  EXPECT_EQ(ends->at(1).output->front().bytes, "when there is room");
}

TEST_F(BadSpool, AReadOnlyOneTakesNoNewWorkUntilItCanBeWritten) {
  Cluster& cluster = *cluster_;
  up(cluster);
  Client client = cluster.client();
  EXPECT_EQ(one(client, job("echo")).state, JobState::done);
  make_read_only();
  ASSERT_TRUE(cluster.worker("w1").says("is on a read-only file system; remount it for writing", 20s)) << cluster.worker("w1").log();
  ASSERT_TRUE(eventually(10s, [&] { return cluster.tool("node list").out.find("read-only") != std::string::npos; }));
  const auto waits = client.submit({job("echo", "later")}, 20s);
  ASSERT_TRUE(waits) << waits.error();
  EXPECT_TRUE(says(why(client, waits->front().job), {"read-only"}));
  // A second life cannot begin there, and says where and why.
  EXPECT_EQ(cluster.worker("w1").stop(20s), 0);
  cluster.start_worker("w1");
  EXPECT_EQ(cluster.worker("w1").wait(20s), 78);
  EXPECT_TRUE(says(cluster.worker("w1").log(), {"worker.spool: " + spool_.string() + " cannot be written: Read-only file system"}));
  make_writable();
  cluster.start_worker("w1");
  const auto end = client.wait({waits->front().job}, Watch::result, 30s);
  ASSERT_TRUE(end) << end.error();
  EXPECT_EQ(end->front().state, JobState::done);
}

// --- clocks ---------------------------------------------------------------------------------------------------------

// Wall clocks that people or NTP set. Leases, limits and back-offs run on CLOCK_BOOTTIME, which cannot be set.
class BadClock : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib"))
      if (const auto library = entry.path() / "faketime/libfaketimeMT.so.1"; std::filesystem::exists(library)) library_ = library;
    if (library_.empty()) GTEST_SKIP() << "libfaketime is not installed (Debian: apt-get install libfaketime)";
  }
  // The wall clock of a daemon, which set() moves while it runs.
  std::vector<std::string> clock(Cluster& cluster, const std::string& name, const std::string& offset) {
    set(cluster, name, offset);
    return {"/usr/bin/env", "LD_PRELOAD=" + library_.string(), "FAKETIME_TIMESTAMP_FILE=" + file(cluster, name).string(), "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1"};
  }
  static void set(Cluster& cluster, const std::string& name, const std::string& offset) {
    const auto made = file(cluster, name + ".new");
    std::ofstream(made) << offset << "\n";
    std::filesystem::rename(made, file(cluster, name));
  }
  static std::filesystem::path file(Cluster& cluster, const std::string& name) { return cluster.directory() / (name + ".clock"); }
  std::filesystem::path library_;
};

TEST_F(BadClock, AWorkerADayAheadAndOneADayBehindDoTheirWork) {
  Cluster cluster;
  engine(cluster, "short", "sleep 0.3; date +%s", "time_limit: 5s\n");
  cluster.start_broker();
  cluster.start_worker("w1", clock(cluster, "w1", "+1d"));
  cluster.start_worker("w2", clock(cluster, "w2", "-1d"));
  cluster.wait_for_nodes(2);
  Client client = cluster.client();
  std::vector<JobRequest> jobs;
  for (int i = 0; i < 12; ++i) {
    jobs.push_back(once("short"));
    jobs.back().not_after = WallTime{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())} + 10min;
  }
  const auto answers = client.submit(std::move(jobs), 20s);
  ASSERT_TRUE(answers) << answers.error();
  std::vector<JobId> ids;
  for (const auto& answer : *answers) ids.push_back(answer.job);
  const auto ends = client.wait(ids, Watch::result, 60s);
  ASSERT_TRUE(ends) << ends.error();
  std::map<std::string, int> nodes;
  for (const auto& end : *ends) {
    EXPECT_EQ(end.state, JobState::done) << end.message;
    EXPECT_EQ(end.attempt, 1u);
    ++nodes[end.node];
  }
  EXPECT_EQ(nodes.size(), 2u);
  // The clocks were really wrong: the times of the ends are the workers' own.
  EXPECT_EQ(cluster.query("SELECT COUNT(*) FROM outcome WHERE ABS(ended - wall) > 3600e6").i64(0, 0), 12);
}

TEST_F(BadClock, JumpsOfTheBrokersAndTheWorkersClockLoseNoLeaseAndNoJob) {
  Cluster cluster;
  const auto go = cluster.desk() / "go";
  engine(cluster, "patient", "while [ ! -e " + go.string() + " ]; do sleep 0.1; done; echo unharmed", "time_limit: 10min\nstall_limit: 10min\n");
  cluster.start_broker(clock(cluster, "broker", "+0"));
  cluster.start_worker("w1", clock(cluster, "w1", "+0"));
  cluster.wait_for_nodes(1);
  Client client = cluster.client();
  JobRequest tomorrow = job("echo", "tomorrow");
  tomorrow.not_before = WallTime{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())} + 12h;
  const auto answers = client.submit({once("patient"), tomorrow}, 20s);
  ASSERT_TRUE(answers) << answers.error();
  const JobId patient = answers->at(0).job;
  ASSERT_TRUE(eventually(20s, [&] { return why(client, patient).find("it is running") != std::string::npos; }));
  // Beats are heard and jobs are done after each jump: so the loops have read the new time, several times.
  for (const char* offset : {"-2d", "+0", "-1d"}) {
    set(cluster, "broker", offset);
    set(cluster, "w1", offset[0] == '-' ? "+3d" : "-3d");
    for (int i = 0; i < 3; ++i) ASSERT_EQ(one(client, once("echo")).state, JobState::done) << offset;
    EXPECT_TRUE(says(why(client, patient), {"it is running: attempt 1 on w1"})) << offset;
    EXPECT_TRUE(says(why(client, answers->at(1).job), {"its start time has not come"})) << offset;
  }
  set(cluster, "broker", "+1d");
  const auto due = client.wait({answers->at(1).job}, Watch::result, 20s);
  ASSERT_TRUE(due) << "what people named by wall clock follows the wall clock: " << due.error();
  EXPECT_TRUE(says(why(client, patient), {"it is running: attempt 1 on w1"}));
  std::ofstream(go) << "\n";
  const auto end = client.wait({patient}, Watch::result, 20s);
  ASSERT_TRUE(end) << end.error();
  EXPECT_EQ(end->front().state, JobState::done);
  EXPECT_EQ(end->front().attempt, 1u);
  EXPECT_EQ(cluster.query("SELECT COUNT(*) FROM attempt_end").i64(0, 0), 0) << "no attempt was lost on the way";
}

}  // namespace
}  // namespace cadre::test
