// A cluster is made by its commands on machines that are apart: the database, the master, an extension and one more,
// each in a network namespace of its own (network.hpp), with real MariaDB servers. Without namespaces all of it is
// skipped, and says why.
//
// What is to be shown of provisioning, and where it is: first what is seen from another machine, between namespaces;
// then (L) the same commands on loopback, with more cases; (P) the cmdlets on loopback, in scripts/Cadre/Tests.
//
// the secure path: Places; DatabaseApart.IsSetUp..., .TheMasterGetsInAndNobodyElse
// the documented legacy path: ProvisioningApart.TheDocumentedWay... (by hand, to the letter, and back),
//     DatabaseApart.TheDocumentedWay... (by db legacy-grant); (P) Database
// the database on the master: Places, StartOrders /DatabaseOn_master; (L) Setup; (P) Master
// the database on an extension, which purges: Places, StartOrders /DatabaseOn_extension; cut off and full:
//     Apart.AnExtensionWithTheDatabase..., .ABrokerHearsOfTheRoom...; (P) Master
// the database external: Places, StartOrders /DatabaseOn_database (statements that its administrator runs),
//     ProvisioningApart.ASetUpAndAJoin... (by his account); (L) Setup.LeavesStatements..., .ComesToAServer...; (P)
//     Master
// every start order: StartOrders, all six for each of the three places, each with a new extension, each ends with jobs
//     done; (L) Service.ComesUpInAnyOrder, Joins.TheWorkerRedeems...; (P) Master
// a wrong schema name: ProvisioningApart.ABroker... (the broker), DatabaseApart.ARange... (the doctor);
//     (L) Setup.TakesAServer..., Doctor.NamesTheSchema...; (P) Master
// host ranges that never match: the same two; what a range matches: unit tests of common/database; (P) Database
// a broken option file: BindApart.ABrokenOptionFile...; (L) Bind.ABrokenOptionFile...; (P) Bind
// a server that does not come up after the edit: BindApart.WhatDoesNotComeUp..., .AServerThatCannotStartAgain...;
//     (L) Bind, three tests; (P) Bind
// an interrupted run: BindApart.ARunThatWasKilled..., ProvisioningApart.ASetUpAndAJoin...;
//     (L) Bind.ARunThatIsKilledAnywhere..., Setup.IsGoneOnWith..., .MakesWhole...; (P) Bind, Database, Master
// a second run: Places (set-up, join, accounts), BindApart.ADryRun..., CmdletsApart; (L), (P) everywhere
// -WhatIf, a dry run: CmdletsApart (tests/powershell: the cmdlets, in PowerShell), BindApart.ADryRun...;
//     (L) Bind.ADryRun...; (P) "with -WhatIf" in each file
// a cloned extension: Clones, with an empty spool and with all that was in it; (L) BadIdentity; (P) Joining
#include <algorithm>
#include <set>

#include "tests/e2e/interrupted.hpp"
#include "tests/e2e/provisioned.hpp"
#include "tests/support/http.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

const auto by_place = [](const auto& info) { return std::string("DatabaseOn_") + info.param; };

// --- all three places of the database -------------------------------------------------------------------------------

class Places : public Provisioned, public testing::WithParamInterface<const char*> {
 protected:
  // All that its accounts are, as its administrator sees them.
  std::string accounts() const {
    return database_ ? database_->sql("SELECT Host, User, Priv FROM mysql.global_priv ORDER BY Host, User").out : "";
  }
  // For a database on a machine that is no node: who purges is named, and let in from there.
  void name_who_purges() {
    const Ran let = database_->there(
        database_->db_line(fmt::format("init --from {0} --purge-host {0}", network_->address("master")),
                           master_->config()) +
        " 2>&1");
    ASSERT_EQ(let.code, 0) << let.out;
    std::ofstream(master_->config(), std::ios::app) << "cleanup:\n  records_by: head\n";
  }
};

