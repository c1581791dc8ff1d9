// A running worker and another version of an engine: what runs ends on the old one, what comes runs on the new one, and
// nothing is restarted.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/engine_versions.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class EngineSwitch : public EngineVersions {
 protected:
  bool offers(const std::string& name, const std::string& version) {
    return eventually(20s, [&] {
      const Ran ran =
          run(fmt::format("{} --config {} --json engine list", binary("cadre"), cluster_.config().string()));
      const Json listed = Json::parse(ran.out, nullptr, false);
      for (const auto& one : listed)
        if (one["engine"] == name && one["version"] == version) return true;
      return false;
    });
  }
};

TEST_F(EngineSwitch, AttemptsEndOnTheVersionOnWhichTheyBegan) {
  const fs::path go = cluster_.desk() / "go", runs = cluster_.desk() / "runs";
  // Reads its own directory at the end: it must still be the old one.
  const auto program = [&](const std::string& word) {
    return fmt::format(
        "#!/bin/bash\nread -r what\nif [ \"$what\" = wait ]; then touch {}; while [ ! -e {} ]; do sleep 0.02; done; "
        "fi\n"
        "printf '%s %s' {} \"$(basename \"$CADRE_ENGINE_DIR\")\"\ngrep -q {} \"$CADRE_ENGINE_DIR/run\"\n",
        runs.string(), go.string(), word, word);
  };
  const std::string first = install("story", program("one"));
  ASSERT_TRUE(offers("story", first));
  Client client = cluster_.client();
  const pid_t worker = cluster_.worker("w1").pid();
  const JobId old = begin(client, "story", "wait\n");
  ASSERT_TRUE(eventually(20s, [&] { return fs::exists(runs); }));

  const std::string second = install("story", program("two"));
  ASSERT_NE(first, second);
  ASSERT_TRUE(offers("story", second));
  EXPECT_EQ(result(client, begin(client, "story", "\n")), "two " + second);
  std::ofstream(go) << "";
  EXPECT_EQ(result(client, old), "one " + first);

  EXPECT_EQ(told("engine rollback story")["version"], first);
  ASSERT_TRUE(offers("story", first));
  EXPECT_EQ(result(client, begin(client, "story", "\n")), "one " + first);
  EXPECT_TRUE(cluster_.worker("w1").running());
  EXPECT_EQ(cluster_.worker("w1").pid(), worker) << "the worker was not restarted";
}

TEST_F(EngineSwitch, AProcessThatStaysGoesWhenItsVersionIsNotCurrentAnyMore) {
  const fs::path go = cluster_.desk() / "go", runs = cluster_.desk() / "runs";
  const auto program = [&](const std::string& word) {
    return fmt::format(R"(#!/usr/bin/python3
import json, os, sys, time
def tell(head, body=b""):
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)
    sys.stdout.buffer.flush()
for line in iter(sys.stdin.buffer.readline, b""):
    head = json.loads(line)
    body = sys.stdin.buffer.read(head.get("bytes", 0))
    if head["t"] == "hello":
        tell({{"t": "ready", "v": 1}})
    elif head["t"] == "ping":
        tell({{"t": "pong"}})
    elif head["t"] == "bye":
        break
    elif head["t"] == "job":
        if body == b"wait":
            open("{}", "w").close()
            while not os.path.exists("{}"):
                time.sleep(0.02)
        answer = ("{} %d" % os.getpid()).encode()
        tell({{"t": "done", "id": head["id"], "bytes": len(answer)}}, answer)
)",
                       runs.string(), go.string(), word);
  };
  const std::string first = install("stays", program("one"), "mode: serve\n");
  ASSERT_TRUE(offers("stays", first));
  Client client = cluster_.client();
  const std::string before = result(client, begin(client, "stays", ""));
  ASSERT_TRUE(before.starts_with("one ")) << before;
  EXPECT_EQ(result(client, begin(client, "stays", "")), before) << "the same process";
  const pid_t pid = std::stoi(before.substr(4));
  const JobId old = begin(client, "stays", "wait");
  ASSERT_TRUE(eventually(20s, [&] { return fs::exists(runs); }));

  const std::string second = install("stays", program("two"), "mode: serve\n");
  ASSERT_TRUE(offers("stays", second));
  const std::string after = result(client, begin(client, "stays", ""));
  EXPECT_TRUE(after.starts_with("two ")) << after;
  EXPECT_EQ(::kill(pid, 0), 0) << "it has a job";
  std::ofstream(go) << "";
  EXPECT_EQ(result(client, old), before) << "the job ends where it began";
  EXPECT_TRUE(result(client, begin(client, "stays", "")).starts_with("two ")) << "and nothing else begins there";
  EXPECT_TRUE(eventually(20s, [&] { return ::kill(pid, 0) != 0; })) << "the old process is still there";
}

}  // namespace
}  // namespace cadre::test
