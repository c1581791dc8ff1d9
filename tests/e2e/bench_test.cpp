// `cadre bench --private`: brings up a cluster of its own, tells every figure that it promises, and leaves nothing behind.
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/cluster.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Bench : public testing::Test {
 protected:
  Bench() {
    char name[] = "/tmp/cadre-bench-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    place_ = name;
    fs::permissions(place_, fs::perms(0755));  // the server is another user where the test is root
  }
  ~Bench() override {
    std::error_code ignored;
    fs::remove_all(place_, ignored);
  }
  std::string command(const std::string& options) const { return binary("cadre") + " bench --dir " + place_.string() + " " + options; }
  Json bench(const std::string& options) {
    const Ran ran = run(command("--private --json " + options));
    EXPECT_EQ(ran.code, 0) << ran.out;
    EXPECT_TRUE(fs::is_empty(place_)) << "it left something behind";
    return Json::parse(ran.out);
  }

  fs::path place_;
};

void expect_figures(const Json& m) {
  SCOPED_TRACE(m.dump(1));
  EXPECT_EQ(m["failed"], 0);
  for (const char* name : {"jobs", "seconds", "jobs_per_second", "accept_p50_us", "accept_p99_us", "end_p50_us", "end_p99_us", "commits_per_second",
                           "syncs_per_second", "broker_rss_peak_bytes"})
    EXPECT_GT(m.at(name).get<double>(), 0) << name;
  for (const char* who : {"broker", "database", "workers", "bench"}) EXPECT_GE(m.at("cpu_seconds_per_100000_jobs").at(who).get<double>(), 0) << who;
}

TEST_F(Bench, TellsEveryFigureOfTheThreeShapes) {
  const Json told = bench("--jobs 500 --baseline");
  ASSERT_EQ(told["measurements"].size(), 3u);
  for (const auto& m : told["measurements"]) expect_figures(m);
  EXPECT_EQ(told["measurements"][0]["jobs"], 500);
  EXPECT_EQ(told["baseline"]["jobs"], 500);
  EXPECT_GT(told["baseline"]["ratio"].get<double>(), 0);
  for (const char* part : {"accept_alone_p50_us", "outcome_alone_p50_us", "in_memory_p50_us", "ended_p50_us", "ratio"})
    EXPECT_GT(told["synchronous"].at(part).get<double>(), 0) << part;
}

TEST_F(Bench, MeasuresInMemoryAndWithoutKeys) {
  const Json told = bench("--jobs 500 --memory --no-curve --shape window");
  ASSERT_EQ(told["measurements"].size(), 1u);
  EXPECT_EQ(told["measurements"][0]["jobs"], 500);
  EXPECT_EQ(told["curve"], false);
}

TEST_F(Bench, KeptJobsAreFoundAndABrokerStartsBesideThem) {
  const Json told = bench("--shape kept --kept 20000 --jobs 500");
  for (const auto& [name, value] : told.items()) {
    if (!value.is_object() || !value.contains("wanted")) continue;
    EXPECT_EQ(value["jobs"], value["wanted"]) << name;
  }
  EXPECT_TRUE(told.contains("cadre dead list"));
  EXPECT_GT(told["20000 kept, 1000 open"].get<double>(), 0);
  EXPECT_GT(told["rate_ratio"].get<double>(), 0);
}

TEST_F(Bench, ABacklogOutlivesKillNine) {
  const Json told = bench("--shape backlog --backlog 3000 --jobs 500");
  EXPECT_EQ(told["backlog"]["jobs"], 3000);
  EXPECT_GT(told["backlog"]["cpu_ratio"].get<double>(), 0);
  EXPECT_GT(told["kill -9 with 3000 jobs waiting"].get<double>(), 0);
}

TEST_F(Bench, KilledItLeavesNothingBehind) {
  Daemon bench({binary("cadre"), "bench", "--private", "--jobs", "10000000", "--shape", "window", "--dir", place_.string()}, "/dev/null");
  ASSERT_TRUE(eventually(30s, [&] {
    for (const auto& entry : fs::directory_iterator(place_))
      if (fs::exists(entry.path() / "cluster" / "w1.log")) return true;
    return false;
  }));
  bench.kill9();
  EXPECT_TRUE(eventually(30s, [&] { return fs::is_empty(place_); }));
}

TEST_F(Bench, SaysWhatNeedsAClusterOfItsOwn) {
  const Ran ran = run(command("--shape kept 2>&1"));
  EXPECT_EQ(ran.code, 64);
  EXPECT_NE(ran.out.find("need --private"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace cadre::test
