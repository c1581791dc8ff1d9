// What every story about a cluster begins and ends with: bring it up, write an engine, run one job, see that it serves; change a
// file, ask why.
#pragma once

#include <gtest/gtest.h>

#include <fstream>

#include <fmt/format.h>

#include "tests/e2e/cluster.hpp"

namespace cadre::test {

// The broker and workers w1, w2 ..., all of them in.
inline void up(Cluster& cluster, int workers = 1) {
  cluster.start_broker();
  for (int i = 1; i <= workers; ++i) cluster.start_worker("w" + std::to_string(i));
  cluster.wait_for_nodes(static_cast<std::size_t>(workers));
}

// A bash script as an engine of every worker; `more` are further lines of its engine.yaml.
inline void engine(Cluster& cluster, const std::string& name, const std::string& script, const std::string& more = "") {
  const auto directory = cluster.directory() / "engines" / name;
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "run") << "#!/bin/bash\n" << script << "\n";
  std::filesystem::permissions(directory / "run", std::filesystem::perms::owner_all);
  std::ofstream(directory / "engine.yaml") << "name: " << name << "\nmode: exec\ncommand: [./run]\nstop_grace: 500ms\n" << more;
}

// Submits one job and waits for its end.
inline Notice one(Client& client, JobRequest request, Duration patience = 30s) {
  const auto answer = client.submit({std::move(request)}, patience);
  if (!answer) throw std::runtime_error(answer.error());
  if (!answer->front().job) throw std::runtime_error(answer->front().reason);
  const auto end = client.wait({answer->front().job}, Watch::result, patience);
  if (!end) throw std::runtime_error(end.error());
  return end->front();
}

inline void expect_service(Cluster& cluster) {
  Client client = cluster.client();
  const auto answer = client.submit({job("echo", "still at work")}, 20s);
  ASSERT_TRUE(answer) << answer.error();
  const auto end = client.wait({answer->front().job}, Watch::result, 20s);
  ASSERT_TRUE(end) << end.error();
  EXPECT_EQ(end->front().state, JobState::done);
}

inline testing::AssertionResult says(const std::string& text, const std::vector<std::string>& parts) {
  for (const auto& part : parts)
    if (text.find(part) == std::string::npos) return testing::AssertionFailure() << "'" << part << "' is not in:\n" << text;
  return testing::AssertionSuccess();
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void replace_in(const std::filesystem::path& file, const std::string& old_text, const std::string& new_text) {
  std::string text = content(file);
  const auto at = text.find(old_text);
  ASSERT_NE(at, std::string::npos) << old_text << " is not in\n" << text;
  std::ofstream(file) << text.replace(at, old_text.size(), new_text);
}

// What the broker says to who asks why a job does not run.
inline std::string why(Client& client, JobId id) {
  const auto answer = client.ask("job.why", fmt::format("{{\"job\":\"{}\"}}", to_string(id)), 10s);
  return answer ? *answer : answer.error();
}

}  // namespace cadre::test
