// What engines must not reach: the worker's key and memory, each other's work directories, a network that engine.yaml
// denies. Each test lets an engine try. As root these run twice: as root, and as an ordinary user that has been given
// no more than the unit of the worker gives (Separation.HoldsForAWorkerThatIsNotRoot).
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/contract/engine/harness.hpp"
#include "tests/support/worker_rights.hpp"

namespace cadre::engine::test {
namespace {

constexpr const char* engine_user = "nobody";
constexpr const char* other_user = "games";  // both are on every Debian

HostOptions options_for(const char* user) {
  HostOptions options;
  options.engine_user = user;
  return options;
}

// Engines as the worker's user, which everybody can have.
class Fenced : public testing::Test {
 protected:
  void SetUp() override {
    if (Fence::around(std::filesystem::canonical(directory.path()))) return;
    GTEST_SKIP() << "this kernel has no Landlock";
  }
  Directory directory, second;
  Bench bench;
};

// Engines as another user.
class Separated : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = missing_privileges(); !missing.empty()) GTEST_SKIP() << "needs " << missing;
    bench.emplace(options_for(engine_user));
  }
  std::string run(const std::string& text) {
    return only_output(bench->run(script(directory, "#!/bin/bash\n" + text), "{}"));
  }
  Directory directory, second;
  std::optional<Bench> bench;
};

// Stays until it is killed, and tells that it runs by its first progress.
constexpr const char* neighbour = R"(#!/bin/bash
echo secret > mine
echo '@job {"progress": 0.5}' >&2
exec sleep 600
)";

// `$CADRE_JOB_INPUT` of this script names the neighbour's directory and process; nothing that it tries may work. Root
// may read any environment (CAP_PERFMON lets it past every other check), so root does not try that.
constexpr const char* intruder = R"sh(#!/bin/bash
read -r place pid < "$CADRE_JOB_INPUT"
[ -d "$place" ] || echo "there is no $place to try"
cat "$place/input" && echo "read its input"
cat "$place/mine" && echo "read its file"
(echo x >> "$place/mine") && echo "wrote into its file"
(: > "$place/stdout") && echo "cut off its output"
touch "$place/out/forged" && echo "made a result for it"
rm -f "$place/mine" && echo "removed its file"
mv "$place/out" "$place/elsewhere" && echo "moved its results"
ln "$place/mine" linked && echo "linked its file"
[ "$(id -u)" != 0 ] && cat "/proc/$pid/environ" | grep -q CADRE_JOB && echo "read its environment"
head -c 1 "/proc/$pid/mem" && echo "opened its memory"
cat "/proc/$pid/cwd/mine" && echo "went in by /proc"
python3 -c 'import ctypes, sys; libc = ctypes.CDLL(None); sys.exit(libc.ptrace(16, int(sys.argv[1]), 0, 0) != 0)' "$pid" && echo "traced it"
echo "tried everything"
exit 0
)sh";

pid_t process_in(const std::string& place) {
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path() / "cwd", error).string() == place && !error)
      return static_cast<pid_t>(std::atoi(entry.path().filename().c_str()));
  }
  return -1;
}

void expect_no_way_in(Bench& bench, const DefinitionPtr& one, const DefinitionPtr& other) {
  const AttemptId victim = bench.start(one, "{}", "confidential");
  ASSERT_TRUE(bench.progressed(victim));
  const std::string place =
      (std::filesystem::canonical(bench.spool()) / "attempts" / (to_string(victim.job) + ".1")).string();
  const pid_t pid = process_in(place);
  ASSERT_GT(pid, 0);
  EXPECT_EQ(only_output(bench.run(other, "{}", place + " " + std::to_string(pid) + "\n")), "tried everything\n");
  EXPECT_EQ(read_file(std::filesystem::path{place} / "mine"), "secret\n");
  bench.kill(victim, Cause::abandoned, 0ms);
  EXPECT_EQ(bench.end_of(victim).cause, Cause::abandoned);
}

TEST_F(Fenced, NoWayIntoANeighbour) { expect_no_way_in(bench, script(directory, neighbour), script(second, intruder)); }

