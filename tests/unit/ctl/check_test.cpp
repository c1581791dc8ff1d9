// What monitoring is told: each bound bites where it says, the worst wins, and the words are those that the systems
// read.
#include "broker/ctl/check.hpp"

#include <gtest/gtest.h>

namespace cadre::ctl {
namespace {

Json queues(double oldest) {
  return {{"queues",
           {{{"queue", "a"}, {"waiting", 2}, {"delayed", 1}, {"running", 3}, {"oldest_seconds", oldest}},
            {{"queue", "b"}, {"waiting", 0}, {"delayed", 0}, {"running", 1}, {"oldest_seconds", nullptr}}}}};
}

Json node(const std::string& name, const std::string& state, double seen = 0.5) {
  return {{"node", name},         {"state", state}, {"cordoned", false},
          {"seen_seconds", seen}, {"trouble", ""},  {"engines", Json::array()}};
}

Json all(std::vector<Json> nodes) { return nodes; }

Json cleanup() {
  return Json::parse(
      R"({"now": 1000000000000, "duties": [{"duty": "cleanup/records", "late": false, "last_good": 996400000000, "runs": [{"ok": true, "ended": 1}]},
    {"duty": "cleanup/files/n", "late": false, "last_good": 0, "runs": []}], "warnings": [], "records": {"nodes": [{"node": "m", "fresh": true, "purges": true}]},
    "volume": {"directory": "/db", "node": "", "free": 30000000000, "total": 90000000000, "free_space_min": 2000000000}, "database": {"bytes": 5, "reclaimable": 4}})");
}

const Measure* measure(const Verdict& verdict, const std::string& label) {
  for (const auto& one : verdict.measures)
    if (one.label == label) return &one;
  return nullptr;
}

TEST(Check, ABoundBitesBeyondItselfNotAtIt) {
  const Measure high{"m", 10, Measure::Unit::count, 10.0, 20.0};
  EXPECT_EQ(high.health(), Health::ok);
  EXPECT_EQ((Measure{"m", 11, Measure::Unit::count, 10.0, 20.0}).health(), Health::warning);
  EXPECT_EQ((Measure{"m", 21, Measure::Unit::count, 10.0, 20.0}).health(), Health::critical);
  EXPECT_EQ((Measure{"m", 10, Measure::Unit::bytes, 10.0, 5.0, true}).health(), Health::ok);
  EXPECT_EQ((Measure{"m", 9, Measure::Unit::bytes, 10.0, 5.0, true}).health(), Health::warning);
  EXPECT_EQ((Measure{"m", 4, Measure::Unit::bytes, 10.0, 5.0, true}).health(), Health::critical);
}

TEST(Check, TheWorstWinsAndWhatIsUnknownIsNoAllClear) {
  EXPECT_EQ(worse(Health::ok, Health::unknown), Health::unknown);
  EXPECT_EQ(worse(Health::unknown, Health::warning), Health::warning);
  EXPECT_EQ(worse(Health::critical, Health::warning), Health::critical);
}

TEST(Check, OfQueuesTakesTheOldestOfAllOrOfOne) {
  EXPECT_EQ(judge_queue(queues(10), "", {}).health(), Health::ok);
  EXPECT_EQ(judge_queue(queues(16 * 60), "", {}).health(), Health::warning);
  EXPECT_EQ(judge_queue(queues(16 * 60), "b", {}).health(), Health::ok);
  EXPECT_EQ(judge_queue(queues(16 * 60), "", {1min, 2min}).health(), Health::critical);
  EXPECT_EQ(judge_queue(queues(16 * 60), "", {}).headline(),
            "2 jobs waiting, the oldest for 16m in queue a (cadre job list --state ready, cadre job why)");
  EXPECT_EQ(measure(judge_queue(queues(1), "", {}), "running")->value, 4);
  EXPECT_EQ(judge_queue(Json::object(), "", {}).health(), Health::unknown) << "a broker that does not tell";
}

TEST(Check, OfNodesFindsTheLostTheTroubledTheSilentAndTheBrokenEngine) {
  EXPECT_EQ(judge_nodes(all({node("a", "ready"), node("b", "draining")}), {}, {}).health(), Health::ok);
  EXPECT_EQ(judge_nodes(all({node("a", "ready"), node("b", "lost")}), {}, {}).health(), Health::critical);
  EXPECT_EQ(judge_nodes(all({node("a", "ready"), node("b", "lost")}), {"a"}, {}).health(), Health::ok);
  EXPECT_EQ(judge_nodes(all({node("a", "ready", 31)}), {}, {}).health(), Health::warning);
  EXPECT_EQ(judge_nodes(all({node("a", "ready", 61)}), {}, {}).health(), Health::critical);
  Json out = node("b", "lost");
  out["cordoned"] = true;
  EXPECT_EQ(judge_nodes(all({node("a", "ready"), out}), {}, {}).health(), Health::ok) << "taken out on purpose";
  Json troubled = node("a", "ready");
  troubled["trouble"] = "spool full";
  EXPECT_EQ(judge_nodes(all({troubled}), {}, {}).health(), Health::warning);
  EXPECT_EQ(judge_nodes(all({troubled}), {}, {}).headline(), "node a takes no work: spool full");
  Json broken = node("a", "ready");
  broken["engines"] = {{{"engine", "render"}, {"quarantine", "exit code 126"}}, {{"engine", "fine"}}};
  const Verdict verdict = judge_nodes(all({broken}), {}, {});
  EXPECT_EQ(verdict.health(), Health::warning);
  EXPECT_EQ(measure(verdict, "quarantined")->value, 1);
  EXPECT_EQ(judge_nodes(Json::array(), {}, {}).health(), Health::critical);
  EXPECT_EQ(judge_nodes(all({node("a", "ready")}), {"gone"}, {}).health(), Health::critical);
}

