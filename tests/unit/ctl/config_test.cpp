// `cadre config new, set, show, check` on real files.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

class ConfigCommand : public ::testing::Test {
 protected:
  std::string said(const Command& command, const std::string& line, bool json = false) {
    Globals globals;
    globals.json = json;
    globals.config = directory_.file("node.yaml");
    return printed_by(command, line, globals, messages_);
  }
  Json told(const Command& command, const std::string& line) { return Json::parse(said(command, line, true)); }
  void make(const std::string& role = "master") { told(commands::config_new(), role + " " + directory_.file("node.yaml").string()); }
  std::string file() const { return directory_.read("node.yaml"); }
  static std::string changed(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  }

  static std::string file_line(const std::string& text, const std::string& begin) {
    const auto at = text.find("\n" + begin) + 1;
    return text.substr(at, text.find('\n', at) + 1 - at);
  }

  Directory directory_;
  std::string messages_;
};

TEST_F(ConfigCommand, MakesAFileWithEveryKeyOnceAndOverwritesNothing) {
  const std::string line = "master " + directory_.file("node.yaml").string() + " policy.lease_ttl=30s";
  EXPECT_EQ(told(commands::config_new(), line)["changed"].size(), 1u);
  EXPECT_EQ(file(), changed(default_config(NodeRole::master), "lease_ttl: 60s", "lease_ttl: 30s"));
  EXPECT_EQ(told(commands::config_new(), line)["changed"].size(), 0u);
  const Stop other = stop_of([&] { make(); });
  EXPECT_EQ(other.code, Exit::bad_data);
  EXPECT_TRUE(contains(other.message, "nothing is overwritten"));
  EXPECT_EQ(stop_of([&] { said(commands::config_new(), "extension " + directory_.file("e.yaml").string() + " worker.slots=many"); }).code, Exit::config);
  EXPECT_FALSE(std::filesystem::exists(directory_.file("e.yaml")));
}

TEST_F(ConfigCommand, SetsAllOrNothingAndKeepsTheOldText) {
  make();
  const std::string before = file();
  EXPECT_EQ(stop_of([&] { said(commands::config_set(), "worker.slots=2 policy.lease_ttl=1s"); }).code, Exit::config);
  EXPECT_EQ(stop_of([&] { said(commands::config_set(), "worker.slots=2 policy.lease=1s"); }).code, Exit::config);
  EXPECT_EQ(stop_of([&] { said(commands::config_set(), "worker.slots"); }).code, Exit::usage);
  EXPECT_EQ(file(), before);
  const Json done = told(commands::config_set(), "worker.slots=2 'cleanup.schedule=30 2 * * *'");
  EXPECT_EQ(done["changed"], (Json{"cleanup.schedule", "worker.slots"}));
  EXPECT_EQ(done["restart"], (Json{"broker", "worker"}));
  EXPECT_EQ(directory_.read(std::filesystem::path(done["backup"].get<std::string>()).filename()), before);
  EXPECT_EQ(told(commands::config_set(), "worker.slots=2")["changed"].size(), 0u);
  told(commands::config_set(), "--unset worker.slots --unset cleanup.schedule");
  EXPECT_EQ(file(), changed(changed(before, file_line(before, "  slots:"), ""), file_line(before, "  schedule:"), ""));
}

TEST_F(ConfigCommand, ADryRunWritesNothing) {
  make();
  const std::string before = file();
  EXPECT_EQ(said(commands::config_set(), "worker.slots=2 --dry-run"), changed(before, "slots: 0", "slots: 2"));
  const Json told_so = told(commands::config_set(), "worker.slots=2 --dry-run");
  EXPECT_EQ(told_so["would"], (Json{"worker.slots"}));
  EXPECT_EQ(told_so["changed"], Json::array());
  EXPECT_EQ(file(), before);
}

TEST_F(ConfigCommand, SaysWhoMustReadItAnew) {
  make();
  const Json limits = told(commands::config_set(), "'limits.engines={ocr: 4}'");
  EXPECT_EQ(limits["restart"], Json::array());
  EXPECT_EQ(limits["reload"], (Json{"broker"}));
  EXPECT_EQ(told(commands::config_set(), "worker.slots=3")["restart"], (Json{"worker"}));
  EXPECT_EQ(told(commands::config_set(), "policy.waiting_max=5")["restart"], (Json{"broker"}));
  EXPECT_EQ(told(commands::config_set(), "tool.key_file=/x")["restart"], Json::array());
}

TEST_F(ConfigCommand, ShowsWhatHoldsAndWhereItIsFrom) {
  directory_.write("node.yaml", "role: master\ncleanup:\n  keep_done: 14d\n");
  const Json all = told(commands::config_show(), "");
  EXPECT_GT(all.size(), 60u);
  const Json some = told(commands::config_show(), "cleanup --changed");
  ASSERT_EQ(some.size(), 1u);
  EXPECT_EQ(some[0], (Json{{"key", "cleanup.keep_done"}, {"value", "14d"}, {"default", "7d"}, {"changed", true}, {"line", 3}, {"file", directory_.file("node.yaml").string()}}));
  const Json by_default = told(commands::config_show(), "cleanup.keep_dead");
  ASSERT_EQ(by_default.size(), 1u);
  EXPECT_EQ(by_default[0]["line"], 0);
  EXPECT_EQ(stop_of([&] { said(commands::config_show(), "cleanup.keep"); }).code, Exit::not_so);
}

TEST_F(ConfigCommand, ChecksAnyFile) {
  make();
  EXPECT_EQ(told(commands::config_check(), "")["role"], "master");
  const auto wrong = directory_.write("wrong.yaml", "role: master\npolicy:\n  lease_ttl: 1s\nlog:\n  level: loud\n");
  const Stop stop = stop_of([&] { said(commands::config_check(), wrong.string()); });
  EXPECT_EQ(stop.code, Exit::config);
  EXPECT_TRUE(contains(stop.message, "wrong.yaml:3:")) << stop.message;
  EXPECT_TRUE(contains(stop.message, "wrong.yaml:5:")) << "all faults at once: " << stop.message;
}

}  // namespace
}  // namespace cadre::ctl