TEST_P(Places, AreSetUpByCommandsWorkAndASecondRunChangesNothing) {
  const std::string place = GetParam();
  const std::string words = make_master(place);
  if (place == "database") name_who_purges();
  if (place == "master") start("database");
  start("master");
  const std::string join = make_extension();
  if (place == "extension") let_extension_purge();
  start("extension");
  ASSERT_TRUE(ready("ext"));
  EXPECT_EQ(job_on("extension"), "extension");
  EXPECT_EQ(job_on("master"), "master");
  auto found = ills("master", *master_);
  if (database_) {
    EXPECT_TRUE(found.erase("database: room")) << "it is not seen from here";
  }
  EXPECT_EQ(found, Ills());
  EXPECT_EQ(ills("extension", *extension_), Ills());
  const Json purged = ask("cleanup run");
  EXPECT_EQ(purged["ok"], true) << purged;
  EXPECT_EQ(purged["node"], place == "extension" ? "ext" : "head");

  // While all of it runs.
  const auto files = [this] { return BareMachine::files_below({master_->etc(), extension_->etc()}); };
  const auto before = files();
  const std::string were = accounts();
  EXPECT_EQ(set_up(words)["changed"], Json::array());
  EXPECT_EQ(Json::parse(at("extension", join + " 2>/dev/null").out)["changed"], Json::array());
  EXPECT_EQ(files(), before);
  EXPECT_EQ(accounts(), were);
  EXPECT_EQ(job_on("extension"), "extension");
}

INSTANTIATE_TEST_SUITE_P(Provisioning, Places, testing::Values("master", "extension", "database"), by_place);

// --- every start order ----------------------------------------------------------------------------------------------

class StartOrders : public Provisioned, public testing::WithParamInterface<const char*> {
 protected:
  // Behind this the part does what it can do without those that are not up yet.
  void start_and_hear(const std::string& part, bool database_is_up) {
    start(part);
    if (part == "extension") {
      EXPECT_TRUE(extension_worker_->says("joining", 10s)) << logs();
    }
    if (part == "master") {
      EXPECT_TRUE(broker_->says(database_is_up ? " ready epoch=" : "database_away", 10s)) << logs();
    }
  }
};

// The extension is a new machine each time, with a ticket that nobody has redeemed.
TEST_P(StartOrders, AllEndWithAJobDone) {
  make_master(GetParam());
  if (!database_) start("database");
  start("master");
  std::vector<std::string> order{"database", "extension", "master"};
  int orders = 0;
  do {
    const std::string node = fmt::format("ext-{}", ++orders);
    SCOPED_TRACE(fmt::format("{}: {}, {}, {}", node, order[0], order[1], order[2]));
    make_extension(node, "--later");
    stop_all();
    std::set<std::string> up;
    for (const auto& part : order) {
      up.insert(part);
      start_and_hear(part, up.contains("database"));
    }
    ASSERT_TRUE(ready(node));
    EXPECT_EQ(job_on("extension"), "extension");
    EXPECT_EQ(job_on("master"), "master");
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 6);
}

INSTANTIATE_TEST_SUITE_P(Provisioning, StartOrders, testing::Values("master", "extension", "database"), by_place);

// --- interrupted runs -----------------------------------------------------------------------------------------------

class ProvisioningApart : public Provisioned {
 protected:
  // Runs it on that machine again and again, and kills it each time when it tells of the first thing that it changed.
  int killed_until_done(const std::string& machine, const std::string& line) const {
    constexpr int steps_max = 60;
    int kills = 0;
    network_->at(machine, [&] {
      while (kills < steps_max && interrupted(line, "  made ")) ++kills;
    });
    EXPECT_LT(kills, steps_max) << "it never came to its end";
    return kills;
  }
};

