// What every engine may rely on, and what every worker core may rely on, whatever the mode: one suite for exec, serve
// and (where it applies) the built-in engines.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/contract/engine/harness.hpp"

namespace cadre::engine::test {
namespace {

class EveryMode : public testing::TestWithParam<EngineMode> {
 protected:
  // The engine that does `what` ("echo", "fail", "hang"), and its parameters.
  DefinitionPtr engine(const std::string& what) const {
    if (GetParam() != EngineMode::builtin) return behave(GetParam());
    return builtin(what == "hang" ? "sleep" : what);
  }
  bool is_builtin() const { return GetParam() == EngineMode::builtin; }
  Bench bench;
};

std::string mode_name(const testing::TestParamInfo<EngineMode>& info) { return std::string{to_string(info.param)}; }

INSTANTIATE_TEST_SUITE_P(Engines, EveryMode, testing::Values(EngineMode::exec, EngineMode::serve, EngineMode::builtin),
                         mode_name);

TEST_P(EveryMode, GivesTheResultBack) {
  const AttemptEnd end = bench.run(engine("echo"), R"({"do":"echo"})", "hello");
  EXPECT_EQ(only_output(end), "hello");
  EXPECT_EQ(end.cause, Cause::none);
  EXPECT_NE(end.started, WallTime{});
  EXPECT_GE(end.ended, end.started);
}

TEST_P(EveryMode, AnEmptyResultIsAResult) {
  EXPECT_EQ(only_output(bench.run(engine("echo"), R"({"do":"empty"})")), "");
}

TEST_P(EveryMode, CarriesAMebibyteOfAnyBytes) {
  std::string payload(1u << 20, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 31 + i / 256);
  EXPECT_EQ(only_output(bench.run(engine("echo"), R"({"do":"echo"})", payload)), payload);
}

TEST_P(EveryMode, ManyAttemptsOneAfterAnotherAndAtOnce) {
  std::vector<AttemptId> attempts;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 4; ++i) attempts.push_back(bench.start(engine("echo"), R"({"do":"echo"})", std::to_string(i)));
    for (int i = 0; i < 4; ++i)
      EXPECT_EQ(only_output(bench.end_of(attempts[attempts.size() - 4 + static_cast<std::size_t>(i)])),
                std::to_string(i));
  }
}

TEST_P(EveryMode, ExitCodesAreTold) {
  for (const int code : {1, 2, 64, 65, 69, 75, 77, 78, 255}) {
    const std::string params =
        "{\"do\":\"fail\",\"code\":" + std::to_string(code) + ",\"exit\":" + std::to_string(code) + "}";
    const AttemptEnd end = bench.run(engine("fail"), params);
    EXPECT_EQ(end.kind, EndKind::failed);
    EXPECT_EQ(end.cause, Cause::exit_code);
    EXPECT_EQ(end.code, code);
    EXPECT_EQ(end.message, "");
    EXPECT_EQ(end.output, nullptr);
  }
}

TEST_P(EveryMode, CodesOfShellsForMissingProgramsMeanABrokenEngine) {
  for (const int code : {126, 127}) {
    const std::string params =
        "{\"do\":\"fail\",\"code\":" + std::to_string(code) + ",\"exit\":" + std::to_string(code) + "}";
    const AttemptEnd end = bench.run(engine("fail"), params);
    EXPECT_EQ(end.cause, Cause::engine_broken);
    EXPECT_EQ(end.code, code);
    EXPECT_NE(end.message, "");
  }
}

TEST_P(EveryMode, TheReasonOfAFailureIsTold) {
  const AttemptEnd end = bench.run(engine("fail"), R"({"do":"fail","code":3,"exit":3,"message":"not a PDF"})");
  EXPECT_EQ(end.code, 3);
  EXPECT_EQ(end.message, "not a PDF");
}

TEST_P(EveryMode, DeathBySignalIsTold) {
  const AttemptEnd end = bench.run(engine("fail"), R"({"do":"crash","signal":11})");
  EXPECT_EQ(end.cause, Cause::signal);
  EXPECT_EQ(end.code, SIGSEGV);
}

TEST_P(EveryMode, AKillNamesItsReasonOnce) {
  const AttemptId attempt = bench.start(engine("hang"), R"({"do":"hang","seconds":600})");
  const bool running = is_builtin() || bench.progressed(attempt);
  ASSERT_TRUE(running);
  bench.kill(attempt, Cause::abandoned, 300ms);
  bench.kill(attempt, Cause::time_limit, 300ms);  // the first reason stays
  const AttemptEnd end = bench.end_of(attempt);
  EXPECT_EQ(end.kind, EndKind::failed);
  EXPECT_EQ(end.cause, Cause::abandoned);
  EXPECT_NE(end.message, "");
  bench.kill(attempt, Cause::abandoned, 0ms);  // long gone: ignored
  EXPECT_EQ(only_output(bench.run(engine("echo"), R"({"do":"echo"})", "next")), "next");
}

