// `cadre engine install` and `engine rollback` on one machine, without a cluster: what they leave, wherever they end.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class EngineInstall : public testing::Test {
 protected:
  EngineInstall() {
    char name[] = "/tmp/cadre-engines-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    root = name;
    fs::create_directories(root / "tmp");
    fs::create_directories(root / "desk");        // where engines write beside their work: a fence closes the rest
    setenv("TMPDIR", (root / "tmp").c_str(), 1);  // what is killed leaves its own there
    source("first");
    write("test/input", "hello");
  }
  ~EngineInstall() override {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }

  void write(const std::string& file, const std::string& text, bool program = false) {
    const fs::path path = root / "thumb" / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    if (program) fs::permissions(path, fs::perms::owner_all);
  }
  // An engine that answers `word`; with another word it is another content.
  void source(const std::string& word, const std::string& before = "") {
    write("engine.yaml", "name: thumb\nversion: 1.0\ncommand: [./run.sh]\n");
    write("run.sh", fmt::format("#!/bin/sh\n{}\necho {}\n", before, word), true);
  }
  std::string line(const std::string& arguments) const {
    return fmt::format("{} {} --engines {}", binary("cadre"), arguments, (root / "engines").string());
  }
  Ran say(const std::string& arguments) const { return run(line(arguments) + " 2>&1"); }
  Json tell(const std::string& arguments) const {
    const Ran ran = run(line("--json " + arguments) + " 2>/dev/null");
    EXPECT_EQ(ran.code, 0) << arguments << "\n" << ran.out;
    return ran.code == 0 ? Json::parse(ran.out) : Json::object();
  }
  std::string install() const { return tell("engine install " + (root / "thumb").string()).value("version", ""); }
  fs::path home() const { return root / "engines/thumb"; }
  std::string current() const {
    std::error_code error;
    return fs::read_symlink(home() / "current", error).string();
  }
  static unsigned mode(const fs::path& path) {
    struct stat facts {};
    EXPECT_EQ(stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 07777;
  }
  // All that has a name there, but what is the store's own.
  std::vector<std::string> listed() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(home())) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path root;
};

TEST_F(EngineInstall, IsInstalledOnceHoweverOftenOneAsks) {
  write("__pycache__/run.pyc", "comes by running");
  const Ran first =
      run(fmt::format("umask 077; {} 2>/dev/null", line("--json engine install " + (root / "thumb").string())));
  ASSERT_EQ(first.code, 0) << first.out;
  const Json told = Json::parse(first.out);
  const std::string version = told["version"];
  EXPECT_TRUE(version.starts_with("1.0-") && version.size() == 16) << version;
  EXPECT_EQ(told["tested"], "run");
  EXPECT_EQ(told["changed"].size(), 2u) << told;
  EXPECT_EQ(current(), version);
  EXPECT_EQ(mode(home() / "current"), 0755u) << "whoever runs engines can enter it";
  EXPECT_EQ(mode(home() / "current/test"), 0755u);
  EXPECT_EQ(mode(home() / "current/run.sh"), 0755u);
  EXPECT_EQ(mode(home() / "current/engine.yaml"), 0644u);
  EXPECT_FALSE(fs::exists(home() / "current/__pycache__"));

  write("__pycache__/other.pyc", "came by running again");
  const Ran tried = run(fmt::format("{} engine test {} 2>&1", binary("cadre"), (root / "thumb").string()));
  EXPECT_EQ(tried.code, 0);
  EXPECT_TRUE(says(tried.out, {"succeeded", "stdout  6 bytes"})) << "the author's own look at it takes the same test";
  const Json again = tell("engine install " + (root / "thumb").string());
  EXPECT_EQ(again["version"], version);
  EXPECT_EQ(again["changed"], Json::array());
  EXPECT_EQ(again["tested"], "not again");
  EXPECT_TRUE(says(say("engine install " + (root / "thumb").string()).out, {"nothing was changed"}));
}

TEST_F(EngineInstall, TheDigestFollowsItsWrittenRule) {
  fs::remove_all(root / "thumb");
  write("engine.yaml", "name: thumb\ncommand: [./bin/run.sh]\n");
  write("bin/run.sh", "#!/bin/sh\ncat\n", true);
  fs::create_symlink("run.sh", root / "thumb/bin/again");
  // Made by another program (Python's hashlib) from the rule in engine_content.hpp.
  EXPECT_EQ(tell("engine install --dry-run " + (root / "thumb").string())["version"], "1-ab4723fee5df");
  EXPECT_FALSE(fs::exists(root / "engines")) << "--dry-run makes nothing";
  EXPECT_EQ(install(), "1-ab4723fee5df");
  EXPECT_TRUE(fs::is_symlink(home() / "current/bin/again"));
  EXPECT_TRUE(says(say("engine install " + (root / "thumb").string()).out, {"nothing was changed"}));
}