// The master by its administrator's account on the database's machine, over the network; then a machine that joins it.
TEST_F(ProvisioningApart, ASetUpAndAJoinThatAreKilledAnywhereAreGoneOnWith) {
  const auto password = master_->home() / "boss";
  const std::string words =
      fmt::format("{} --admin-user boss --admin-password-file {}", words_for("database"), password.string());
  std::ofstream(password) << "very-secret-indeed\n";
  fs::permissions(password, fs::perms{0600});
  const std::string boss = fmt::format("boss@'{}'", network_->address("master"));
  for (const std::string& sql : {"CREATE USER " + boss + " IDENTIFIED BY 'very-secret-indeed' REQUIRE SSL",
                                 "GRANT ALL ON *.* TO " + boss + " WITH GRANT OPTION"})
    ASSERT_EQ(database_->sql(sql).code, 0);
  EXPECT_GT(killed_until_done("master", master_->line(words)), 10) << "each run came one step further";
  const auto made = master_->all_files();
  const Json again = set_up(words);
  EXPECT_EQ(again["changed"], Json::array());
  EXPECT_EQ(again["database"]["ready"], true);
  EXPECT_EQ(master_->all_files(), made);

  start("master");
  extension_.emplace("ext");
  const std::string join = line_to_join(*extension_, "ext");
  EXPECT_GT(killed_until_done("extension", join), 3) << "each run came one step further";
  EXPECT_EQ(Json::parse(at("extension", join + " 2>/dev/null").out)["changed"], Json::array());
  offer(*extension_, "extension");
  start("extension");
  ASSERT_TRUE(ready("ext"));
  EXPECT_EQ(job_on("extension"), "extension");
  int keys = 0;
  for (const auto& key : ask("key list")) keys += key["name"] == "ext" && key["role"] == "worker";
  EXPECT_EQ(keys, 1) << "each try would have made one more";
  const auto files = extension_->all_files();
  for (const auto& [path, text] : files) EXPECT_EQ(path.find(".draft"), std::string::npos) << path;
}

// --- what is wrong, and the documented way --------------------------------------------------------------------------

// The broker itself waits and says why; where it is mended on the database's machine, nothing is started anew.
TEST_F(ProvisioningApart, ABrokerWithoutRightsOrWithAWrongSchemaSaysSoAndGoesOnWhenItIsMended) {
  make_master("database");
  const std::string account = fmt::format("'cadre_app'@'{}'", network_->address("master"));
  ASSERT_EQ(database_->sql("RENAME USER " + account + " TO 'cadre_app'@'10.78.0.0/255.255.0.0'").code, 0);
  start("master");
  ASSERT_TRUE(broker_->says("is not allowed to connect", 10s)) << logs();
  ASSERT_EQ(database_->sql("RENAME USER 'cadre_app'@'10.78.0.0/255.255.0.0' TO " + account).code, 0);
  ASSERT_TRUE(ready("head"));
  EXPECT_EQ(job_on("master"), "master");
  stop_all();
  start("database");
  replace_in(master_->config(), "  password_file: keys/cadre_app",
             "  schema: olconnect\n  password_file: keys/cadre_app");
  start("master");
  ASSERT_TRUE(broker_->says("olconnect", 10s)) << logs();
  EXPECT_TRUE(says(broker_->log(), {"database.schema"})) << "the line that is to be mended";
  stop_all();
  start("database");
  replace_in(master_->config(), "schema: olconnect", "schema: cadre");
  start("master");
  ASSERT_TRUE(ready("head"));
  EXPECT_EQ(job_on("master"), "master");
}

