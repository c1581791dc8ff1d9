// The cmdlets that make a cluster, run in PowerShell on machines that are apart (tests/e2e/network.hpp), with a real
// MariaDB: with -WhatIf nothing comes of them that another machine could see; without it the cluster works; a second
// time changes nothing.
#include "common/database/greeting.hpp"
#include "tests/e2e/provisioned.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;

class CmdletsApart : public Provisioned {
 protected:
  // What these lines print, on that machine.
  std::string powershell(const std::string& machine, const std::string& lines) const {
    const fs::path script = master_->home() / "script.ps1";
    std::ofstream(script) << fmt::format(
        "$ErrorActionPreference = 'Stop'\nImport-Module '{}/scripts/Cadre/Cadre.psd1'\n{}\n", CADRE_SOURCE_DIR, lines);
    const Ran ran =
        at(machine, fmt::format("PATH={}:$PATH {} script {} 2>&1", fs::path(binary("cadre")).parent_path().string(),
                                CADRE_POWERSHELL_RUN, script.string()));
    EXPECT_EQ(ran.code, 0) << lines << "\n" << ran.out;
    return ran.out;
  }
  bool reached() const {
    return network_->at("master", [&] {
      return static_cast<bool>(db::greeting_of(database_->address(), database_->server().port(), 5s));
    });
  }
};

TEST_F(CmdletsApart, MakeAClusterAndNothingOfItWithWhatIf) {
  database_.emplace(*network_, "database");
  const std::string option_file = content(database_->server().option_file());
  const std::string bind = fmt::format("Set-CadreDatabaseOption -BindAddress {} -Socket '{}'", database_->address(),
                                       database_->server().socket());
  EXPECT_TRUE(says(powershell("database", bind + " -WhatIf"), {"What if: ", "bind-address", "start MariaDB anew"}));
  EXPECT_EQ(content(database_->server().option_file()), option_file);
  EXPECT_FALSE(reached());
  EXPECT_TRUE(says(powershell("database", fmt::format("({0}).Changed; ({0}).Changed", bind)), {"True\nFalse\n"}));
  EXPECT_TRUE(reached());

  const fs::path sql = master_->home() / "cadre.sql";
  const std::string install = fmt::format(
      "Install-CadreMaster -Database {}:{} -TlsAuthorityPath '{}' -From {} -SqlPath '{}' -Name head -Directory '{}' "
      "-DataPath '{}' "
      "-Owner nobody -MonitorPort 0 -Listen {} -WarningAction SilentlyContinue",
      database_->address(), database_->server().port(), database_->authority(), network_->address("master"),
      sql.string(), master_->etc().string(), master_->data().string(), door());
  EXPECT_TRUE(says(powershell("master", install + " -WhatIf"), {"What if: "}));
  for (const auto& path : {master_->etc(), master_->data(), sql}) EXPECT_FALSE(fs::exists(path)) << path;
  EXPECT_TRUE(says(powershell("master", fmt::format("({}).Database.Ready", install)), {"False\n"}));
  run_statements(sql);
  EXPECT_TRUE(
      says(powershell("master", fmt::format("({0}).Database.Ready; ({0}).Changed", install)), {"True\nFalse\n"}));

  start("master");
  extension_.emplace("ext");
  line_to_join(*extension_, "ext");
  const std::string join =
      fmt::format("Install-CadreExtension -TicketPath '{}' -Directory '{}' -SpoolPath '{}' -Owner nobody",
                  (extension_->home() / "ext.ticket").string(), extension_->etc().string(),
                  (extension_->data() / "spool").string());
  EXPECT_TRUE(says(powershell("extension", join + " -WhatIf"), {"What if: "}));
  EXPECT_FALSE(fs::exists(extension_->etc()));
  for (const auto& key : ask("key list")) EXPECT_NE(key["role"] == "worker" ? key["name"] : "", "ext") << key;
  EXPECT_TRUE(says(powershell("extension", fmt::format("({}).Joined", join)), {"True\n"}));
  offer(*extension_, "extension");
  start("extension");
  ASSERT_TRUE(ready("ext"));
  EXPECT_EQ(job_on("extension"), "extension");
}

}  // namespace
}  // namespace cadre::test
