// A node with versions of an engine on it: installed by the tool, and what a job then says on one of them.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {

class EngineVersions : public testing::Test {
 protected:
  EngineVersions() { up(cluster_); }

  nlohmann::json told(const std::string& arguments) {
    const Ran ran = run(
        fmt::format("{} --config {} --json {} 2>/dev/null", binary("cadre"), cluster_.config().string(), arguments));
    EXPECT_EQ(ran.code, 0) << ran.out << cluster_.tool(arguments).out;
    return ran.code == 0 ? nlohmann::json::parse(ran.out) : nlohmann::json::object();
  }
  // A version of an engine, made and installed; what it is called.
  std::string install(const std::string& name, const std::string& program, const std::string& more = "") {
    const auto source = cluster_.directory() / "sources" / name;
    std::filesystem::create_directories(source);
    std::ofstream(source / "engine.yaml") << "name: " << name << "\ncommand: [./run]\n" << more;
    std::ofstream(source / "run") << program;
    std::filesystem::permissions(source / "run", std::filesystem::perms::owner_all);
    return told("engine install " + source.string()).value("version", "");
  }
  JobId begin(Client& client, const std::string& name, const std::string& payload) {
    const auto answer = client.submit({job(name, payload)}, 20s);
    if (!answer) throw std::runtime_error(answer.error());
    return answer->front().job;
  }
  static std::string result(Client& client, JobId id, Duration patience = 30s) {
    const auto end = client.wait({id}, Watch::result, patience);
    if (!end) throw std::runtime_error(end.error());
    const Notice& notice = end->front();
    if (notice.state != JobState::done || !notice.output || notice.output->empty())
      return "no result: " + notice.message + notice.stderr_tail;
    const Bytes& bytes = notice.output->front().bytes;
    return {bytes.begin(), bytes.end()};
  }

  Cluster cluster_{[] {
    Cluster::Options options;
    options.workers = {"w1"};
    return options;
  }()};
};

}  // namespace cadre::test