// Each in its own directory, again and again: a directory that is used anew has a fence that is still true.
TEST_F(Fenced, ItsOwnDirectoryIsOpenEachTime) {
  const DefinitionPtr engine = script(
      directory, "#!/bin/bash\nset -e\ncat input params.json > copy\nmkdir d; mv copy d/c; cp d/c out/c; rm -r d\n");
  for (int i = 0; i < 5; ++i) {
    const AttemptEnd end = bench.run(engine, "{}", "payload" + std::to_string(i));
    ASSERT_EQ(end.kind, EndKind::succeeded) << end.message << end.stderr_tail;
    EXPECT_EQ(end.output->front().bytes, "payload" + std::to_string(i) + "{}");
  }
}

// What has come beside the spool since the last attempt is as open as what was there before.
TEST_F(Fenced, WhatComesLaterIsOpenToTheNext) {
  const DefinitionPtr engine = script(directory, "#!/bin/bash\ncat \"$(cat input)/news\"\n");
  for (int i = 0; i < 2; ++i) {
    const Directory fresh;
    write_file(fresh / "news", "new\n");
    EXPECT_EQ(only_output(bench.run(engine, "{}", fresh.path().string())), "new\n");
  }
}

TEST_F(Fenced, TheWorkerCannotBeTraced) {
  const DefinitionPtr engine = script(directory,
                                      "#!/bin/bash\nhead -c 1 /proc/$PPID/mem && echo memory\n[ $(id -u) != 0 ] && cat "
                                      "/proc/$PPID/environ > /dev/null && echo environment\necho tried\n");
  EXPECT_EQ(only_output(bench.run(engine, "{}")), "tried\n");
}

TEST_F(Separated, RunsAsThatUserWithNoRightsLeft) {
  const std::string seen =
      run("id -un; id -gn; id -Gn; grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/self/status | tr -d '\\t'; stat "
          "-c '%U %a' . out input");
  EXPECT_EQ(seen,
            "nobody\nnogroup\nnogroup\nCapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n"
            "CapAmb:0000000000000000\nNoNewPrivs:1\nnobody 700\nnobody 700\nnobody 600\n");
}

TEST_F(Separated, CannotReadTheKeyNorTraceTheWorker) {
  const Directory keys;
  write_file(keys / "worker.key", "secret");
  ASSERT_EQ(::chmod((keys / "worker.key").c_str(), 0600), 0);
  const std::string key = (keys / "worker.key").string();
  EXPECT_EQ(run("cat " + key +
                " && echo key\nhead -c 1 /proc/$PPID/mem && echo memory\ncat /proc/$PPID/environ && echo environment\n"
                "kill -0 $PPID && echo signal\nls " +
                bench->spool().string() +
                " && echo spool\nls .. && echo attempts\n"
                "ls -d " +
                bench->spool().string() + " > /dev/null && echo tried"),
            "tried\n");
}

TEST_F(Separated, NoWayIntoANeighbourOfTheSameUser) {
  expect_no_way_in(*bench, script(directory, neighbour), script(second, intruder));
}

TEST_F(Separated, NorIntoOneOfAnotherUser) {
  const auto others = [](Definition& engine) { engine.user = other_user; };
  expect_no_way_in(*bench, with(script(directory, neighbour), others), script(second, intruder));
  expect_no_way_in(*bench, script(directory, neighbour), with(script(second, intruder), others));
}

TEST_F(Separated, DirectoriesThatAreUsedAgainBelongToWhoRuns) {
  const DefinitionPtr one =
      script(directory, "#!/bin/sh\nid -un; stat -c %U . out input params.json stdout | sort -u; cat input\n");
  const DefinitionPtr other = with(one, [](Definition& engine) { engine.user = other_user; });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(only_output(bench->run(one, "{}", "a")), "nobody\nnobody\na");
    EXPECT_EQ(only_output(bench->run(other, "{}", "b")), "games\ngames\nb");
  }
}

