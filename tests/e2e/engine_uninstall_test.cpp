// `cadre engine uninstall` on one machine, without a cluster: what it removes, what it refuses, wherever it ends.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Names = std::vector<std::string>;

class EngineUninstall : public testing::Test {
 protected:
  EngineUninstall() {
    char name[] = "/tmp/cadre-engines-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    root = name;
  }
  ~EngineUninstall() override {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }

  std::string line(const std::string& arguments) const {
    return fmt::format("{} {} --engines {}", binary("cadre"), arguments, engines().string());
  }
  Ran say(const std::string& arguments) const { return run(line(arguments) + " 2>&1"); }
  Json tell(const std::string& arguments) const {
    const Ran ran = run(line("--json " + arguments) + " 2>/dev/null");
    EXPECT_EQ(ran.code, 0) << arguments << "\n" << ran.out << say(arguments).out;
    return ran.code == 0 ? Json::parse(ran.out) : Json::object();
  }
  // A version whose program says `word`; what it is called.
  std::string install(const std::string& word, const std::string& name = "thumb") const {
    const fs::path source = root / "source";
    fs::create_directories(source);
    std::ofstream(source / "engine.yaml") << "name: " << name << "\nversion: 1.0\ncommand: [./run.sh]\n";
    std::ofstream(source / "run.sh") << "#!/bin/sh\necho " << word << "\n";
    fs::permissions(source / "run.sh", fs::perms::owner_all);
    return tell("engine install " + source.string()).value("version", "");
  }
  fs::path engines() const { return root / "engines"; }
  fs::path home() const { return engines() / "thumb"; }
  Names listed() const {
    Names names;
    for (const auto& entry : fs::directory_iterator(home())) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  static Names sorted(Names names) {
    std::sort(names.begin(), names.end());
    return names;
  }
  void expect_refused(const std::string& arguments, int code, const Names& words) const {
    const Ran ran = say("engine uninstall " + arguments);
    EXPECT_EQ(ran.code, code) << ran.out;
    EXPECT_TRUE(says(ran.out, words));
  }

  fs::path root;
};

TEST_F(EngineUninstall, GoesWholeAndASecondTimeNothingIsChanged) {
  const std::string first = install("one"), second = install("two");
  const Json planned = tell("engine uninstall thumb --dry-run");
  EXPECT_EQ(planned["would"].size(), 3u) << planned;
  EXPECT_EQ(planned["changed"], Json::array());
  EXPECT_EQ(listed(), sorted({".replaced", first, second, "current"})) << "--dry-run changes nothing";

  const Json told = tell("engine uninstall thumb");
  EXPECT_EQ(told["before"], second);
  EXPECT_EQ(told["current"], "");
  EXPECT_EQ(told["removed"], Json(sorted({first, second})));
  EXPECT_EQ(told["left"], Json::array());
  EXPECT_EQ(told["changed"].size(), 3u) << told;
  EXPECT_EQ(listed(), Names{}) << "its directory stays, and tells that it was here";
  const Json again = tell("engine uninstall thumb");
  EXPECT_EQ(again["changed"], Json::array());
  EXPECT_TRUE(says(say("engine uninstall thumb").out, {"no version is offered", "nothing was changed"}));
  EXPECT_TRUE(says(say("engine uninstall thumb --dry-run").out, {"nothing would be changed"}));

  EXPECT_EQ(install("two"), second) << "and back";
  EXPECT_EQ(say("engine rollback thumb").code, 1) << "what the removed ones remembered is forgotten";
}

TEST_F(EngineUninstall, OldVersionsGoAndTheWayBackStays) {
  const std::string first = install("one"), second = install("two"), third = install("three");
  EXPECT_EQ(tell("engine uninstall thumb --old --dry-run")["would"].size(), 1u);
  EXPECT_EQ(tell("engine uninstall thumb --old")["removed"], Json{first});
  EXPECT_EQ(listed(), sorted({".replaced", second, third, "current"}));
  EXPECT_EQ(tell("engine uninstall thumb --old")["changed"], Json::array());
  EXPECT_TRUE(says(say("engine uninstall thumb --old").out, {third + " is current; nothing was changed"}));
  EXPECT_EQ(tell("engine rollback thumb")["version"], second);
  EXPECT_EQ(tell("engine uninstall thumb --old")["removed"], Json{third}) << "a second rollback leads nowhere else";
  EXPECT_EQ(tell("engine rollback thumb")["changed"], Json::array());
}

TEST_F(EngineUninstall, OneVersionThatIsNamedGoesUnlessItIsCurrent) {
  const std::string first = install("one"), second = install("two");
  expect_refused("thumb --version " + second, 64, {second + " is current, and stays", "without --version"});
  expect_refused("thumb --version ../thumb", 64, {"not the name of a version"});
  expect_refused("thumb --version " + first + " --old", 64, {"--old"});
  EXPECT_EQ(tell("engine uninstall thumb --version " + first)["removed"], Json{first}) << "also the way back";
  const Ran again = say("engine uninstall thumb --version " + first);
  EXPECT_EQ(again.code, 0);
  EXPECT_TRUE(says(again.out, {"there is no version " + first, second, "nothing was changed"}));
}

TEST_F(EngineUninstall, RefusesWhatIsNotThereOrNotItsOwn) {
  expect_refused("thumb", 66, {"no engine 'thumb'", "Those that are: none"});
  EXPECT_FALSE(fs::exists(engines())) << "nothing is made by asking";
  install("one");
  install("one", "other");
  expect_refused("thump", 66, {"no engine 'thump'", "did you mean 'thumb'?", "other, thumb"});
  expect_refused("../thumb", 64, {"not a name"});
  expect_refused("echo", 64, {"'echo' is built in"});

  std::ofstream(home() / "engine.yaml") << "name: thumb\nversion: by hand\ncommand: [/bin/true]\n";
  expect_refused("thumb", 65, {"was put there by hand", "in place of 1.0-", "nothing was changed", "mv "});
  EXPECT_TRUE(fs::exists(home() / "current/run.sh"));
  fs::remove(home() / "engine.yaml");
  fs::create_directories(home() / "notes");
  std::ofstream(home() / "notes/engine.yaml") << "name: thumb\ncommand: [/bin/true]\n";
  expect_refused("thumb --version notes", 65, {"not made by cadre engine install"});
  const Ran ran = say("engine uninstall thumb");
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(says(ran.out, {"note: ", "notes is left: it was not made by cadre engine install"}));
  EXPECT_EQ(listed(), Names{"notes"});

  fs::create_directories(engines() / "own");
  std::ofstream(engines() / "own/engine.yaml") << "name: own\ncommand: [/bin/true]\n";
  expect_refused("own", 65, {"was put there by hand", "is what this node offers as own"});
}

TEST_F(EngineUninstall, AnEngineOfThatNameMayBeMadeAgainAndTwiceIsHarmless) {
  install("one");
  tell("engine uninstall thumb");
  const auto make = [&](const std::string& more, int code, const std::string& words) {
    const Ran made =
        run(fmt::format("{} engine new thumb --dir {} {} 2>&1", binary("cadre"), engines().string(), more));
    EXPECT_EQ(made.code, code) << made.out;
    EXPECT_TRUE(says(made.out, {words}));
  };
  std::ofstream(home() / "run.sh.new") << "#!/bin/b";  // as a kill leaves it
  make("--lang bash", 0, "is made; the work is done in run.sh");
  EXPECT_EQ(listed(), (Names{"engine.yaml", "run.sh"}));
  std::ofstream(home() / "run.sh") << "#!/bin/sh\necho mine\n";
  make("--lang bash", 0, "nothing was changed");
  EXPECT_EQ(content(home() / "run.sh"), "#!/bin/sh\necho mine\n");
  make("--lang python", 65, "is another one");
  make("-- wc -l", 65, "is another one");
  fs::remove(home() / "engine.yaml");
  make("--lang bash", 65, "is another one");
  EXPECT_EQ(content(home() / "run.sh"), "#!/bin/sh\necho mine\n");
}

// Everything that a run can leave that was killed between two of its steps.
TEST_F(EngineUninstall, GoesOnFromEachStateThatAnInterruptionLeaves) {
  const std::string first = install("one"), second = install("two");
  fs::remove(home() / "current");  // before the first version
  fs::rename(home() / first, home() / (".new-" + first));
  fs::remove(home() / ".new-" / first / "run.sh");  // in the middle of one
  const Json told = tell("engine uninstall thumb");
  EXPECT_EQ(told["before"], "");
  EXPECT_EQ(told["removed"], Json{second});
  EXPECT_EQ(listed(), Names{});

  EXPECT_EQ(install("one"), first);
  EXPECT_EQ(install("two"), second);
  fs::remove(home() / "current");
  for (const auto& version : {first, second}) fs::remove_all(home() / version);
  EXPECT_EQ(tell("engine uninstall thumb")["changed"], Json::array()) << "only notes were left";
  EXPECT_EQ(listed(), Names{});
}

TEST_F(EngineUninstall, KilledAtAnyMomentEachVersionIsWholeOrGone) {
  constexpr int files = 200;
  fs::create_directories(root / "source/data");
  for (int i = 0; i < files; ++i) std::ofstream(root / fmt::format("source/data/{}", i)) << "x";
  install("one");
  const std::string version = install("two");
  const Names all = listed();
  fs::rename(home(), root / "whole");
  int killed = 0, halfway = 0;
  Duration after{};
  for (; killed < 400; ++killed, after += 1ms) {  // until a run is quicker than the kill
    fs::remove_all(home());
    fs::copy(root / "whole", home(), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    Daemon one({binary("cadre"), "engine", "uninstall", "thumb", "--engines", engines().string()}, root / "log");
    const int code = one.wait(after);
    if (code == 0) break;
    ASSERT_EQ(code, -1) << one.log();
    one.kill9();
    const bool offered = fs::exists(fs::symlink_status(home() / "current"));
    if (offered) {
      ASSERT_EQ(listed(), all) << "they go only when none is offered any more";
    }
    for (const auto& name : listed())
      for (int i = 0; i < files && !name.starts_with("."); ++i)
        ASSERT_TRUE(fs::exists(home() / name / "data" / std::to_string(i))) << name;
    halfway += offered ? 0 : 1;
    if (killed % 2 == 0) {  // an install goes on from there as well
      ASSERT_EQ(install("two"), version);
      ASSERT_TRUE(fs::exists(home() / "current/data/0"));
    }
    tell("engine uninstall thumb");
    ASSERT_EQ(listed(), Names{});
  }
  EXPECT_GT(killed, 3) << "it ended before it could be killed";
  EXPECT_GT(halfway, 0) << "no kill came in the middle";
  EXPECT_EQ(listed(), Names{});
}

}  // namespace
}  // namespace cadre::test
