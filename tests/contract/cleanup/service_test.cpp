// Who purges, when, and what is said where nobody does. One look at a time, by the test's own hand.
#include <nlohmann/json.hpp>

#include "common/cleanup/database_host.hpp"
#include "common/cleanup/office.hpp"
#include "common/cleanup/records_service.hpp"
#include "common/database/find_volumes.hpp"
#include "common/os/clock.hpp"
#include "tests/contract/cleanup/fixture.hpp"

namespace cadre::test {
namespace {

using cleanup::Office;
using cleanup::Policy;
using cleanup::RecordsService;
using Host = RecordsService::Host;
using Json = nlohmann::json;

class Service : public Cleaning {
 protected:
  Service() : office_(settings_) {
    policy_.retention.keep = {1s, 1s, 1s};
    say_policy();
    Batch batch;
    for (std::uint64_t i = 1; i <= 20; ++i) {
      batch.jobs.push_back(job(i));
      batch.outcomes.push_back(outcome(i, JobState::done, 0s));
    }
    write(batch);
    service_time(1h);
  }
  void say_policy() { ASSERT_TRUE(office_.write_policy(policy_, os::wall_now())); }
  std::unique_ptr<RecordsService> service(const std::string& node, Host host = Host::detect, const std::string& account = "purge",
                                          std::optional<cleanup::Ballast> ballast = std::nullopt) {
    connect_as(account);  // makes it
    RecordsService::Settings settings;
    settings.node = node;
    settings.holder = node + " life 1";
    settings.database = server().settings(account + "_" + settings_.schema, settings_.schema);
    settings.host = host;
    settings.tells_room = true;
    settings.ballast = std::move(ballast);
    return std::make_unique<RecordsService>(std::move(settings), nullptr);
  }
  void wish() { ASSERT_TRUE(office_.want_turn(db::records_duty)); }
  Json status() {
    auto text = office_.status(os::wall_now());
    if (!text) throw std::runtime_error(text.error());
    return Json::parse(*text);
  }
  Json records() { return status()["duties"].back(); }  // cleanup/records comes behind cleanup/files
  bool warned(const std::string& of) {
    const Json warnings = status()["warnings"];
    return std::any_of(warnings.begin(), warnings.end(), [&](const Json& one) { return one.get<std::string>().find(of) != std::string::npos; });
  }