TEST_F(EngineInstall, OneThatFailsItsTestIsNotSwitchedTo) {
  const std::string good = install();
  source("second", "exit 3");
  const Ran ran = say("engine install " + (root / "thumb").string());
  EXPECT_EQ(ran.code, 65);
  EXPECT_TRUE(says(ran.out, {"does not pass its test", "exit code 3"}));
  EXPECT_EQ(current(), good);
  write("engine.yaml", "name: thumb\ncommand: [./run.sh]\nslots: many\n");
  const Ran faulty = say("engine install " + (root / "thumb").string());
  EXPECT_EQ(faulty.code, 65);
  EXPECT_TRUE(says(faulty.out, {"slots", "engine.yaml:3"}));
  EXPECT_EQ(listed(), (std::vector<std::string>{good, "current"})) << "nothing of the failed ones stays";
}

TEST_F(EngineInstall, WithoutATestOfItsOwnItSaysThatItWasNotRun) {
  fs::remove_all(root / "thumb/test");
  source("first", "touch " + (root / "desk/ran").string());
  const Ran ran = say("engine install " + (root / "thumb").string());
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(says(ran.out, {"note: the engine was not run"}));
  EXPECT_FALSE(fs::exists(root / "desk/ran"));
  EXPECT_EQ(run(binary("cadre-worker") + " --engine-test " + (home() / "current").string() + " 2>&1").code, 0);
  EXPECT_TRUE(fs::exists(root / "desk/ran"));
}

TEST_F(EngineInstall, ARollbackGoesBackOnceAndASecondOneChangesNothing) {
  EXPECT_EQ(say("engine rollback thumb").code, 66) << "nothing is installed";
  const std::string first = install();
  const Ran none = say("engine rollback thumb");
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(says(none.out, {"nothing to go back to", first}));
  source("second");
  const std::string second = install();
  source("third");
  const std::string third = install();
  EXPECT_EQ(tell("engine rollback thumb --from " + second)["changed"], Json::array()) << "another one is current";
  EXPECT_EQ(tell("engine rollback thumb --dry-run")["version"], second);
  ASSERT_EQ(current(), third);
  const Json back = tell("engine rollback thumb");
  EXPECT_EQ(back["version"], second);
  EXPECT_EQ(back["before"], third);
  EXPECT_EQ(back["tested"], "run");
  EXPECT_EQ(current(), second);
  EXPECT_EQ(tell("engine rollback thumb")["changed"], Json::array());
  EXPECT_EQ(current(), second);
  EXPECT_EQ(tell("engine rollback thumb --to " + first)["version"], first) << "further back only when it is named";
  EXPECT_EQ(say("engine rollback thumb --to none").code, 66);
  EXPECT_EQ(install(), third) << "and forward again: its files are still there";
  EXPECT_EQ(tell("engine rollback thumb")["version"], first) << "it took the place of the first one this time";
}

// Everything that a run can leave that was killed between two of its steps.
TEST_F(EngineInstall, GoesOnFromEachStateThatAnInterruptionLeaves) {
  const std::string first = install();
  source("second");
  const std::string second = install();
  tell("engine rollback thumb");
  fs::remove_all(home() / ".replaced");

  fs::create_directories(home() / (".new-" + second) / "half");  // in the middle of a copy
  fs::create_symlink("nowhere", home() / ".new-link");           // before the rename of a link
  EXPECT_EQ(current(), first);
  EXPECT_EQ(install(), second);
  EXPECT_EQ(listed(), (std::vector<std::string>{".replaced", first, second, "current"}));

  tell("engine rollback thumb");  // copied, not switched; what it replaces is noted already
  fs::remove(home() / ".replaced" / first);
  fs::remove(home() / ".replaced" / second);
  fs::create_symlink(first, home() / ".replaced" / second);
  EXPECT_EQ(say("engine rollback thumb").code, 1)
      << "the note is about a version that is not current: it means nothing";
  EXPECT_EQ(install(), second);
  EXPECT_EQ(tell("engine rollback thumb")["version"], first);
}

