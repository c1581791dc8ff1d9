// The one line that the documented way needs in the node's file: put in, taken out, and the file otherwise as it was.
#include <gtest/gtest.h>

#include "broker/ctl/legacy_line.hpp"
#include "common/config/node.hpp"

namespace cadre::ctl {
namespace {

const std::filesystem::path file = "/etc/cadre/node.yaml";

std::string set(const std::string& text, bool legacy = true) {
  const auto made = with_accounts(text, file, legacy);
  EXPECT_TRUE(made) << made.error();
  return made ? *made : "";
}

TEST(LegacyLine, GoesWhereTheSectionIsAndAsDeep) {
  EXPECT_EQ(set("role: master\n# ours\ndatabase:\n    # deep\n    schema: s  # kept\nlog: {level: info}\n"),
            "role: master\n# ours\ndatabase:\n    accounts: legacy\n    # deep\n    schema: s  # kept\nlog: {level: info}\n");
  EXPECT_EQ(set("role: master\n"), "role: master\ndatabase:\n  accounts: legacy\n");
  EXPECT_EQ(set("role: master"), "role: master\ndatabase:\n  accounts: legacy\n");
  EXPECT_EQ(set("role: master\ndatabase:\n  accounts: apart\n  user: u\n"), "role: master\ndatabase:\n  accounts: legacy\n  user: u\n");
}

TEST(LegacyLine, OutIsAsItWasBefore) {
  for (const std::string text : {"role: master\ndatabase:\n  schema: s\nlog:\n  level: warn\n", "role: master\ndatabase:\n  user: u\n"}) {
    EXPECT_EQ(set(set(text), false), text);
    EXPECT_EQ(set(set(text)), set(text)) << "the second time changes nothing";
    EXPECT_EQ(set(text, false), text);
  }
}

TEST(LegacyLine, OfTheSampleWithEveryKey) {
  const std::string sample = default_config(NodeRole::master);
  std::vector<yaml::Fault> faults;
  EXPECT_EQ(parse_node(set(sample), file, faults).database.accounts, Accounts::legacy);
  EXPECT_TRUE(faults.empty());
}

TEST(LegacyLine, LeavesAloneWhatIsNotWrittenLineByLine) {
  const auto made = with_accounts("role: master\ndatabase: {schema: s}\n", file, true);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().find("accounts: legacy"), std::string::npos) << made.error();
  EXPECT_FALSE(with_accounts("role: mister\n", file, true));
}

}  // namespace
}  // namespace cadre::ctl
