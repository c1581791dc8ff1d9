// What is particular to engines of mode exec: files, standard streams, directories, programs that cannot be started.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/contract/engine/harness.hpp"

namespace cadre::engine::test {
namespace {

class Exec : public testing::Test {
 protected:
  AttemptEnd run(const std::string& text, const std::string& params = "{}", std::string payload = {}) {
    return bench.run(script(directory, text), params, std::move(payload));
  }
  Directory directory;
  Bench bench;
};

TEST_F(Exec, TellsWhereEverythingIs) {
  Order order = bench.order(
      script(directory, "#!/bin/sh\nexport -p | grep CADRE_JOB > e; cat e; cat \"$CADRE_JOB_PARAMS\"; pwd\n"),
      R"({"width": 200})", "x");
  order.job.attempt = {JobId::make(Epoch{7}, 42), 3};
  order.deadline = WallTime{std::chrono::seconds{1'800'000'000}};
  const std::string seen = only_output(bench.end_of(bench.start(std::move(order))));
  const std::string place = (std::filesystem::canonical(bench.spool()) / "attempts/7-42.3").string();
  for (const char* line :
       {"CADRE_JOB_ID='7-42'", "CADRE_JOB_ATTEMPT='3'", "CADRE_JOB_DEADLINE='2027-01-15T08:00:00.000Z'"})
    EXPECT_NE(seen.find(line), std::string::npos) << line << " in\n" << seen;
  EXPECT_NE(seen.find("CADRE_JOB_INPUT='" + place + "/input'"), std::string::npos) << seen;
  EXPECT_NE(seen.find("CADRE_JOB_OUTPUT_DIR='" + place + "/out'"), std::string::npos) << seen;
  EXPECT_TRUE(seen.ends_with("{\"width\": 200}" + place + "\n")) << seen;
}

TEST_F(Exec, FilesCountBeforeStdout) {
  const AttemptEnd end = run("#!/bin/sh\necho log; echo page > \"$CADRE_JOB_OUTPUT_DIR/page.txt\"\n");
  ASSERT_EQ(end.kind, EndKind::succeeded) << end.message;
  ASSERT_EQ(end.output->size(), 1u);
  EXPECT_EQ(end.output->front().name, "page.txt");
  EXPECT_EQ(end.output->front().bytes, "page\n");
}

TEST_F(Exec, OnlyRegularFilesWithGoodNamesAreResults) {
  const std::pair<const char*, const char*> cases[] = {
      {"mkdir sub", "is a directory"},
      {"ln -s /etc/passwd link", "is a symbolic link"},
      {"mkfifo pipe", "is a FIFO"},
      {"touch .hidden", "\".hidden\""},
      {"touch -- -rf", "\"-rf\""},
      {"touch 'two words'", "\"two words\""},
      {"touch \"$(printf 'a\\nb')\"", "\"a\\x0ab\""},
      {"rmdir ../out && ln -s / ../out", "CADRE_JOB_OUTPUT_DIR"},
  };
  for (const auto& [command, words] : cases) {
    const AttemptEnd end = run("#!/bin/bash\ncd \"$CADRE_JOB_OUTPUT_DIR\" && " + std::string{command} + "\n");
    EXPECT_EQ(end.kind, EndKind::failed) << command;
    EXPECT_EQ(end.cause, Cause::protocol) << command;
    EXPECT_NE(end.message.find(words), std::string::npos) << command << ": " << end.message;
    EXPECT_EQ(end.output, nullptr);
  }
  EXPECT_EQ(bench.directories(), 0u);
}

TEST_F(Exec, TooManyFilesAreRefused) {
  const AttemptEnd end = run("#!/bin/bash\ncd \"$CADRE_JOB_OUTPUT_DIR\" && touch f{1..257}\n");
  EXPECT_EQ(end.cause, Cause::protocol);
  EXPECT_NE(end.message.find("256"), std::string::npos) << end.message;
}

TEST_F(Exec, AnEndlessPrinterIsStoppedSoonAfterTheCap) {
  const AttemptEnd end = run("#!/bin/sh\nexec cat /dev/zero\n");
  EXPECT_EQ(end.cause, Cause::output_too_large);
  EXPECT_NE(end.message.find("limit 8 MiB"), std::string::npos) << end.message;
  EXPECT_LT(end.ended - end.started, 5s);
}

TEST_F(Exec, TheCapIsWatchedWhileItRuns) {
  const AttemptEnd end = run("#!/bin/sh\nhead -c 9000000 /dev/zero\nexec sleep 600\n");
  EXPECT_EQ(end.cause, Cause::output_too_large);
}

TEST_F(Exec, FilesOverTheCapTogetherFail) {
  bench.output_max = 1'000'000;
  const AttemptEnd end =
      run("#!/bin/sh\ncd \"$CADRE_JOB_OUTPUT_DIR\"; head -c 600000 /dev/zero > a; head -c 600000 /dev/zero > b\n");
  EXPECT_EQ(end.cause, Cause::output_too_large);
}

TEST_F(Exec, OneHugeFileHitsTheLimitOfTheSystem) {
  const AttemptEnd end = run("#!/bin/sh\nexec truncate -s 100G big\n");  // SIGXFSZ or EFBIG: a failure either way
  EXPECT_EQ(end.kind, EndKind::failed);
}

TEST_F(Exec, FailLinesDecideTheMessageAndPermanence) {
  AttemptEnd end = run("#!/bin/sh\necho '@job {\"fail\":\"no such font\"}' >&2; exit 9\n");
  EXPECT_EQ(end.code, 9);
  EXPECT_EQ(end.message, "no such font");
  end = run("#!/bin/sh\necho 'log'; echo '@job {\"fail\":\"not a PDF\",\"permanent\":true}' >&2; exit 9\n");
  EXPECT_EQ(end.cause, Cause::exit_code);
  EXPECT_EQ(end.code, 65);
  EXPECT_EQ(end.message, "not a PDF");
  end = run("#!/bin/sh\necho '@job {\"fail\":\"changed my mind\",\"permanent\":true}' >&2; exit 0\n");
  EXPECT_EQ(end.kind, EndKind::succeeded);
}

TEST_F(Exec, LinesAreReadOnStderrOnlyAndOnlyWhole) {
  const AttemptEnd end =
      run("#!/bin/sh\necho '@job {\"fail\":\"on stdout\",\"permanent\":true}'\n"
          "echo ' @job {\"fail\":\"indented\"}' >&2; echo '@job {\"fail\":' >&2; echo '@jobs {\"fail\":\"x\"}' >&2; "
          "exit 4\n");
  EXPECT_EQ(end.code, 4);
  EXPECT_EQ(end.message, "");
}

TEST_F(Exec, ProgramsThatCannotBeStartedAreTheEnginesFault) {
  const std::pair<std::function<void(Definition&)>, const char*> cases[] = {
      {[](Definition& d) { d.command = {"./missing"}; }, "No such file or directory"},
      {[](Definition& d) { d.command = {"no-such-program-anywhere"}; }, "No such file or directory"},
      {[](Definition& d) { d.command = {"./text"}; }, "chmod +x"},
      {[](Definition& d) { d.command = {"./bare"}; }, "must begin with a line such as #!/bin/sh"},
      {[](Definition& d) { d.command = {"./interpreter"}; }, "the interpreter in its first line (#!) is missing"},
      {[](Definition& d) { d.command = {"./sub"}; }, "Permission denied"},
      {[](Definition& d) { d.command = {}; }, "has no command"},
  };
  write_file(directory / "text", "#!/bin/sh\n");
  write_file(directory / "bare", "echo hello\n", true);
  write_file(directory / "interpreter", "#!/no/such/shell\n", true);
  std::filesystem::create_directories(directory / "sub");
  for (const auto& [change, words] : cases) {
    const AttemptEnd end = bench.run(with(script(directory, "#!/bin/sh\n"), change), "{}");
    EXPECT_EQ(end.kind, EndKind::failed);
    EXPECT_EQ(end.cause, Cause::engine_broken) << end.message;
    EXPECT_NE(end.message.find(words), std::string::npos) << end.message;
    EXPECT_NE(end.message.find("script"), std::string::npos) << "the engine is named: " << end.message;
  }
  EXPECT_EQ(bench.directories(), 0u);
}

TEST_F(Exec, AnUnusableSpoolIsNotTheEnginesFault) {
  const DefinitionPtr engine = script(directory, "#!/bin/sh\n");
  Order first = bench.order(engine, "{}");
  std::filesystem::create_directories(bench.spool() / "attempts" / (to_string(first.job.attempt.job) + ".1"));
  const AttemptEnd end = bench.end_of(bench.start(std::move(first)));
  EXPECT_EQ(end.cause, Cause::scratch);
  EXPECT_NE(end.message.find("attempts/1-1.1: File exists"), std::string::npos) << end.message;
}

TEST_F(Exec, WhatTheLeaderLeavesInItsGroupIsKilled) {
  const AttemptEnd end = run("#!/bin/bash\nsleep 600 & echo -n $!\n");
  const pid_t left = std::stoi(only_output(end));
  EXPECT_NE(::kill(left, 0), 0);
  EXPECT_LT(end.ended - end.started, 5s);
}

TEST_F(Exec, WhatTheLeaderLeavesAsDaemonIsKilled) {
  const std::string pid_file = directory / "pid";
  const AttemptEnd end = bench.run(behave(EngineMode::exec), R"({"do":"daemon","pid_file":")" + pid_file + "\"}");
  EXPECT_EQ(only_output(end), "left it behind");
  EXPECT_NE(::kill(std::stoi(read_file(pid_file)), 0), 0);
}

TEST_F(Exec, ADaemonOfOneAttemptOutlivesTheEndOfAnother) {
  for (const char* wipe : {"false", "true"}) {
    const std::string pid_file = directory / ("pid-" + std::string{wipe});
    const AttemptId longer =
        bench.start(behave(EngineMode::exec), R"({"do":"daemon","stay":true,"wipe":)" + std::string{wipe} +
                                                  R"(,"pid_file":")" + pid_file + "\"}");
    ASSERT_TRUE(bench.progressed(longer));
    EXPECT_EQ(run("#!/bin/sh\n").kind, EndKind::succeeded);
    const pid_t daemon = std::stoi(read_file(pid_file));
    EXPECT_EQ(::kill(daemon, 0), 0) << "killed with the wrong attempt, wiped environment: " << wipe;
    bench.kill(longer, Cause::abandoned, 0ms);
    bench.end_of(longer);
    EXPECT_NE(::kill(daemon, 0), 0);
  }
}

TEST_F(Exec, DirectoriesWithoutRightsAreRemovedAndLinksNotFollowed) {
  write_file(directory / "precious/file", "keep");
  const AttemptEnd end = run("#!/bin/sh\nmkdir -p a/b/c && touch a/b/c/d && ln -s " + directory.path().string() +
                             "/precious a/link && chmod 000 a/b && chmod 500 a\n");
  EXPECT_EQ(end.kind, EndKind::succeeded) << end.stderr_tail;
  EXPECT_EQ(bench.directories(), 0u);
  EXPECT_EQ(read_file(directory / "precious/file"), "keep");
}

TEST_F(Exec, EveryAttemptFindsAFreshDirectoryWhateverTheLastOneDid) {
  const std::string outside = (directory / "outside").string();
  const std::string fresh =
      "#!/bin/bash\nls -lA --time-style=+ | cut -c 1-12; ls -A; ls -A out; cat input params.json\n";
  const std::string seen = only_output(run(fresh, R"({"n":1})", "long payload"));
  for (const std::string& tamper : std::vector<std::string>{
           "true", "echo secret > more", "echo secret > out/result", "chmod 644 input", "chmod 755 .", "chmod 755 out",
           "rm params.json", "mv input stdin", "ln stdout " + outside, "rm stdout; ln -s " + outside + " stdout",
           "rm -r out; mkdir -m 700 out out/sub", "echo secret >> input", "rm input; touch input; chmod 600 input",
           "rm -rf ../* ../.spare*", "exec 1>&-", "mkdir .hidden", "setsid sleep 600 & echo printed"}) {
    SCOPED_TRACE(tamper);
    std::filesystem::remove(outside);
    write_file(outside, "precious");
    if (tamper.starts_with("ln stdout")) std::filesystem::remove(outside);
    run("#!/bin/bash\n" + tamper + "\nexit 3\n", R"({"secret":"secret"})", "secret of the last attempt");
    EXPECT_EQ(only_output(run(fresh, R"({"n":1})", "long payload")), seen);
    EXPECT_EQ(read_file(outside), tamper.starts_with("ln stdout") ? "" : "precious");
  }
}

TEST_F(Exec, WhoEscapedFromAnAttemptCannotWriteIntoALaterOne) {
  // It shows no sign of where it belongs, so it may live as long as the attempt that ran beside it; its standard output
  // is still the file of its own attempt.
  const AttemptId beside = bench.start(behave(EngineMode::exec), R"({"do":"hang"})");
  ASSERT_TRUE(bench.progressed(beside));
  const std::string go = (directory / "go").string(), wrote = (directory / "wrote").string();
  const std::string pause = "sleep 0.01";
  write_file(directory / "escapee",
             "#!/bin/bash\necho > " + (directory / "up").string() + "\nuntil [ -e " + go + " ]; do " + pause +
                 "; done\n"
                 "echo intruder; echo > " +
                 wrote + "\nsleep 600\n",
             true);
  run("#!/bin/bash\n(setsid env -i " + (directory / "escapee").string() + " &)\nuntil [ -e " +
      (directory / "up").string() + " ]; do " + pause + "; done\n");
  const AttemptEnd end = run("#!/bin/bash\necho > " + go + "\nuntil [ -e " + wrote + " ]; do " + pause + "; done\n");
  EXPECT_EQ(only_output(end), "");
  bench.kill(beside, Cause::abandoned, 0ms);
  bench.end_of(beside);
}

TEST_F(Exec, ActivityIsToldNoMoreThanFiveTimesASecond) {
  const AttemptEnd end =
      run("#!/bin/bash\nfor i in {1..60}; do echo line >&2; read -t 0.01 < <(sleep 1) || true; done\n");
  EXPECT_EQ(end.kind, EndKind::succeeded);
  const auto possible = static_cast<std::size_t>((end.ended - end.started) / 200ms) + 1;
  EXPECT_GE(bench.active.size(), 2u);
  EXPECT_LE(bench.active.size(), possible);
}

TEST_F(Exec, GrowthOfStdoutIsActivity) {
  const AttemptId attempt = bench.start(script(directory, "#!/bin/sh\necho one\nexec sleep 600\n"), "{}");
  EXPECT_TRUE(bench.until([&] { return !bench.active.empty(); }));
  bench.kill(attempt, Cause::stall, 0ms);
  EXPECT_EQ(bench.end_of(attempt).cause, Cause::stall);
}

TEST_F(Exec, CpuAndMemoryOfTheProcessAreTold) {
  const AttemptEnd end =
      run("#!/usr/bin/env python3\nx = bytearray(100 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\n");
  EXPECT_GT(end.peak_memory, 100u << 20);
  EXPECT_GT(end.cpu, 1ms);
}

TEST_F(Exec, ASetTimezoneIsPassedOn) {
  bench.close();
  HostOptions options;
  options.timezone = "Europe/Berlin";
  Bench elsewhere(options);
  EXPECT_EQ(only_output(elsewhere.run(script(directory, "#!/bin/sh\necho $TZ\n"), "{}")), "Europe/Berlin\n");
}

// --- lives of the worker ---------------------------------------------------------------------------------------------

// A process that hosts three engines, each with a double-forked daemon, is killed: nothing of them is left soon after.
class WorkerDeath : public testing::Test {
 protected:
  // Starts the program test_host; returns its pid and the pids that it prints.
  void start(const std::string& guard) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    host = ::fork();
    if (host == 0) {
      ::dup2(ends[1], 1);
      ::execl(CADRE_TEST_HOST, "test_host", place.path().c_str(), guard.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    std::string text;
    for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';) text += c;
    ::close(ends[0]);
    std::istringstream words{text};
    for (pid_t pid = 0; words >> pid;) pids.push_back(pid);
    ASSERT_EQ(pids.size(), 6u) << text;
  }
  void kill_host() {
    ::kill(host, SIGKILL);
    ASSERT_TRUE(gone_within(host, 5s));
    ::waitpid(host, nullptr, 0);
  }
  pid_t host = -1;
  std::vector<pid_t> pids;
  Directory place;  // with the spool in it
};

TEST_F(WorkerDeath, EnginesAndWhatTheyStartedDieWithTheWorker) {
  start(CADRE_GUARD);
  kill_host();
  for (const pid_t pid : pids) EXPECT_TRUE(gone_within(pid, 5s)) << pid;
}

TEST_F(WorkerDeath, WithoutAGuardTheNextLifeOfTheWorkerKillsTheRest) {
  start("");
  kill_host();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(gone_within(pids[i], 5s)) << "a leader: PR_SET_PDEATHSIG";
  for (std::size_t i = 3; i < 6; ++i) ASSERT_EQ(::kill(pids[i], 0), 0) << "a daemon, with nobody to kill it";
  HostOptions options;
  options.spool = place / "spool";
  auto next = make_host(options);
  ASSERT_TRUE(next) << next.error();
  for (const pid_t pid : pids) EXPECT_TRUE(gone_within(pid, 1s)) << pid;
  EXPECT_TRUE(std::filesystem::is_empty(place / "spool/attempts"));
}

}  // namespace
}  // namespace cadre::engine::test