  Office office_;
  Policy policy_;
};

TEST_F(Service, TheDatabasesHostIsKnownByTheProcessBehindTheSocket) {
  const auto found = cleanup::is_database_host(link_);
  EXPECT_TRUE(found.yes) << found.why;
}

TEST_F(Service, ATurnThatIsNotDueIsNotTaken) {
  auto one = service("n1");
  one->look();
  EXPECT_EQ(count("job"), 20u);
  EXPECT_EQ(count("cleanup_run"), 0u);
  EXPECT_FALSE(records()["due"]);
}

// With less room than wanted on the database's volume nobody waits for the schedule; but once, not again and again.
TEST_F(Service, WhereTheVolumeIsLowATurnIsTakenAtOnce) {
  policy_.free_space_min = UINT64_MAX / 2;
  say_policy();
  auto one = service("n1");
  one->look();
  EXPECT_EQ(count("job"), 0u);
  EXPECT_EQ(count("cleanup_run"), 1u);
  one->look();
  EXPECT_EQ(count("cleanup_run"), 1u);
  EXPECT_TRUE(warned("(policy.free_space_min)"));
}

TEST_F(Service, TheStatusTellsOfTheVolume) {
  const Json volume = status()["volume"];
  EXPECT_TRUE(volume["directory"].get<std::string>().starts_with(server().directory().string())) << volume;
  EXPECT_GT(volume["free"], 0);
  EXPECT_GE(volume["total"], volume["free"]);
  EXPECT_FALSE(warned("free_space_min"));
}

// A broker on another machine hears of the volume from the node that sees it, for as long as that is heard of.
TEST_F(Service, TheDatabasesHostTellsHowMuchRoomThereIs) {
  EXPECT_FALSE(office_.exchange({})->has_value()) << "nobody has told";
  service("db1")->look();
  const auto told = *office_.exchange({});
  ASSERT_TRUE(told);
  const auto seen = db::fullest(must(db::find_volumes(link_, settings_)));
  ASSERT_TRUE(seen);
  EXPECT_EQ(cleanup::place_of(*told), seen->directory.string() + " on db1");
  EXPECT_EQ(told->total, seen->space.total);
  EXPECT_GT(told->free, 0u);
  must(link_.execute("UPDATE cleanup_claim SET seen = seen - INTERVAL 61 SECOND"));
  EXPECT_FALSE(office_.exchange({})->has_value()) << "it is not heard of any more";
}

// And is told how much waits: more than the policy says makes its purge slow.
TEST_F(Service, AHostThatIsNotTheBrokersHearsHowMuchWaits) {
  auto one = service("db1");
  for (const std::uint64_t waiting : {policy_.slow_above_waiting, policy_.slow_above_waiting + 1}) {
    ASSERT_TRUE(office_.exchange({waiting, 0s}));
    wish();
    one->look();
    EXPECT_EQ(records()["runs"][0]["slow"], waiting > policy_.slow_above_waiting) << records();
  }
  ASSERT_TRUE(office_.exchange({0, policy_.slow_above_age + 1s}));
  wish();
  one->look();
  EXPECT_EQ(records()["runs"][0]["slow"], true);
}

// Room is kept once it is known where the database is, and given up by the policy's bound.
TEST_F(Service, BallastIsKeptOnTheDatabasesVolumeOnly) {
  const auto file = server().directory() / ("ballast-" + settings_.schema);
  auto one = service("db1", Host::detect, "purge", cleanup::Ballast({file, 1u << 20, 0}));
  one->look();
  one->look();
  EXPECT_TRUE(std::filesystem::exists(file));
  policy_.free_space_min = UINT64_MAX / 2;
  say_policy();
  one->look();
  one->look();
  EXPECT_FALSE(std::filesystem::exists(file));
  const std::filesystem::path elsewhere = "/dev/shm/" + file.filename().string();
  const auto here = db::space_at(server().directory()), there = db::space_at("/dev/shm");
  if (!here || !there || here->total == there->total) GTEST_SKIP() << "/dev/shm is no other volume here";
  policy_.free_space_min = 0;
  say_policy();
  auto other = service("db2", Host::detect, "purge", cleanup::Ballast({elsewhere, 1u << 20, 0}));
  other->look();
  other->look();
  EXPECT_FALSE(std::filesystem::exists(elsewhere));
}

TEST_F(Service, AWishIsATurnAtOnceAndLeavesARow) {
  auto one = service("n1");
  wish();
  EXPECT_TRUE(records()["due"]);
  one->look();
  EXPECT_EQ(count("job"), 0u);
  const Json duty = records();
  EXPECT_FALSE(duty["due"]);
  EXPECT_FALSE(duty["held"]) << "given back";
  ASSERT_EQ(duty["runs"].size(), 1u);
  EXPECT_EQ(duty["runs"][0]["node"], "n1");
  EXPECT_EQ(duty["runs"][0]["rows"]["done"], 20);
  EXPECT_TRUE(duty["runs"][0]["ok"]);
  EXPECT_EQ(duty["next"].size(), 3u);
  one->look();
  EXPECT_EQ(count("cleanup_run"), 1u) << "the wish was for one turn";
}

// Whatever turns_max says, one of the nodes works on.
TEST_F(Service, NeverDoAllNodesCleanAtOnce) {
  policy_.turns_max = 8;
  say_policy();
  const Now now{os::boot_now(), os::wall_now(), {}};
  const auto turn = [&](const char* node, std::size_t here) { return *office_.take_files_turn(node, std::string(node) + " life 1", true, here, now); };
  EXPECT_TRUE(turn("n1", 2).granted);
  const auto refused = turn("n2", 2);
  EXPECT_FALSE(refused.granted);
  EXPECT_NE(refused.why.find("is with n1 life 1"), std::string::npos) << refused.why;
  EXPECT_TRUE(turn("n2", 3).granted);
  EXPECT_FALSE(turn("n3", 3).granted);
  auto one = service("n1");
  must(link_.execute("DELETE FROM lease WHERE resource = 'cleanup/files/n3'"));
  wish();
  one->look();
  EXPECT_EQ(count("job"), 20u) << "two nodes, and one is in a turn";
  for (const char* lease : {"cleanup/files/n1", "cleanup/files/n2", "cleanup/place/1", "cleanup/place/2"}) ASSERT_TRUE(office_.break_lease(lease));
  one->look();
  EXPECT_EQ(count("job"), 0u);
}

TEST_F(Service, AScheduleThatCameRoundIsDue) {
  must(link_.execute("UPDATE cluster SET made = made - INTERVAL 61 MINUTE"));
  service("n1")->look();
  EXPECT_EQ(count("job"), 0u);
}

TEST_F(Service, TwoThatTakeThemselvesForTheHostAreBothRefusedByName) {
  auto one = service("n1"), two = service("n2");
  one->look();
  two->look();
  wish();
  one->look();
  two->look();
  EXPECT_EQ(count("job"), 20u);
  EXPECT_TRUE(warned("'n1' and 'n2'"));
  policy_.records_by = "n2";
  say_policy();
  one->look();
  EXPECT_EQ(count("job"), 20u);
  two->look();
  EXPECT_EQ(count("job"), 0u);
  EXPECT_EQ(records()["runs"][0]["node"], "n2");
}

TEST_F(Service, WhereNobodyIsTheHostItIsSaidLoudly) {
  auto one = service("n1", Host::no);
  one->look();
  EXPECT_TRUE(warned("NOBODY PURGES RECORDS"));
  EXPECT_TRUE(warned("n1"));
  policy_.records_by = "elect";
  say_policy();
  auto two = service("n2");
  wish();
  two->look();
  EXPECT_EQ(count("job"), 0u);
  EXPECT_FALSE(warned("NOBODY"));
}

// Where nodes are elected, the lease decides; the second finds nothing left to be done.
TEST_F(Service, ElectedNodesTakeTurnsOneByOne) {
  policy_.records_by = "elect";
  say_policy();
  auto one = service("n1"), two = service("n2");
  wish();
  const auto held = take(link_, "somebody else");
  one->look();
  two->look();
  EXPECT_EQ(count("job"), 20u);
  must(db::give_back(link_, held));
  two->look();
  one->look();
  EXPECT_EQ(count("job"), 0u);
  EXPECT_EQ(count("cleanup_run"), 1u);
}

// The account of the application may take the turn, but not delete. The database says so, and we in a sentence.
TEST_F(Service, TheWrongAccountIsToldByTheDatabaseAndNamedInTheStatus) {
  auto one = service("n1", Host::detect, "app");
  wish();
  one->look();
  EXPECT_EQ(count("job"), 20u);
  const Json run = records()["runs"][0];
  EXPECT_FALSE(run["ok"]);
  EXPECT_NE(run["error"].get<std::string>().find("DELETE command denied"), std::string::npos) << run;
  EXPECT_NE(run["error"].get<std::string>().find("cadre_purge"), std::string::npos) << run;
  EXPECT_TRUE(records()["due"]) << "it has not been done";
}

TEST_F(Service, WithoutAPolicyNothingIsPurged) {
  must(link_.execute("DELETE FROM cleanup_policy"));
  wish();
  service("n1")->look();
  EXPECT_EQ(count("job"), 20u);
}

TEST_F(Service, AClockThatWasSetBackDelaysNoTurnForEver) {
  const std::int64_t future = (os::wall_now() + 1000h).time_since_epoch().count();
  must(link_.execute("INSERT INTO cleanup_run VALUES ('cleanup/records', 1, 'n1', 'n1', ?, ?, 1, 0, '{}')", {future, future}));
  must(link_.execute("UPDATE lease SET epoch = 1 WHERE resource = 'cleanup/records'"));
  policy_.schedule = "every 1min";
  say_policy();
  service("n1")->look();
  EXPECT_EQ(count("job"), 0u) << "by the service clock the last turn was long ago";
  const Json next = records()["next"];
  EXPECT_LE(next[0].get<std::int64_t>(), (os::wall_now() + 2min).time_since_epoch().count() + Duration(policy_.spread).count());
}

TEST_F(Service, ADryRunNamesWhatWouldGoAndWhy) {
  const Json dry = Json::parse(*office_.would_go());
  EXPECT_EQ(dry["rows"]["done"], 20);
  EXPECT_EQ(count("job"), 20u);
}

TEST_F(Service, AKeptJobStaysUntilTheWishIsTakenBack) {
  const JobId wanted = JobId::make(epoch_, 7);
  ASSERT_TRUE(office_.keep(wanted, true, "anna", os::wall_now()));
  auto one = service("n1");
  wish();
  one->look();
  EXPECT_EQ(count("job"), 1u);
  EXPECT_TRUE(there(7));
  ASSERT_TRUE(office_.keep(wanted, false, "anna", os::wall_now()));
  wish();
  one->look();
  EXPECT_EQ(count("job"), 0u);
  EXPECT_FALSE(office_.keep(wanted, true, "anna", os::wall_now())) << "there is no such job any more";
  EXPECT_EQ(count("kept"), 0u);
}

TEST_F(Service, ABrokenLeaseIsNamedAndFree) {
  take(link_, "stuck");
  EXPECT_FALSE(office_.break_lease("no/such"));
  ASSERT_TRUE(office_.break_lease(db::records_duty));
  const Json leases = Json::parse(*office_.leases())["leases"];
  for (const auto& lease : leases)
    EXPECT_TRUE(lease["lease"] != db::records_duty || !lease["held"]);
}

}  // namespace
}  // namespace cadre::test
