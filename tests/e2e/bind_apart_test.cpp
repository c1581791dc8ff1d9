// `cadre db bind` on the database's machine as another machine sees it: what it opens is reached from there, and
// whatever goes wrong, or is only asked, leaves what was reached before. Real servers, on machines that are apart
// (network.hpp).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/database/greeting.hpp"
#include "tests/e2e/database_machine.hpp"
#include "tests/e2e/interrupted.hpp"
#include "tests/e2e/taken_port.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;

class BindApart : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = Network::impossible()) GTEST_SKIP() << *why;
    network_.emplace(std::vector<std::string>{"database", "master"});
    database_.emplace(*network_, "database");
    const Ran made = database_->sql(
        fmt::format("CREATE USER guest@'{}' IDENTIFIED BY 'let-me-in' REQUIRE SSL", network_->address("master")));
    ASSERT_EQ(made.code, 0) << made.out;
  }
  // Of that machine, with --json; what it said goes to said_.
  Json bind(const std::string& line, int code = 0) {
    const auto errors = database_->server().directory() / "said";
    const Ran ran = database_->there(fmt::format("{} 2>{}", database_->db_line("bind " + line), errors.string()));
    said_ = content(errors);
    EXPECT_EQ(ran.code, code) << ran.out << said_;
    return ran.out.empty() ? Json() : Json::parse(ran.out);
  }
  // From the master, as who has an account there; held as long as the caller wants.
  db::Outcome<db::Link> connected() const {
    auto settings = database_->settings("guest");
    settings.password = "let-me-in";
    return network_->at("master", [&] { return db::Link::connect(settings); });
  }
  testing::AssertionResult reached() const {
    const auto link = connected();
    const auto* trouble = db::trouble_of(link);
    return trouble == nullptr ? testing::AssertionSuccess() : testing::AssertionFailure() << trouble->message;
  }
  bool lives(db::Outcome<db::Link>& link) const {
    return network_->at("master",
                        [&] { return std::holds_alternative<db::Rows>(std::get<db::Link>(link).query("SELECT 1")); });
  }
  std::string there() const { return database_->address(); }
  std::string bound() const { return database_->server().value("SELECT @@bind_address"); }
  std::string text() const { return content(database_->server().option_file()); }
  void append(const std::string& line) const {
    std::ofstream(database_->server().option_file(), std::ios::app) << line << "\n";
  }
  bool note_is_left() const { return std::filesystem::exists(database_->server().socket() + ".cadre-restart"); }

  std::optional<Network> network_;
  std::optional<DatabaseMachine> database_;
  std::string said_;
};

// They reach it only when it is bound. And from outside nothing is changed.
TEST_F(BindApart, AnotherMachineReachesTheAddressOnlyWhenItIsBound) {
  const auto greeting = [&] {
    return network_->at("master", [&] { return db::greeting_of(there(), database_->server().port(), 5s); });
  };
  EXPECT_FALSE(greeting());
  const Ran outside = run(database_->db_line("bind 127.0.0.2") + " 2>&1");
  EXPECT_EQ(outside.code, 78) << outside.out;
  EXPECT_TRUE(says(outside.out, {"in another network"}));
  bind(there());
  EXPECT_EQ(bound(), "127.0.0.1," + there());
  const auto heard = greeting();
  EXPECT_TRUE(heard) << heard.error();
  EXPECT_TRUE(reached());
}

TEST_F(BindApart, ADryRunOpensNothingAndASecondRunEndsNobodysConnection) {
  const std::string closed = text();
  EXPECT_EQ(bind(there() + " --dry-run")["would_restart"], true);
  EXPECT_EQ(text(), closed);
  EXPECT_FALSE(reached());
  bind(there());
  auto held = connected();
  ASSERT_EQ(db::trouble_of(held), nullptr) << db::trouble_of(held)->message;
  const std::string open = text();
  const Json again = bind(there());
  EXPECT_EQ(again["changed"], false);
  EXPECT_EQ(again["restarted"], false);
  EXPECT_TRUE(says(said_, {"nothing changed"}));
  for (const char* other : {"127.0.0.1", "--all-addresses"})
    EXPECT_EQ(bind(std::string(other) + " --dry-run")["would_restart"], true) << other;
  EXPECT_EQ(text(), open);
  EXPECT_TRUE(lives(held)) << "the master's connection was cut";
}

