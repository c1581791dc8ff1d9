// The database on a machine of its own, and who gets in from where: by the accounts that Cadre makes, and by the way that is
// documented elsewhere and followed to the letter. Real servers, and machines that are apart (network.hpp).
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/database/link.hpp"
#include "tests/e2e/database_machine.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

class DatabaseApart : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = Network::impossible()) GTEST_SKIP() << *why;
    network_.emplace(std::vector<std::string>{"database", "master", "stranger"});
    database_.emplace(*network_, "database");
    fs::create_directories(place() / "keys");
    write_file("cadre");
    on_the_database("bind " + there());
    on_the_database("init --from " + network_->address("master"));
  }
  fs::path place() const { return database_->server().directory() / "master"; }
  fs::path config() const { return place() / "node.yaml"; }
  std::string there() const { return database_->address(); }
  void write_file(const std::string& schema) const {
    std::ofstream(config()) << fmt::format(
        "role: master\nname: master\ndatabase:\n  host: {}\n  port: {}\n  schema: {}\n  tls_ca_file: {}\n  "
        "password_file: keys/db.password\n",
        there(), database_->server().port(), schema, database_->authority());
  }
  void on_the_database(const std::string& line, int code = 0) const {
    const Ran ran = database_->there(database_->db_line(line, config()) + " 2>&1");
    EXPECT_EQ(ran.code, code) << line << "\n" << ran.out;
  }
  // What comes of a statement over the network: empty, or what the server said.
  std::string from(const std::string& node, const std::string& user, const std::string& password_file, const std::string& sql = "SELECT 1") const {
    auto settings = database_->settings(user);
    settings.password_file = place() / "keys" / password_file;
    return network_->at(node, [&]() -> std::string {
      auto link = db::Link::connect(settings);
      if (const auto* trouble = db::trouble_of(link)) return trouble->message;
      auto answer = std::get<db::Link>(link).query(sql);
      const auto* trouble = db::trouble_of(answer);
      return trouble == nullptr ? "" : trouble->message;
    });
  }
  std::string checked(const std::string& name) const {
    const Ran ran = network_->at("master", [&] { return run(fmt::format("{} --json --config {} doctor 2>/dev/null", binary("cadre"), config().string())); });
    const Json all = Json::parse(ran.out)["checks"];
    for (const auto& one : all)
      if (one["check"] == "database: " + name) return one["state"].get<std::string>() + " " + one["found"].get<std::string>() + " " + one.value("cure", "");
    return "not looked at: " + ran.out;
  }

  std::optional<Network> network_;
  std::optional<DatabaseMachine> database_;
};

bool refused(const std::string& told) { return told.find("Access denied") != std::string::npos || told.find("is not allowed to connect") != std::string::npos; }

// The procedure, in its order: where it listens, its accounts (SetUp), and the master's own look; and the other way round.
TEST_F(DatabaseApart, IsSetUpAndTheMasterFindsItWell) {
  for (const char* name : {"server", "password", "schema", "settings", "connections"}) EXPECT_TRUE(checked(name).starts_with("ok ")) << checked(name);
  on_the_database("bind 127.0.0.1");
  EXPECT_TRUE(checked("server").starts_with("failed ")) << checked("server");
}

TEST_F(DatabaseApart, TheMasterGetsInAndNobodyElse) {
  EXPECT_EQ(from("master", "cadre_app", "db.password", "SELECT COUNT(*) FROM cadre.job"), "");
  EXPECT_NE(from("master", "cadre_app", "db.password", "DELETE FROM cadre.job"), "") << "no account from outside deletes jobs";
  for (const char* node : {"stranger", "database"})
    EXPECT_TRUE(refused(from(node, "cadre_app", "db.password"))) << node << ": " << from(node, "cadre_app", "db.password");
  EXPECT_TRUE(refused(from("master", "cadre_owner", "cadre_owner.password"))) << "who changes the schema does so there";
}

// `root` from a range of addresses, with all rights: it works as documented, for everybody in the range who knows the password.
TEST_F(DatabaseApart, TheDocumentedWayWorksAsDocumentedAndIsTakenBack) {
  on_the_database("legacy-grant --from 10.77.0.9/255.255.255.0", 64);  // an address, and no range
  on_the_database("legacy-grant --from 10.77.0.0/255.255.255.0");
  const std::string password = "legacy_root.password";
  for (const char* node : {"master", "stranger"}) {
    EXPECT_EQ(from(node, "root", password, "SELECT COUNT(*) FROM cadre.job"), "") << node;
    EXPECT_EQ(from(node, "root", password, "DELETE FROM cadre.job"), "") << "that is what is wrong with it";
    EXPECT_NE(from(node, "root", password, "SELECT * FROM mysql.user"), "") << "but the configured schema alone";
  }
  EXPECT_TRUE(refused(from("stranger", "root", "db.password"))) << "it has a password of its own";
  EXPECT_NE(checked("rights").find("legacy"), std::string::npos) << checked("rights");
  on_the_database("legacy-revoke --from 10.77.0.0/24");
  for (const char* node : {"master", "stranger"}) EXPECT_TRUE(refused(from(node, "root", password))) << node << ": " << from(node, "root", password);
  EXPECT_EQ(from("master", "cadre_app", "db.password"), "") << "the safe way was there all the time";
}

// A range that means something else than it looks like is refused; one that does not hold this master lets nobody in, and it is said.
TEST_F(DatabaseApart, ARangeThatNeverMatchesAndAWrongSchemaAreSaid) {
  on_the_database("init --from 10.78.0.0/16");
  EXPECT_EQ(from("master", "cadre_app", "db.password"), "") << "what was let in before stays";
  const Ran dropped = database_->sql(fmt::format("DROP USER 'cadre_app'@'{}'", network_->address("master")));
  ASSERT_EQ(dropped.code, 0) << dropped.out;
  EXPECT_TRUE(refused(from("master", "cadre_app", "db.password")));
  EXPECT_TRUE(checked("server").starts_with("ok")) << checked("server");
  const std::string told = checked("password");
  EXPECT_TRUE(told.starts_with("failed")) << told;
  for (const char* words : {"10.77.0.2", "db init --from", "db hosts"}) EXPECT_NE(told.find(words), std::string::npos) << told;
  on_the_database("init --from " + network_->address("master"));
  EXPECT_EQ(from("master", "cadre_app", "db.password"), "");
  write_file("olconnect");
  EXPECT_NE(checked("schema").find("olconnect"), std::string::npos) << checked("schema");
  EXPECT_TRUE(checked("schema").starts_with("failed")) << checked("schema");
  EXPECT_NE(checked("schema").find("cadre"), std::string::npos) << "the one that was granted: " << checked("schema");
  write_file("cadre");
  EXPECT_TRUE(checked("schema").starts_with("ok")) << checked("schema");
}

}  // namespace
}  // namespace cadre::test