TEST(Check, OfTheDatabaseGoesByItsRoomUnlessOtherBoundsAreGiven) {
  const Json fine{{"store_trouble", ""}};
  EXPECT_EQ(judge_database(fine, cleanup(), {}).health(), Health::ok);
  Json little = cleanup();
  little["volume"]["free"] = 3'900'000'000;
  EXPECT_EQ(judge_database(fine, little, {}).health(), Health::warning) << "less than twice what is wanted";
  little["volume"]["free"] = 1'900'000'000;
  EXPECT_EQ(judge_database(fine, little, {}).health(), Health::critical);
  EXPECT_EQ(judge_database(fine, cleanup(), {std::uint64_t{40'000'000'000}, std::uint64_t{1}}).health(),
            Health::warning);
  EXPECT_EQ(judge_database({{"store_trouble", "gone"}}, cleanup(), {}).headline(), "submits are put off: gone");
  EXPECT_EQ(judge_database(fine, "the database is away", {}).health(), Health::critical);
  EXPECT_EQ(judge_database(fine, "no answer within 10s", {}).health(), Health::unknown)
      << "somebody may keep the broker busy";
  EXPECT_EQ(judge_database({{"store_trouble", "gone"}}, "no answer within 10s", {}).health(), Health::critical);
  Json unseen = cleanup();
  unseen["volume"] = {{"why_not", "it is on another machine"}};
  EXPECT_EQ(judge_database(fine, unseen, {}).health(), Health::ok);
  EXPECT_EQ(judge_database(fine, unseen, {std::uint64_t{1}, {}}).health(), Health::unknown)
      << "a bound that cannot be tried is no all-clear";
}

TEST(Check, OfCleanUpGoesByTheSchedulesOwnPeriodUnlessBoundsAreGiven) {
  EXPECT_EQ(judge_cleanup(cleanup(), {}).health(), Health::ok);
  EXPECT_EQ(measure(judge_cleanup(cleanup(), {}), "records_age")->value, 3600);
  EXPECT_EQ(judge_cleanup(cleanup(), {Duration{30min}, Duration{2h}}).health(), Health::warning);
  EXPECT_EQ(judge_cleanup(cleanup(), {std::nullopt, Duration{30min}}).health(), Health::critical);
  Json late = cleanup();
  late["duties"][1]["late"] = true;
  EXPECT_EQ(judge_cleanup(late, {}).health(), Health::warning);
  Json nobody = cleanup();
  nobody["records"]["nodes"][0]["purges"] = false;
  EXPECT_EQ(judge_cleanup(nobody, {}).health(), Health::critical);
  nobody["records"]["nodes"][0] = {{"node", "m"}, {"fresh", false}, {"purges", true}};
  EXPECT_EQ(judge_cleanup(nobody, {}).health(), Health::critical) << "whoever did is not heard of any more";
  Json failed = cleanup();
  failed["duties"][0]["runs"][0] = {{"ok", false}, {"running", false}, {"error", "denied"}};
  EXPECT_EQ(judge_cleanup(failed, {}).headline(), "cleanup/records: the last turn did not come to its end: denied");
  Json never = cleanup();
  never["duties"][0]["last_good"] = 0;
  EXPECT_EQ(judge_cleanup(never, {}).health(), Health::ok) << "a cluster of today";
  EXPECT_EQ(judge_cleanup(never, {Duration{1h}, std::nullopt}).health(), Health::warning);
}

TEST(Check, SpeaksToNagios) {
  const Verdict verdict{"db",
                        "fine",
                        {{Health::warning, "a|b\nc"}, {Health::critical, "worse"}},
                        {{"free", 1e10, Measure::Unit::bytes, 5e9, 2e9, true, 9e10}, {"up", 2}}};
  EXPECT_EQ(words_of(verdict, CheckFormat::nagios),
            "CADRE DB CRITICAL: worse | 'free'=10000000000B;5000000000:;2000000000:;0;90000000000 "
            "'up'=2;;;0;\nwarning: a/b c\n");
  EXPECT_EQ(words_of(nothing_known("node", "no connection"), CheckFormat::nagios),
            "CADRE NODE UNKNOWN: no connection\n");
}

TEST(Check, SpeaksToPrtg) {
  const Verdict verdict{
      "queue",
      "fine",
      {},
      {{"oldest", 12.5, Measure::Unit::seconds, 60.0, 120.0}, {"free", 5, Measure::Unit::bytes, 4.0, {}, true}}};
  const Json prtg = Json::parse(words_of(verdict, CheckFormat::prtg))["prtg"];
  EXPECT_EQ(prtg["text"], "fine");
  EXPECT_EQ(prtg["result"][0]["channel"], "state");
  EXPECT_EQ(prtg["result"][1], (Json{{"channel", "oldest"},
                                     {"value", "12.500"},
                                     {"float", 1},
                                     {"unit", "TimeSeconds"},
                                     {"limitmode", 1},
                                     {"limitmaxwarning", "60.000"},
                                     {"limitmaxerror", "120.000"}}));
  EXPECT_EQ(prtg["result"][2]["limitminwarning"], "4");
  const Json unknown = Json::parse(words_of(nothing_known("queue", "gone"), CheckFormat::prtg))["prtg"];
  EXPECT_EQ(unknown, (Json{{"error", 1}, {"text", "gone"}}));
}

}  // namespace
}  // namespace cadre::ctl