TEST_F(BindApart, ABrokenOptionFileStopsTheRunAndNotTheServer) {
  bind(there());
  auto held = connected();
  ASSERT_EQ(db::trouble_of(held), nullptr) << db::trouble_of(held)->message;
  const std::string good = text();
  append("no-such-option = 1");
  const std::string broken = text();
  bind(there() + ",127.0.0.2", 78);
  EXPECT_TRUE(says(said_, {"would not start", "no-such-option=1", "nothing was changed"}));
  EXPECT_EQ(text(), broken);
  EXPECT_TRUE(lives(held)) << "the master's connection was cut";
  EXPECT_TRUE(reached());
  std::ofstream(database_->server().option_file()) << good;
  EXPECT_EQ(bind(there() + ",127.0.0.2")["in_force"], true);
  EXPECT_TRUE(reached());
}

// Somebody else has the port at one of the new addresses: MariaDB ends while it starts, and comes back as it was.
TEST_F(BindApart, WhatDoesNotComeUpIsTakenBackAndTheMasterReachesTheOldAddress) {
  bind(there());
  const std::string open = text();
  auto held = connected();
  ASSERT_EQ(db::trouble_of(held), nullptr) << db::trouble_of(held)->message;
  Held taken = network_->at("database", [&] { return taken_port("127.0.0.2", database_->server().port()); });
  bind(there() + ",127.0.0.2", 78);
  EXPECT_TRUE(
      says(said_, {"did not come up", "Address already in use", "runs with bind-address = 127.0.0.1," + there()}));
  EXPECT_FALSE(lives(held)) << "it was to have been down";
  EXPECT_TRUE(reached()) << said_;
  EXPECT_EQ(text(), open);
  EXPECT_FALSE(note_is_left());
  // Also where the old address would have been closed.
  bind("127.0.0.2", 78);
  EXPECT_TRUE(reached()) << said_;
  taken = Held();
  EXPECT_EQ(bind("127.0.0.2")["in_force"], true);
  EXPECT_FALSE(reached()) << "now it is closed";
}

// A fault that waited in the file for the next start, whoever makes it: the server is down, it is said, and the run
// after it is mended opens it again.
TEST_F(BindApart, AServerThatCannotStartAgainIsSaidToBeDownAndIsReachedWhenItIsMended) {
  bind(there());
  const std::string good = text();
  append("innodb-data-home-dir = /no/such/directory");
  bind(there() + ",127.0.0.2", 78);
  EXPECT_TRUE(says(said_, {"it is DOWN", "[ERROR]"}));
  EXPECT_FALSE(reached());
  std::ofstream(database_->server().option_file()) << good;
  EXPECT_EQ(bind(there())["in_force"], true);
  EXPECT_TRUE(reached()) << said_;
}

// Killed at each of its own words: edited, the server on its way down, the server on its way up. The same command goes
// on.
TEST_F(BindApart, ARunThatWasKilledIsResumedAndTheMasterReachesIt) {
  for (const std::string words : {"  made ", "  stopping", "  starting"}) {
    bind("127.0.0.1");
    ASSERT_FALSE(reached());
    ASSERT_TRUE(network_->at("database", [&] { return interrupted(database_->db_line("bind " + there()), words); }))
        << words;
    const Json resumed = bind(there());
    EXPECT_EQ(resumed["in_force"], true) << words << said_;
    EXPECT_EQ(bound(), "127.0.0.1," + there());
    EXPECT_TRUE(reached()) << words << said_;
    EXPECT_EQ(database_->server().processes().size(), 1u) << words;
    EXPECT_FALSE(note_is_left()) << words;
    EXPECT_EQ(bind(there())["changed"], false) << words;
  }
}

}  // namespace
}  // namespace cadre::test
