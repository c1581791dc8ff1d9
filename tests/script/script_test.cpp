// Every *.script under broker/ and worker/ is a test of its own.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/script/script.hpp"

namespace cadre::script {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> scripts(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(CADRE_SOURCE_DIR) / "tests/script" / folder))
    if (entry.path().extension() == ".script") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string stem(const testing::TestParamInfo<fs::path>& info) { return info.param.stem().string(); }

class BrokerScript : public testing::TestWithParam<fs::path> {};
class WorkerScript : public testing::TestWithParam<fs::path> {};

TEST_P(BrokerScript, plays_as_written) {
  const auto stage = broker_stage();
  const auto difference = play_file(GetParam(), *stage);
  EXPECT_FALSE(difference) << *difference;
}

TEST_P(WorkerScript, plays_as_written) {
  const auto stage = worker_stage();
  const auto difference = play_file(GetParam(), *stage);
  EXPECT_FALSE(difference) << *difference;
}

INSTANTIATE_TEST_SUITE_P(broker, BrokerScript, testing::ValuesIn(scripts("broker")), stem);
INSTANTIATE_TEST_SUITE_P(worker, WorkerScript, testing::ValuesIn(scripts("worker")), stem);

// A test of the tests: an effect that nobody expected, a missing one and a misspelt word are all found.
TEST(Script, finds_what_is_different) {
  const auto file = fs::path(testing::TempDir()) / "different.script";
  const auto play = [&](const std::string& line) {
    std::ofstream(file) << "# A worker says hello.\n" << line << '\n';
    return play_file(file, *broker_stage());
  };
  EXPECT_FALSE(play("w1 hello -> welcome to w1"));
  EXPECT_TRUE(play("w1 hello ->"));
  EXPECT_TRUE(play("w1 hello -> welcome to w1 | welcome to w1"));
  EXPECT_THROW(play("w1 hello sloots=3 -> welcome to w1"), std::runtime_error);
  fs::remove(file);
}

}  // namespace
}  // namespace cadre::script
