// What the stories about many cleaning nodes share: planted orphans, wishes for turns, the books of who held what when.
#pragma once

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "common/os/clock.hpp"
#include "tests/e2e/daily.hpp"

namespace cadre::test {

using Json = nlohmann::json;

constexpr Duration turn_ttl = 3s;
constexpr Duration turn_asked_every = 5s;  // a worker asks so often whether it is its turn (sweep_turn)

// A schedule that is never due within a test: turns come from wishes alone.
inline std::string cleaning_yaml(const std::string& more = "", const std::string& lease_ttl = "5s") {
  return "policy:\n  seat_ttl: 1s\n  lease_ttl: " + lease_ttl + "\n  beat_interval: 200ms\n  free_space_min: 16MiB\n"
         "cleanup:\n  keep_done: 0s\n  keep_dead: 0s\n  keep_cancelled: 0s\n  files_grace: 0s\n  schedule: 0 0 1 1 *\n  turn_ttl: 3s\n"
         "  queues: {kept: {keep_done: 30d}}\n" + more;
}

// What nobody owns: as an attempt's directory, which a worker that starts removes by itself; or a stray one beside them.
constexpr const char* as_an_attempt = "attempts/7-9.1";
constexpr const char* as_a_stray = "stray";

inline std::filesystem::path orphan(Cluster& cluster, const std::string& node, const std::string& name = as_an_attempt) {
  return cluster.directory() / (node + "-spool") / name;
}

inline void plant(Cluster& cluster, const std::string& node, int files, const std::string& name = as_an_attempt) {
  const auto place = orphan(cluster, node, name);
  std::filesystem::create_directories(place);
  for (int i = 0; i < files; ++i) std::ofstream(place / std::to_string(i)) << "nobody's";
}

inline std::size_t files_in(const std::filesystem::path& directory) {
  std::error_code gone;
  std::filesystem::directory_iterator names(directory, gone);
  return gone ? 0 : static_cast<std::size_t>(std::distance(begin(names), end(names)));
}

inline std::string duty_of(const std::string& node) { return "cleanup/files/" + node; }
inline std::string wish_for(const std::string& node) { return node.empty() ? "cleanup run" : "cleanup run --node " + node; }

// Who holds the lease now; nothing where it is free.
inline std::string holder_of(Cluster& cluster, const std::string& lease) {
  const auto rows = cluster.query(fmt::format("SELECT holder FROM lease WHERE resource = '{}' AND expires_at > SYSDATE(6)", lease));
  return rows.empty() ? "" : rows.text(0, 0);
}

inline std::uint64_t count(Cluster& cluster, const std::string& rows) {
  return cluster.query("SELECT CAST(COUNT(*) AS UNSIGNED) FROM " + rows).u64(0, 0);
}
inline std::uint64_t good_turns(Cluster& cluster, const std::string& duty) { return count(cluster, fmt::format("cleanup_run WHERE duty = '{}' AND ok", duty)); }

inline std::vector<JobId> submit_jobs(Client& client, int number, const std::string& queue = "default", const std::string& engine = "echo") {
  std::vector<JobRequest> all;
  for (int i = 0; i < number; ++i) {
    all.push_back(job(engine, "x"));
    all.back().queue = queue;
  }
  const auto answers = client.submit(std::move(all), 30s);
  if (!answers) throw std::runtime_error(answers.error());
  std::vector<JobId> ids;
  for (const auto& answer : *answers) ids.push_back(answer.job);
  return ids;
}

inline void done_jobs(Cluster& cluster, int number) {
  Client client = cluster.client();
  const auto ends = client.wait(submit_jobs(client, number), Watch::notice, 60s);
  if (!ends) throw std::runtime_error(ends.error());
}

// Returns when the process stands still, as the kernel tells it: from then on nothing of it moves.
inline bool stop_still(const Daemon& daemon) {
  daemon.signal(SIGSTOP);
  return eventually(5s, [&] {
    for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", daemon.pid()))) {
      const std::string stat = content(task.path() / "stat");
      if (stat.find(") T") == std::string::npos) return false;
    }
    return true;
  });
}

}  // namespace cadre::test