// As the manual has it, by hand: bind-address=*, a start anew, root from a range with a password that somebody chose;
// and first on the schema that the manual's example names. The broker works with it where that is said, and everybody
// in the range does as he likes. The way back leaves a cluster that works, and nobody else in.
TEST_F(ProvisioningApart, TheDocumentedWayFollowedLiterallyWorksAndIsTakenBack) {
  make_master("database");
  const std::string apart = content(master_->config());
  replace_in(database_->server().option_file(), "bind-address = 127.0.0.1," + database_->address(), "bind-address=*");
  database_->server().end();
  database_->start();
  const auto grant_on = [&](const std::string& schema) {
    return database_
        ->sql(fmt::format("GRANT ALL PRIVILEGES ON {}.* TO 'root'@'10.77.0.0/255.255.255.0' IDENTIFIED BY 'password'",
                          schema))
        .code;
  };
  const auto stranger = [&] {
    return at("copy", fmt::format("mariadb --no-defaults --skip-ssl --host={} --port={} --user=root "
                                  "--password=password -N -e 'SELECT COUNT(*) FROM job' cadre 2>&1",
                                  database_->address(), database_->server().port()))
        .out;
  };
  const auto file = master_->key("legacy.password");
  std::ofstream(file) << "password\n";
  fs::permissions(file, fs::perms{0600});
  ASSERT_EQ(run(fmt::format("chown --reference={} {}", master_->key("worker.key").string(), file.string())).code, 0);
  replace_in(master_->config(), "password_file: keys/cadre_app.password",
             "user: root\n  password_file: keys/legacy.password");
  ASSERT_EQ(grant_on("objectiflune"), 0);
  EXPECT_TRUE(says(ills("master", *master_)["database: schema"], {"granted on `objectiflune`, configured 'cadre'"}));
  ASSERT_EQ(grant_on("cadre"), 0);
  EXPECT_TRUE(
      says(ills("master", *master_)["database: settings"], {"the account root may delete jobs", "accounts: legacy"}));
  replace_in(master_->config(), "user: root\n", "user: root\n  accounts: legacy\n");
  start("master");
  make_extension();
  start("extension");
  ASSERT_TRUE(ready("ext"));
  EXPECT_EQ(job_on("extension"), "extension");
  EXPECT_EQ(stranger(), "1\n") << "that is what is wrong with it";
  EXPECT_TRUE(says(ills("master", *master_)["database: rights"], {"warning", "legacy"}));
  EXPECT_TRUE(says(ask("status")["warnings"].dump(), {"database.accounts is legacy"}));

  stop_all();
  database_->start();
  for (const std::string& line :
       {"bind " + database_->address(), std::string("legacy-revoke --from 10.77.0.0/255.255.255.0 --schema cadre")}) {
    const Ran back = database_->there(database_->db_line(line) + " 2>&1");
    EXPECT_EQ(back.code, 0) << back.out;
  }
  EXPECT_NE(stranger().find("is not allowed to connect"), std::string::npos) << stranger();
  std::ofstream(master_->config()) << apart;
  start("master");
  start("extension");
  ASSERT_TRUE(ready("ext"));
  EXPECT_EQ(job_on("extension"), "extension");
  EXPECT_EQ(ills("master", *master_).count("database: rights"), 0u);
}

// --- a cloned extension ---------------------------------------------------------------------------------------------

class Clones : public Provisioned {
 protected:
  // The extension works; a copy of its disk becomes another machine, with what lay in its spool or without.
  void make_copy(bool with_spool) {
    make_master("database");
    start("master");
    make_extension();
    start("extension");
    ASSERT_TRUE(ready("ext"));
    const Ran copied = run(fmt::format(
        "cp -a {0}/etc {0}/var {1}/ && sed -i s,{0},{1}, {1}/etc/node.yaml && find {1}/var/spool -mindepth 1 {2}",
        extension_->home().string(), copy_.home().string(), with_spool ? "-name attempts" : "-delete"));
    ASSERT_EQ(copied.code, 0) << copied.out;
    start_copy();
  }
  void start_copy() {
    network_->at("copy", [this] { copy_worker_.emplace(copy_.start_worker()); });
  }
  testing::AssertionResult hears(const Daemon& worker, const std::string& words) const {
    return worker.says(words, 15s) ? testing::AssertionSuccess()
                                   : testing::AssertionFailure() << "'" << words << "' is not in\n"
                                                                 << worker.log();
  }
  // What the page of that machine's worker says to who watches.
  testing::AssertionResult page_says(const std::string& machine, const std::string& words) const {
    std::string body;
    const bool told = eventually(10s, [&] {
      body = network_->at(machine, [] { return get(9465, "/readyz?verbose").body; });
      return body.find(words) != std::string::npos;
    });
    return told ? testing::AssertionSuccess() : testing::AssertionFailure() << body;
  }
  // The cluster knows one node of that name, and it is there.
  testing::AssertionResult is_at(const std::string& node, const std::string& machine) const {
    const std::string wanted = fmt::format("{} ({}) ready;", network_->address(machine), node);
    std::string all;
    const bool is = eventually(20s, [&] {
      all.clear();
      const Json nodes = ask("node list");
      if (!nodes.is_array()) return false;
      for (const auto& one : nodes)
        if (one["node"] == node)
          all += fmt::format("{} {};", one["address"].get<std::string>(), one["state"].get<std::string>());
      return all == wanted;
    });
    return is ? testing::AssertionSuccess() : testing::AssertionFailure() << all << logs();
  }
  BareMachine copy_{"ext"};
  std::optional<Daemon> copy_worker_;
};