TEST_F(Separated, WhatItLeavesIsReadAndRemoved) {
  const AttemptEnd end = bench->run(script(directory,
                                           "#!/bin/bash\nmkdir -p a/b; touch a/b/c; chmod 000 a/b a\necho done "
                                           "> out/result; chmod 000 out/result out\n"),
                                    "{}");
  ASSERT_EQ(end.kind, EndKind::succeeded) << end.message;
  EXPECT_EQ(end.output->front().bytes, "done\n");
  EXPECT_EQ(bench->directories(), 0u);
}

// The worker can read more than the engine: what lies there under another owner is no result.
TEST_F(Separated, OnlyItsOwnFilesAreResults) {
  const AttemptId attempt = bench->start(script(directory,
                                                "#!/bin/bash\necho '@job {\"progress\": 0.5}' >&2\nwhile [ ! -e "
                                                "out/planted ]; do read -rt 0.05 < <(sleep 1); done\nexit 0\n"),
                                         "{}");
  ASSERT_TRUE(bench->progressed(attempt));
  write_file(bench->spool() / "attempts" / (to_string(attempt.job) + ".1") / "out/planted", "of the worker");
  const AttemptEnd end = bench->end_of(attempt);
  EXPECT_EQ(end.cause, Cause::protocol);
  EXPECT_NE(end.message.find("\"planted\" does not belong to nobody"), std::string::npos) << end.message;
}

TEST_F(Separated, WhatItStartedDiesWithIt) {
  const std::string pid =
      run("setsid sleep 600 > /dev/null 2>&1 &\nsetsid env -i setsid sleep 600 > /dev/null 2>&1 &\necho $!");
  EXPECT_TRUE(gone_within(static_cast<pid_t>(std::stol(pid)), 5s)) << pid;
}

TEST_F(Separated, TimeLimitAndGraceWork) {
  const AttemptId attempt = bench->start(script(directory, neighbour), "{}");
  ASSERT_TRUE(bench->progressed(attempt));
  bench->kill(attempt, Cause::time_limit, 10s);
  const AttemptEnd end = bench->end_of(attempt);
  EXPECT_EQ(end.cause, Cause::time_limit);
  EXPECT_LT(end.ended - end.started, 9s) << "SIGTERM has not reached it";
}

TEST_F(Separated, ServeProcessesToo) {
  DefinitionPtr engine = script(directory, R"(#!/usr/bin/env python3
import json, os, sys
for line in sys.stdin.buffer:
    message = json.loads(line)
    if message["t"] == "hello": reply, body = {"t": "ready", "v": 1}, b""
    elif message["t"] == "bye": break
    else:
        sys.stdin.buffer.read(message["bytes"])
        open("scrap", "w").close()
        body = f"{os.geteuid()} {os.stat('.').st_uid}".encode()
        reply = {"t": "done", "id": message["id"], "bytes": len(body)}
    sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n" + body)
    sys.stdout.buffer.flush()
)",
                                EngineMode::serve);
  EXPECT_EQ(only_output(bench->run(engine, "{}", "x")), "65534 65534");
  EXPECT_EQ(only_output(bench->run(engine, "{}", "x")), "65534 65534");
}

TEST_F(Separated, AUserThatIsNotThereBreaksTheEngineNotTheNode) {
  const auto engine =
      with(script(directory, "#!/bin/sh\n"), [](Definition& changed) { changed.user = "cadre-nobody-1"; });
  const AttemptEnd end = bench->run(engine, "{}");
  EXPECT_EQ(end.cause, Cause::engine_broken);
  EXPECT_EQ(end.message,
            "engine \"script\" wants user: cadre-nobody-1 in engine.yaml: there is no user \"cadre-nobody-1\" on this "
            "machine");
}

TEST_F(Separated, AProgramThatTheUserCannotReachIsNamed) {
  const DefinitionPtr engine = script(directory, "#!/bin/sh\n");
  ASSERT_EQ(::chmod(directory.path().c_str(), 0700), 0);
  const AttemptEnd end = bench->run(engine, "{}");
  EXPECT_EQ(end.cause, Cause::engine_broken);
  EXPECT_NE(end.message.find("user nobody, as whom it runs, may not execute"), std::string::npos) << end.message;
}