TEST_F(EngineInstall, KilledAtAnyMomentTheCurrentOneIsWhole) {
  for (int i = 0; i < 60; ++i) write(fmt::format("data/{}", i), std::string(20'000, 'x'));
  const std::string first = install();
  source("second");
  const std::string whole = content(root / "thumb/run.sh");
  int killed = 0;
  Duration after{};
  for (; killed < 200; ++killed, after += 4ms) {  // until a run is quicker than the kill
    Daemon one(
        {binary("cadre"), "engine", "install", (root / "thumb").string(), "--engines", (root / "engines").string()},
        root / "log");
    const int code = one.wait(after);
    if (code == 0) break;
    ASSERT_EQ(code, -1) << one.log();
    one.kill9();
    ASSERT_TRUE(fs::exists(home() / "current/engine.yaml"));
    if (current() == first) continue;
    ASSERT_EQ(content(home() / "current/run.sh"), whole);
    for (int i = 0; i < 60; ++i) ASSERT_EQ(fs::file_size(home() / fmt::format("current/data/{}", i)), 20'000u);
  }
  EXPECT_GT(killed, 3) << "it ended before it could be killed";
  const std::string second = install();
  EXPECT_EQ(listed(), (std::vector<std::string>{".replaced", first, second, "current"}));
  EXPECT_EQ(tell("engine rollback thumb")["version"], first);
}

TEST_F(EngineInstall, TwoAtOnceAreOneAfterTheOther) {
  source("first", fmt::format("touch {0}/runs; while [ ! -e {0}/go ]; do sleep 0.02; done", (root / "desk").string()));
  Daemon one(
      {binary("cadre"), "engine", "install", (root / "thumb").string(), "--engines", (root / "engines").string()},
      root / "log");
  ASSERT_TRUE(eventually(20s, [&] { return fs::exists(root / "desk/runs"); })) << one.log();
  const Ran other = say("engine install " + (root / "thumb").string());
  EXPECT_EQ(other.code, 75);
  EXPECT_TRUE(says(other.out, {"another install, rollback or uninstall"}));
  std::ofstream(root / "desk/go") << "";
  EXPECT_EQ(one.wait(20s), 0) << one.log();
}

TEST_F(EngineInstall, RefusesWhatWouldBeAnotherOneElsewhere) {
  const Ran other = say("engine install --expect 1.0-0123456789ab " + (root / "thumb").string());
  EXPECT_EQ(other.code, 65);
  EXPECT_TRUE(says(other.out, {"1.0-0123456789ab was expected", "nothing was changed"}));
  EXPECT_FALSE(fs::exists(root / "engines"));
  const std::string good = install();
  const auto refused = [&](int code, const std::vector<std::string>& words) {
    const Ran ran = say("engine install " + (root / "thumb").string());
    EXPECT_EQ(ran.code, code) << ran.out;
    EXPECT_TRUE(says(ran.out, words));
    EXPECT_EQ(current(), good);
  };
  fs::create_symlink(root / "thumb/run.sh", root / "thumb/by-whole-path");
  refused(65, {"by-whole-path", "would lead elsewhere"});
  fs::remove(root / "thumb/by-whole-path");
  fs::create_symlink("../outside", root / "thumb/out");
  refused(65, {"thumb/out", "would lead elsewhere"});
  fs::remove(root / "thumb/out");
  ASSERT_EQ(mkfifo((root / "thumb/pipe").c_str(), 0600), 0);
  refused(65, {"thumb/pipe", "neither a file nor a directory"});
  fs::remove(root / "thumb/pipe");
  fs::create_symlink("/usr/bin/env", root / "thumb/python");  // as a virtual environment has it
  EXPECT_NE(install(), good);

  std::ofstream(home() / "current/run.sh") << "#!/bin/sh\necho by hand\n";
  const Ran changed = say("engine install " + (root / "thumb").string());
  EXPECT_EQ(changed.code, 65);
  EXPECT_TRUE(says(changed.out, {"is not as it was installed any more", "run.sh"}));
  EXPECT_EQ(say("engine install " + (home() / "current").string()).code, 64) << "in its own place";
}

TEST_F(EngineInstall, AVersionThatWasRemovedIsMissedAndAnotherOneTakesItsPlace) {
  const std::string first = install();
  source("second");
  const std::string second = install();
  fs::remove_all(home() / second);
  EXPECT_EQ(say("engine rollback thumb").code, 66);
  EXPECT_EQ(tell("engine rollback thumb --to " + first)["version"], first);
  EXPECT_EQ(install(), second);
  fs::remove_all(home() / second);
  const Json again = tell("engine install " + (root / "thumb").string());
  EXPECT_EQ(again["tested"], "run") << "it is current by its link, and yet new";
  EXPECT_EQ(tell("engine rollback thumb")["version"], first);
  EXPECT_EQ(say("engine rollback thumb --to ../thumb").code, 66) << "a version is a name and no path";
}

TEST_F(EngineInstall, IsTriedAsWhomEnginesRun) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  fs::permissions(root, fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  for (const char* part : {"tmp", "desk"}) fs::permissions(root / part, fs::perms::all);
  source("first", "id -un > " + (root / "desk/who").string());
  const Ran ran = say("engine install --owner nobody " + (root / "thumb").string());
  ASSERT_EQ(ran.code, 0) << ran.out;
  EXPECT_EQ(content(root / "desk/who"), "nobody\n");
  EXPECT_EQ(ran.out.find("tried as root"), std::string::npos) << ran.out;

  fs::remove(root / "desk/who");
  write("engine.yaml", "name: thumb\nversion: 1.0\nuser: nobody\ncommand: [./run.sh]\n");
  const Ran named = say("engine install " + (root / "thumb").string());
  ASSERT_EQ(named.code, 0) << named.out;
  EXPECT_EQ(content(root / "desk/who"), "nobody\n") << "the user of its engine.yaml, as on a node";
}

TEST_F(EngineInstall, AnEngineThatSomebodyPutThereStays) {
  fs::create_directories(home());
  std::ofstream(home() / "engine.yaml") << "name: thumb\nversion: by hand\ncommand: [/bin/true]\n";
  const Ran ran = say("engine install " + (root / "thumb").string());
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_TRUE(says(ran.out, {"in force no more", "engine.yaml"}));
  EXPECT_TRUE(fs::exists(home() / "engine.yaml"));
}

}  // namespace
}  // namespace cadre::test