TEST_F(Clones, ACopyIsRefusedUntilTheFirstIsGoneAndWorksWithAKeyOfItsOwn) {
  make_copy(false);
  ASSERT_TRUE(hears(
      *copy_worker_,
      "the key of node 'ext' is in use by a living worker at 10.77.0.3 (ext); give each machine a key of its own"));
  EXPECT_TRUE(page_says("copy", "[-]admitted: the key of node 'ext' is in use by a living worker at 10.77.0.3"));
  EXPECT_TRUE(is_at("ext", "extension"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(job_on("extension"), "extension");
  // The first is cut off without a word: the copy takes its place, and the first is refused when it is back.
  network_->cut("extension");
  ASSERT_TRUE(hears(*copy_worker_, "welcome"));
  EXPECT_EQ(job_on("extension"), "copy");
  network_->heal("extension");
  ASSERT_TRUE(hears(*extension_worker_, "the key of node 'ext' is in use by a living worker at 10.77.0.4"));
  EXPECT_TRUE(is_at("ext", "copy"));
  // As it was told.
  EXPECT_EQ(copy_worker_->stop(20s), 0);
  ASSERT_TRUE(is_at("ext", "extension"));
  for (const auto& old : {copy_.etc(), copy_.data()}) fs::remove_all(old);
  const Ran joined = at("copy", line_to_join(copy_, "twin") + " 2>&1");
  ASSERT_EQ(joined.code, 0) << joined.out;
  offer(copy_, "copy");
  start_copy();
  ASSERT_TRUE(ready("twin"));
  EXPECT_TRUE(is_at("ext", "extension"));
  EXPECT_EQ(job_on("copy"), "copy");
}

// Back in its place, the first one's work counts as before. (Its session is the one that the broker heard before the
// copy's.)
TEST_F(Clones, TheFirstWorksAsBeforeWhenTheCopyThatTookItsPlaceIsGone) {
  make_copy(false);
  ASSERT_TRUE(hears(*copy_worker_, "in use by a living worker at 10.77.0.3"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(job_on("extension"), "extension");
  network_->cut("extension");
  ASSERT_TRUE(hears(*copy_worker_, "welcome"));
  network_->heal("extension");
  ASSERT_TRUE(hears(*extension_worker_, "in use by a living worker at 10.77.0.4"));
  EXPECT_EQ(copy_worker_->stop(20s), 0);
  ASSERT_TRUE(is_at("ext", "extension"));
  EXPECT_EQ(job_on("extension"), "extension") << extension_worker_->log();
}

// The disk with all that was in the spool: the broker cannot tell it from the first one, started anew. So it takes
// over; and the first, which still lives, is told so, and stays out.
TEST_F(Clones, ACopyWithItsSpoolTakesOverAndTheFirstIsTold) {
  make_copy(true);
  ASSERT_TRUE(hears(*copy_worker_, "welcome"));
  EXPECT_EQ(job_on("extension"), "copy");
  ASSERT_TRUE(hears(*extension_worker_,
                    "node 'ext' was taken over by a worker with a copy of this one's spool, at 10.77.0.4 (ext); stop "
                    "one of the two"));
  EXPECT_TRUE(page_says("extension", "taken over by a worker with a copy of this one's spool"));
  EXPECT_TRUE(is_at("ext", "copy"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(job_on("extension"), "copy");
}

}  // namespace
}  // namespace cadre::test
