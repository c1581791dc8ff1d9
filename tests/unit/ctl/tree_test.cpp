#include "broker/ctl/tree.hpp"

#include <CLI/CLI.hpp>
#include <set>

#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

// What the tool says to a command line that is wrong; "" where it is right.
std::string complaint(const std::string& line, Globals* parsed = nullptr) {
  Globals globals;
  CLI::App app;
  Run chosen;
  build_tree(app, globals, chosen);
  try {
    app.parse(line);
  } catch (const CLI::ParseError& error) {
    return what_is_wrong(app, error);
  }
  EXPECT_TRUE(chosen != nullptr) << line;
  if (parsed != nullptr) *parsed = globals;
  return "";
}

TEST(Tree, TakesTheCommandsOfTheManual) {
  for (const char* line : {"",
                           "status",
                           "submit wc",
                           "submit ocr a.pdf b.pdf --each -p lang=deu -p dpi=300 --batch c17 --wait -o out",
                           "submit wc --priority -5 f.txt",
                           "job list --state dead --limit 5",
                           "jobs list",
                           "job show 1-17",
                           "job logs 1-17 --attempt 2",
                           "job wait 1-1 1-2 --timeout 5m",
                           "job result key:x -o d --file f",
                           "job cancel 1-1",
                           "job retry 1-1 1-2",
                           "job why 1-1",
                           "db hosts 10.1.0.0/16,10.2.% db1.example.net",
                           "db bind 10.1.0.5,10.2.0.5 --restart never --dry-run",
                           "db bind --all-addresses --admin-socket s --start-patience 1min",
                           "nodes list",
                           "node drain n --wait --deadline 30m",
                           "node uncordon n",
                           "node remove n --yes --now --deadline 30m",
                           "queues list",
                           "dead list",
                           "dead retry --all --yes",
                           "engine list",
                           "engine test d -i f -p a=1 --params f",
                           "engine new hello --lang python",
                           "engine install d --engines e --owner cadre --dry-run",
                           "engine rollback hello --from 1-0123456789ab",
                           "engine rollback hello --to 1-0123456789ab",
                           "engine uninstall hello --engines e --wait 1min --dry-run",
                           "engine uninstall hello --old",
                           "engine uninstall hello --version 1-0123456789ab",
                           "key new f",
                           "key admit n --role worker --file f.pub",
                           "key list",
                           "key revoke n --yes",
                           "db init --admit a.pub --admit-worker m=w.pub --admit-worker x=y.pub",
                           "config check f",
                           "config show cleanup --changed",
                           "config set policy.lease_ttl=30s a.b= --unset c.d --dry-run",
                           "config new extension f worker.slots=2 --owner cadre",
                           "db migrate",
                           "log level debug",
                           "version"})
    EXPECT_EQ(complaint(line), "") << line;
}

TEST(Tree, GlobalOptionsMayStandAnywhere) {
  Globals globals;
  EXPECT_EQ(complaint("job list --json --address tcp://m:1 --patience 3s", &globals), "");
  EXPECT_TRUE(globals.json);
  EXPECT_EQ(globals.address, "tcp://m:1");
  EXPECT_EQ(globals.patience, 3s);
  EXPECT_EQ(complaint("--no-curve job list", &globals), "");
  EXPECT_TRUE(globals.no_curve);
}

TEST(Tree, TheEnvironmentSpeaksWhereTheCommandLineIsSilent) {
  ASSERT_EQ(setenv("CADRE_ADDRESS", "tcp://environment:1", 1), 0);
  Globals globals;
  EXPECT_EQ(complaint("job list", &globals), "");
  EXPECT_EQ(globals.address, "tcp://environment:1");
  EXPECT_EQ(complaint("job list --address tcp://line:1", &globals), "");
  EXPECT_EQ(globals.address, "tcp://line:1");
  ASSERT_EQ(unsetenv("CADRE_ADDRESS"), 0);
}

// Names of commands are words like any other where an argument is wanted.
TEST(Tree, ArgumentsMayLookLikeCommands) {
  EXPECT_EQ(complaint("submit status job"), "");
  EXPECT_EQ(complaint("engine new key -- wc -l --json x"), "");
  EXPECT_EQ(complaint("node drain list"), "");
}

TEST(Tree, MisspeltWordsFindTheirNeighbours) {
  EXPECT_TRUE(contains(complaint("job lst"), "did you mean 'cadre job list'?"));
  EXPECT_TRUE(contains(complaint("submitt wc"), "did you mean 'cadre submit'?"));
  EXPECT_TRUE(contains(complaint("drain n"), "did you mean 'cadre node drain'?"));
  EXPECT_TRUE(contains(complaint("job list --sate x"), "did you mean --state?"));
  EXPECT_TRUE(contains(complaint("job list --jsn"), "did you mean --json?"));
  EXPECT_TRUE(contains(complaint("frobnicate"), "it has: submit, job, queue, node"));
  EXPECT_TRUE(contains(complaint("job"), "wants a command: list, show"));
  EXPECT_TRUE(contains(complaint("job list extra"), "'extra' is one word too many"));
  EXPECT_TRUE(contains(complaint("job show"), "JOB is required"));
  EXPECT_TRUE(contains(complaint("submit wc --time-limit soon"), "'soon' is not a duration"));
}

TEST(Tree, EveryCommandHasHelpAndAnExample) {
  std::set<std::string_view> paths;
  for (const Command& command : all_commands()) {
    EXPECT_TRUE(paths.insert(command.path).second) << command.path << " is there twice";
    EXPECT_FALSE(command.help.empty()) << command.path;
    EXPECT_TRUE(contains(std::string(command.example), "cadre")) << command.path;
  }
}

}  // namespace
}  // namespace cadre::ctl
