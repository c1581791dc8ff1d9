// Engines are not the worker: on a real node whose worker runs as the unit runs it (an ordinary user with a few rights), and
// on one without these rights. tests/contract/engine/separation_test.cpp lets engines try the rest.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/e2e/daily.hpp"
#include "tests/support/worker_rights.hpp"

namespace cadre::test {
namespace {

constexpr const char* worker_user = "daemon";

class EnginesApart : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become others";
    ASSERT_EQ(run(fmt::format("chmod 0755 {0} {0}/engines; install -d -o {1} {0}/w1-spool {0}/programs; cp {2} {3} {0}/programs; chmod 0755 {0}/programs/*; "
                              "chown {1} {0}/keys/w1.key; chmod 0755 {0}/keys",
                              at().string(), worker_user, binary("cadre-worker"), binary("cadre-guard"))).code, 0);
  }
  std::filesystem::path at() const { return cluster_.directory(); }
  std::string log() { return cluster_.worker("w1").log(); }
  // The build's own program may lie where that user cannot go: its copy takes its place.
  std::vector<std::string> as_that_user(const std::string& kept) const {
    return {"/bin/sh", "-c", fmt::format("shift; exec setpriv --reuid {0} --regid {0} --clear-groups --inh-caps {1} --ambient-caps {1} --bounding-set {1} --no-new-privs {2}/programs/cadre-worker \"$@\"",
                                         worker_user, kept, at().string()), "sh"};
  }
  void start(const std::string& kept) {
    cluster_.start_broker();
    cluster_.start_worker("w1", as_that_user(kept));
  }
  void write_engine(const std::string& name, const std::string& script, const std::string& more = "") {
    engine(cluster_, name, script, more);
    ASSERT_EQ(run(fmt::format("chmod -R a+rX {0} && chmod 0755 {0}/{1} {0}/{1}/run", (at() / "engines").string(), name)).code, 0);
  }
  std::string output_of(const std::string& name) {
    Client client = cluster_.client();
    const Notice end = one(client, job(name));
    EXPECT_EQ(end.state, JobState::done) << end.message << end.stderr_tail;
    return end.output && end.output->size() == 1 ? end.output->front().bytes : "";
  }
  Cluster cluster_;
};

constexpr const char* tries = R"(id -un
worker=$PPID
cat {0}/keys/w1.key && echo "read the key"
cat {0}/w1-spool/lock {0}/w1-spool/instance && echo "read the spool"
ls {0}/w1-spool {0}/w1-spool/attempts && echo "listed the spool"
head -c 1 /proc/$worker/mem && echo "opened the memory of the worker"
cat /proc/$worker/environ && echo "read its environment"
kill -0 $worker && echo "could signal it"
python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(16, int(sys.argv[1]), 0, 0) != 0)' $worker && echo "traced it"
grep -q '^CapEff:.*[1-9a-f]' /proc/self/status && echo "has rights"
echo tried
)";

TEST_F(EnginesApart, AWorkerWithTheRightsOfItsUnitRunsThemAsAnother) {
  cluster_.write_worker_file("w1", "  engine_user: nobody\n");
  write_engine("intruder", fmt::format(fmt::runtime(tries), at().string()));
  write_engine("guest", "id -un; stat -c %U .", "user: games\nnetwork: none\n");
  start(worker_rights);
  cluster_.wait_for_nodes(1);
  EXPECT_TRUE(cluster_.worker("w1").says("engines_apart user=nobody", 5s)) << log();
  EXPECT_EQ(output_of("intruder"), "nobody\ntried\n") << log();
  EXPECT_EQ(output_of("guest"), "games\ngames\n") << log();
}

TEST_F(EnginesApart, WithoutThemOneLineSaysThatItIsOff) {
  cluster_.write_worker_file("w1");
  write_engine("who", "id -un");
  write_engine("guest", "id -un", "user: games\n");
  start("-all");
  cluster_.wait_for_nodes(1);
  EXPECT_TRUE(cluster_.worker("w1").says("engines_not_apart", 5s)) << log();
  EXPECT_EQ(output_of("who"), std::string{worker_user} + "\n");
  Client client = cluster_.client();
  JobRequest request = job("guest");
  const auto answer = client.submit({request}, 20s);
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_TRUE(eventually(20s, [&] { return cluster_.tool("engine list").out.find("w1") != std::string::npos && log().find("wants user: games in engine.yaml: the worker lacks CAP_SETUID") != std::string::npos; })) << log();
}

TEST_F(EnginesApart, AUserThatWasNamedMustBePossible) {
  cluster_.write_worker_file("w1", "  engine_user: nobody\n");
  start("-all");
  EXPECT_EQ(cluster_.worker("w1").wait(10s), 78) << log();
  EXPECT_NE(log().find("worker.engine_user: engines cannot run as nobody: the worker lacks CAP_SETUID"), std::string::npos) << log();
}

}  // namespace
}  // namespace cadre::test