// --- privileges ------------------------------------------------------------------------------------------------------

TEST(Separation, WithoutRightsANamedUserIsRefusedAndAutoSaysWhy) {
  if (missing_privileges().empty())
    GTEST_SKIP() << "this process has them; HoldsForAWorkerThatIsNotRoot runs it without";
  const Directory spool;
  HostOptions options = options_for(engine_user);
  options.spool = spool.path();
  auto refused = make_host(options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("worker.engine_user: engines cannot run as nobody: the worker lacks CAP_"),
            std::string::npos)
      << refused.error();
  options.engine_user = "auto";
  SeparationTold told;
  ASSERT_TRUE(make_host(options, &told));
  EXPECT_EQ(told.user, "");
  EXPECT_NE(told.user_off, "");
}

// Runs this program as `user`; the rights that it keeps as setpriv names them. The exit code.
int run_as(const char* user, const std::string& rights, const std::string& filter) {
  const Directory copies;  // the build's directory may be closed to that user
  for (const auto& [from, to] :
       {std::pair<const char*, const char*>{"/proc/self/exe", "test"}, {CADRE_GUARD, "guard"}}) {
    std::filesystem::copy_file(from, copies / to);
    EXPECT_EQ(::chmod((copies / to).c_str(), 0755), 0);
  }
  const std::string program = (copies / "test").string(), guard = "CADRE_TEST_GUARD=" + (copies / "guard").string();
  const std::string filters = "--gtest_filter=" + filter;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("setpriv", "setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps", rights.c_str(),
             "--ambient-caps", rights.c_str(), "--bounding-set", rights.c_str(), "--no-new-privs", "env", guard.c_str(),
             program.c_str(), filters.c_str(), "--gtest_brief=1", nullptr);
    ::_exit(127);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Separation, HoldsForAWorkerThatIsNotRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become others";
  EXPECT_EQ(run_as("daemon", cadre::test::worker_rights, "Separated.*:Fenced.*"), 0);
  EXPECT_EQ(run_as("daemon", "-all", "Separation.WithoutRights*:Fenced.*"), 0);
}

// --- network ---------------------------------------------------------------------------------------------------------

class Network : public testing::Test {
 protected:
  void SetUp() override {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_EQ(::listen(listener, 4), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port = std::to_string(ntohs(address.sin_port));
  }
  ~Network() override { ::close(listener); }
  int listener = -1;
  std::string port;
  Directory directory;
  Bench bench;
};

constexpr const char* caller = R"(#!/usr/bin/env python3
import socket, sys
port = int(sys.stdin.read())
def attempt(name, what):
    try:
        what()
        print(name, "works")
    except OSError as error:
        print(name, error.strerror)
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", port)))
attempt("udp", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
attempt("unix", lambda: socket.socketpair())
attempt("path", lambda: socket.socket(socket.AF_UNIX).bind("here"))
)";

TEST_F(Network, IsThereUnlessItIsDenied) {
  EXPECT_EQ(only_output(bench.run(script(directory, caller), "{}", port)),
            "tcp works\nudp works\nnetlink works\nunix works\npath works\n");
}

TEST_F(Network, NoneLeavesOnlyUnixSockets) {
  const auto engine = with(script(directory, caller), [](Definition& changed) { changed.network = false; });
  EXPECT_EQ(only_output(bench.run(engine, "{}", port)),
            "tcp Permission denied\nudp Permission denied\nnetlink Permission denied\nunix works\npath works\n");
}

TEST_F(Network, NoneHoldsForWhatItStarts) {
  const auto engine = with(
      script(directory,
             "#!/bin/bash\nsetsid bash -c ': < /dev/tcp/127.0.0.1/'\"$(cat input)\" && echo reached\necho tried\n"),
      [](Definition& changed) { changed.network = false; });
  EXPECT_EQ(only_output(bench.run(engine, "{}", port)), "tried\n");
}

}  // namespace
}  // namespace cadre::engine::test
