// A running worker and an engine that is taken away: what runs ends on its files, what waits is done when it is back,
// and a version goes when nothing runs in it any more, and not before.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/engine_versions.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class EngineGoing : public EngineVersions {
 protected:
  bool offers(const std::string& name, bool wanted = true) {
    return eventually(20s, [&] {
      for (const auto& one : told("engine list"))
        if (one["engine"] == name) return wanted;
      return !wanted;
    });
  }
  // Waits where the payload says so, and reads its own directory at the end.
  std::string waiting_program(const std::string& word) {
    return fmt::format(
        "#!/bin/bash\nread -r what\nif [ \"$what\" = wait ]; then touch {}; while [ ! -e {} ]; do sleep 0.02; done; "
        "fi\n"
        "printf '%s' {}\ngrep -q {} \"$CADRE_ENGINE_DIR/run\"\n",
        runs_.string(), go_.string(), word, word);
  }
  static std::string result(Client& client, JobId id) { return EngineVersions::result(client, id, 40s); }
  fs::path place(const std::string& name, const std::string& version) {
    return cluster_.directory() / "engines" / name / version;
  }

  const fs::path go_ = cluster_.desk() / "go", runs_ = cluster_.desk() / "runs";
};

TEST_F(EngineGoing, AnAttemptKeepsItsFilesAndWhatComesWaitsForANewInstall) {
  const std::string version = install("story", waiting_program("one"));
  ASSERT_TRUE(offers("story"));
  Client client = cluster_.client();
  const JobId runs = begin(client, "story", "wait\n");
  ASSERT_TRUE(eventually(20s, [&] { return fs::exists(runs_); }));

  const Json first = told("engine uninstall story");
  EXPECT_EQ(first["current"], "");
  EXPECT_EQ(first["removed"], Json::array());
  EXPECT_EQ(first["left"], Json{version});
  ASSERT_TRUE(offers("story", false));
  EXPECT_TRUE(fs::exists(place("story", version) / "run"));
  const JobId waits = begin(client, "story", "\n");
  EXPECT_TRUE(
      says(cluster_.tool("engine uninstall story --wait 0s").out, {"nothing was changed", "note: ", "is left"}));

  std::ofstream(go_) << "";
  EXPECT_EQ(result(client, runs), "one");
  const Json second = told("engine uninstall story");
  EXPECT_EQ(second["removed"], Json{version});
  EXPECT_FALSE(fs::exists(place("story", version)));
  EXPECT_EQ(told("engine uninstall story")["changed"], Json::array());
  EXPECT_TRUE(says(cluster_.tool("job show " + to_string(waits)).out, {"ready"}));

  EXPECT_EQ(install("story", waiting_program("one")), version) << "the same content, which nothing speaks against";
  EXPECT_EQ(result(client, waits), "one");
}

TEST_F(EngineGoing, AnIdleProcessThatStaysGoesWithItsVersion) {
  const std::string program = R"(#!/usr/bin/python3
import json, os, sys
def tell(head, body=b""):
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)
    sys.stdout.buffer.flush()
for line in iter(sys.stdin.buffer.readline, b""):
    head = json.loads(line)
    sys.stdin.buffer.read(head.get("bytes", 0))
    if head["t"] == "hello":
        tell({"t": "ready", "v": 1})
    elif head["t"] == "bye":
        break
    elif head["t"] == "job":
        answer = str(os.getpid()).encode()
        tell({"t": "done", "id": head["id"], "bytes": len(answer)}, answer)
)";
  const std::string version = install("stays", program, "mode: serve\nrecycle: {idle: 1h}\n");
  ASSERT_TRUE(offers("stays"));
  Client client = cluster_.client();
  const pid_t pid = std::stoi(result(client, begin(client, "stays", "")));
  EXPECT_EQ(::kill(pid, 0), 0);
  EXPECT_EQ(told("engine uninstall stays --wait 20s")["removed"], Json{version});
  EXPECT_NE(::kill(pid, 0), 0) << "its files are gone, and it is there";
}

TEST_F(EngineGoing, AnOldVersionStaysUntilItsAttemptHasEnded) {
  const std::string first = install("story", waiting_program("one"));
  ASSERT_TRUE(offers("story"));
  Client client = cluster_.client();
  const JobId runs = begin(client, "story", "wait\n");
  ASSERT_TRUE(eventually(20s, [&] { return fs::exists(runs_); }));
  const std::string second = install("story", waiting_program("two")),
                    third = install("story", waiting_program("three"));
  EXPECT_EQ(told("engine uninstall story --old --dry-run")["left"], Json{first});
  const Json told_first = told("engine uninstall story --old --wait 0s");
  EXPECT_EQ(told_first["left"], Json{first});
  EXPECT_EQ(told_first["current"], third);
  std::ofstream(go_) << "";
  EXPECT_EQ(result(client, runs), "one");
  EXPECT_EQ(told("engine uninstall story --old")["removed"], Json{first});
  EXPECT_TRUE(fs::exists(place("story", second))) << "there a rollback leads";
}

TEST_F(EngineGoing, AWorkerThatDiesHoldsNothing) {
  const std::string version = install("story", waiting_program("one"));
  ASSERT_TRUE(offers("story"));
  Client client = cluster_.client();
  const JobId runs = begin(client, "story", "wait\n");
  ASSERT_TRUE(eventually(20s, [&] { return fs::exists(runs_); }));
  EXPECT_EQ(told("engine uninstall story --wait 0s")["left"], Json{version});
  cluster_.worker("w1").kill9();
  EXPECT_EQ(told("engine uninstall story")["removed"], Json{version});
  std::ofstream(go_) << "";
  cluster_.start_worker("w1");
  EXPECT_EQ(install("story", waiting_program("one")), version);
  EXPECT_EQ(result(client, runs), "one");
}

// Jobs arrive all the time: the engine goes in the middle of what the broker has given and the worker has not begun.
TEST_F(EngineGoing, ComesAndGoesUnderLoadAndEveryJobIsDone) {
  constexpr int rounds = 2, jobs_per_round = 600;  // of some 10 ms each, so that a round takes longer than the 2 s
  const std::string program = "#!/bin/sh\nsleep 0.01\ntest -e \"$CADRE_ENGINE_DIR/run\" && printf done\n";
  Client client = cluster_.client();
  std::vector<JobId> jobs;
  std::size_t cut_off = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string version = install("quick", program);
    ASSERT_TRUE(offers("quick"));
    std::vector<JobRequest> requests(jobs_per_round, job("quick", ""));
    for (auto& request : requests) request.attempts_max = 1;  // a try that fails is not forgiven
    const auto answer = client.submit(requests, 20s);
    ASSERT_TRUE(answer) << answer.error();
    for (const auto& one : *answer) jobs.push_back(one.job);
    ASSERT_EQ(told("engine uninstall quick --wait 30s")["removed"], Json{version});
    cut_off += told("job list --state ready")["jobs"].size();
  }
  EXPECT_GT(cut_off, 0u) << "all was done before the engine went: nothing was tried";
  install("quick", program);
  for (const JobId id : jobs) ASSERT_EQ(result(client, id), "done") << to_string(id);
  EXPECT_EQ(told("dead list")["jobs"], Json::array());
}

}  // namespace
}  // namespace cadre::test
