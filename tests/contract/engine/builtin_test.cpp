// The engines without a process: they end when they say, on the clock that they are given.
#include <gtest/gtest.h>

#include "tests/contract/engine/harness.hpp"
#include "worker/engine/stderr_log.hpp"

namespace cadre::engine::test {
namespace {

TEST(Builtin, SleepEndsOnTheGivenClock) {
  Bench bench;
  Clock clock = read_clocks();
  Order order = bench.order(builtin("sleep"), R"({"seconds":3600})");
  const AttemptId id = order.job.attempt;
  bench.host().start(clock, std::move(order));
  ASSERT_EQ(bench.host().next_deadline(), clock.boot + 1h);
  std::vector<Event> events;
  clock.boot += 1h - 1us;
  bench.host().turn(clock, events);
  EXPECT_TRUE(events.empty());
  clock.boot += 1us;
  bench.host().turn(clock, events);
  ASSERT_EQ(events.size(), 1u);
  const AttemptEnd& end = std::get<Ended>(events[0]).end;
  EXPECT_EQ(end.attempt, id);
  EXPECT_EQ(only_output(end), "");
}

TEST(Builtin, AKilledSleepNamesTheLimitAndWhereItStands) {
  Bench bench;
  Order own = bench.order(builtin("sleep"), R"({"seconds":3600})");
  own.job.time_limit = 90s;
  const AttemptId first = bench.start(std::move(own));
  bench.kill(first, Cause::time_limit, 0s);
  EXPECT_EQ(bench.end_of(first).message, "time limit of 1m30s (the job's own, --time-limit); killed");
  const AttemptId second = bench.start(builtin("sleep"), R"({"seconds":7200})");
  bench.kill(second, Cause::time_limit, 0s);
  EXPECT_EQ(bench.end_of(second).message, "time limit of 1h00m (of every built-in engine); killed");
  const AttemptId third = bench.start(builtin("sleep"), R"({"seconds":3600})");
  bench.kill(third, Cause::abandoned, 0s);
  EXPECT_EQ(bench.end_of(third).message.find("limit"), std::string::npos) << "it was cancelled, no limit was reached";
}

TEST(Builtin, ParametersAreChecked) {
  Bench bench;
  for (const char* params :
       {"{}", R"({"seconds":-1})", R"({"seconds":"1"})", R"({"seconds":1e300})", "[]", "nonsense"}) {
    const AttemptEnd end = bench.run(builtin("sleep"), params);
    EXPECT_EQ(end.code, 65) << params;
    EXPECT_NE(end.message, "");
  }
  for (const char* params :
       {R"({"exit":0})", R"({"exit":256})", R"({"exit":4294967297})", R"({"signal":65})", R"({"signal":-1})", "[]"})
    EXPECT_EQ(bench.run(builtin("fail"), params).code, 65) << params;
  EXPECT_EQ(bench.run(builtin("fail"), "{}").code, 1);
}

TEST(Builtin, APermanentFailureIsBadInput) {
  Bench bench;
  const AttemptEnd end = bench.run(builtin("fail"), R"({"exit":3,"message":"not a PDF","permanent":true})");
  EXPECT_EQ(end.code, 65);
  EXPECT_EQ(end.message, "not a PDF");
}

// --- the lines on stderr, byte by byte -------------------------------------------------------------------------------

TEST(StderrLog, LinesMayComeInAnyPieces) {
  const std::string text =
      "log\n@job {\"progress\":0.25,\"message\":\"a\"}\nx @job {\"progress\":0.9}\n@job {\"fail\":\"f\"}\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    StderrLog log;
    for (std::size_t at = 0; at < text.size(); at += piece) log.feed(std::string_view{text}.substr(at, piece));
    const auto progress = log.take_progress();
    ASSERT_TRUE(progress) << piece;
    EXPECT_EQ(progress->fraction, 0.25);
    EXPECT_EQ(progress->message, "a");
    ASSERT_TRUE(log.fail()) << piece;
    EXPECT_EQ(log.fail()->message, "f");
    EXPECT_FALSE(log.fail()->permanent);
    EXPECT_EQ(log.take_tail(), text);
  }
}

TEST(StderrLog, OddLinesAreLogText) {
  StderrLog log;
  log.feed(
      "@job {\"progress\":\"1\"}\n@job []\n@job \n@job\n@job {\"fail\":7}\n@job {\"progress\":0.5}");  // no end of line
  log.feed(std::string(1u << 20, 'y') + "\n");
  log.feed("@job {\"fail\":\"" + std::string(20'000, 'z') + "\"}\n");  // longer than a line may be
  EXPECT_FALSE(log.take_progress());
  EXPECT_FALSE(log.fail());
  log.feed("@job {\"progress\":7}\n");
  EXPECT_EQ(log.take_progress()->fraction, 1.0);
}

}  // namespace
}  // namespace cadre::engine::test