TEST_P(EveryMode, AResultOverTheCapFails) {
  bench.output_max = 10'000;
  const AttemptEnd end = bench.run(engine("echo"), R"({"do":"echo"})", std::string(20'000, 'x'));
  EXPECT_EQ(end.cause, Cause::output_too_large);
  EXPECT_EQ(end.message, "output too large: 19 KiB, limit 10000 bytes");
  EXPECT_EQ(end.output, nullptr);
  EXPECT_EQ(only_output(bench.run(engine("echo"), R"({"do":"echo"})", std::string(10'000, 'x'))).size(), 10'000u);
}

// --- engines that are processes -------------------------------------------------------------------------------------

class EveryProcess : public EveryMode {};
INSTANTIATE_TEST_SUITE_P(Engines, EveryProcess, testing::Values(EngineMode::exec, EngineMode::serve), mode_name);

TEST_P(EveryProcess, SeveralFilesComeInOrderOfName) {
  const AttemptEnd end = bench.run(behave(GetParam()), R"({"do":"files"})", std::string("\0\xff\n", 3));
  ASSERT_EQ(end.kind, EndKind::succeeded) << end.message;
  ASSERT_EQ(end.output->size(), 3u);
  std::map<std::string, std::string> files;
  for (const ResultFile& file : *end.output) files[file.name] = file.bytes;
  EXPECT_EQ(files["a.txt"], "first");
  EXPECT_EQ(files["b.bin"], std::string("\0\xff\n", 3));
  EXPECT_EQ(files["empty"], "");
}

TEST_P(EveryProcess, ProgressIsTold) {
  const AttemptId attempt = bench.start(behave(GetParam()), R"({"do":"progress"})");
  bench.end_of(attempt);
  ASSERT_EQ(bench.progress.size(), 1u);
  EXPECT_EQ(bench.progress[0].attempt, attempt);
  EXPECT_EQ(bench.progress[0].fraction, 0.5);
  EXPECT_EQ(bench.progress[0].message, "half way");
  EXPECT_FALSE(bench.active.empty());
}

TEST_P(EveryProcess, TheTailOfTheLogIsKept) {
  const AttemptEnd end = bench.run(behave(GetParam()), R"({"do":"log","lines":3000})");
  ASSERT_EQ(end.kind, EndKind::succeeded);
  EXPECT_EQ(end.stderr_tail.size(), limits::stderr_bytes_max);
  EXPECT_TRUE(end.stderr_tail.ends_with("x\nlast line\n"));
}

TEST_P(EveryProcess, WhoIgnoresTheRequestIsKilledAfterTheGrace) {
  const AttemptId attempt = bench.start(behave(GetParam()), R"({"do":"stubborn"})");
  ASSERT_TRUE(bench.progressed(attempt));
  const Instant asked = read_clocks().boot;
  bench.kill(attempt, Cause::time_limit, 200ms);
  const AttemptEnd end = bench.end_of(attempt);
  EXPECT_EQ(end.cause, Cause::time_limit);
  EXPECT_GE(read_clocks().boot - asked, 200ms);
  EXPECT_LT(read_clocks().boot - asked, 5s);
  EXPECT_NE(end.message.find("did not end within 200ms"), std::string::npos) << end.message;
}

TEST_P(EveryProcess, NoGraceKillsAtOnce) {
  const AttemptId attempt = bench.start(behave(GetParam()), R"({"do":"stubborn"})");
  ASSERT_TRUE(bench.progressed(attempt));
  bench.kill(attempt, Cause::lease_lost, 0ms);
  EXPECT_EQ(bench.end_of(attempt).cause, Cause::lease_lost);
}

TEST_P(EveryProcess, AKilledTreeLeavesNoProcess) {
  for (const char* wipe : {"false", "true"}) {  // with and without the variable by which it is found
    const Directory directory;
    const std::string pid_file = directory / "pid";
    const AttemptId attempt =
        bench.start(behave(GetParam()), R"({"do":"daemon","stay":true,"wipe":)" + std::string{wipe} +
                                            R"(,"pid_file":")" + pid_file + "\"}");
    ASSERT_TRUE(bench.progressed(attempt));
    const pid_t daemon = std::stoi(read_file(pid_file));
    ASSERT_EQ(::kill(daemon, 0), 0);
    bench.kill(attempt, Cause::time_limit, 100ms);
    EXPECT_EQ(bench.end_of(attempt).cause, Cause::time_limit);
    EXPECT_NE(::kill(daemon, 0), 0) << "the double-forked daemon lives, wiped environment: " << wipe;
  }
}

TEST_P(EveryProcess, MemoryOfTheWholeTreeIsLimited) {
  bench.memory_limit = 64u << 20;
  const AttemptEnd end = bench.run(behave(GetParam()), R"({"do":"use-memory","mebibytes":256})");
  EXPECT_EQ(end.cause, Cause::out_of_memory);
  EXPECT_NE(end.message.find("limit 64 MiB"), std::string::npos) << end.message;
  EXPECT_GT(end.peak_memory, 64u << 20);
  EXPECT_EQ(only_output(bench.run(behave(GetParam()), R"({"do":"echo"})", "x")), "x");
}

TEST_P(EveryProcess, GetsThreeDescriptorsAndCleanSignals) {
  ASSERT_GT(::open("/dev/null", O_RDONLY), 2);  // not close-on-exec: a library's mistake
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  std::signal(SIGHUP, SIG_IGN);
  const AttemptEnd end = bench.run(behave(GetParam()), R"({"do":"process"})");
  const auto seen = nlohmann::json::parse(only_output(end));
  EXPECT_EQ(seen["descriptors"], nlohmann::json({0, 1, 2}));
  EXPECT_EQ(seen["blocked"], 0);
  // Python itself ignores SIGPIPE and SIGXFSZ.
  EXPECT_EQ(seen["ignored"].get<std::uint64_t>() & ~(1ull << (SIGPIPE - 1) | 1ull << (SIGXFSZ - 1)), 0u);
  EXPECT_EQ(seen["session"], seen["pid"]);
  EXPECT_EQ(seen["group"], seen["pid"]);
  EXPECT_EQ(seen["ppid"], ::getpid());
}

TEST_P(EveryProcess, GetsACleanEnvironment) {
  ::setenv("LD_LIBRARY_PATH", "/nowhere", 1);
  ::setenv("CADRE_SECRET", "hunter2", 1);
  const AttemptEnd end = bench.run(behave(GetParam()), R"({"do":"environment"})");
  const auto seen = nlohmann::json::parse(only_output(end));
  std::set<std::string> allowed{
      "PATH", "HOME", "LANG", "CADRE_ENGINE", "CADRE_ENGINE_DIR", "CADRE_JOB_DIR", "CADRE_PROCESS_TREE"};
  if (GetParam() == EngineMode::exec)
    allowed.insert(
        {"TMPDIR", "CADRE_JOB_ID", "CADRE_JOB_ATTEMPT", "CADRE_JOB_INPUT", "CADRE_JOB_PARAMS", "CADRE_JOB_OUTPUT_DIR"});
  std::set<std::string> found;
  for (const auto& [name, value] : seen.items()) found.insert(name);
  EXPECT_EQ(found, allowed);
  EXPECT_EQ(seen["CADRE_ENGINE"], "behave");
  EXPECT_EQ(seen["CADRE_ENGINE_DIR"], behave(GetParam())->directory.string());
  EXPECT_EQ(seen["HOME"], seen["CADRE_JOB_DIR"]);
}

TEST_P(EveryProcess, LeavesNoDirectoryBehind) {
  bench.run(behave(GetParam()), R"({"do":"files"})");
  bench.run(behave(GetParam()), R"({"do":"fail","code":1})");
  EXPECT_EQ(bench.directories(), GetParam() == EngineMode::exec ? 0u : 1u);  // a serve process keeps its own
  bench.close();
  EXPECT_EQ(bench.directories(), 0u);
}

TEST_P(EveryProcess, LeavesNoDescriptorBehind) {
  const auto count = [] { return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {}); };
  const DefinitionPtr engine = with(behave(GetParam()), [](Definition& d) { d.recycle_jobs = 1; });
  bench.run(engine, R"({"do":"echo"})");
  ASSERT_TRUE(bench.until([&] { return bench.directories() == 0; }));  // the first process has gone
  const auto before = count();
  for (int i = 0; i < 5; ++i) bench.run(engine, R"({"do":"echo"})");
  ASSERT_TRUE(bench.until([&] { return bench.directories() == 0; }));
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace cadre::engine::test
