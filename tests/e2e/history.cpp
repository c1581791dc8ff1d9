#include "tests/e2e/history.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace cadre::test {

void History::read_witness(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string what, job, attempt, pid;
  while (in >> what >> job >> attempt >> pid) {
    if (what == "end") ++ends;
    if (what != "start") continue;
    ++starts[job + " " + attempt];
    ++starts_of_job[job];
  }
}

std::string History::broken(Cluster& cluster, bool once) const {
  const auto rows = cluster.query(
      "SELECT j.id, j.submit_key, j.attempts_max, o.state, o.attempt, IF(j.first_node='', 0, 1) + (SELECT COUNT(*) FROM attempt a WHERE a.job_id=j.id), "
      "GREATEST(IF(j.first_node='', 0, 1), IFNULL((SELECT MAX(number) FROM attempt a WHERE a.job_id=j.id), 0)), "
      "IF(o.result_blob=0, o.result, (SELECT bytes FROM blob_chunk c WHERE c.blob_id=o.result_blob ORDER BY c.number DESC LIMIT 1)) "
      "FROM job j LEFT JOIN outcome o ON o.job_id=j.id");
  std::map<std::string, std::string> stored;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const JobId id{rows.u64(i, 0)};
    const std::string name = to_string(id), key = rows.text(i, 1);
    if (!stored.emplace(key, name).second) return "two jobs under the key " + key;
    if (rows.is_null(i, 3)) return name + " has not ended";
    const auto known = starts_of_job.find(name);
    const int started = known == starts_of_job.end() ? 0 : known->second;
    if (started > static_cast<int>(rows.u64(i, 2))) return fmt::format("{} started {} times, {} attempts are allowed", name, started, rows.u64(i, 2));
    const auto used = std::get<std::int64_t>(rows.row(i)[5]);
    if (started > used) return fmt::format("{} started {} times with {} attempts on record", name, started, used);
    if (once && started > 1) return fmt::format("{} started {} times, although no worker was killed", name, started);
    if (rows.u64(i, 3) == static_cast<std::uint64_t>(JobState::done)) {
      const std::string attempt = fmt::format("{} {}", name, rows.u64(i, 4));
      if (!starts.contains(attempt)) return "done by an attempt that no engine knows: " + attempt;
      const std::string expected = fmt::format("by {}/{}", name, rows.u64(i, 4));
      if (rows.text(i, 7).find(expected) == std::string::npos) return fmt::format("{}: the result is not that of the recorded attempt: {}", name, rows.text(i, 7));
    }
  }
  for (const auto& [attempt, count] : starts)
    if (count > 1) return fmt::format("attempt {} started {} times", attempt, count);
  for (const auto& [key, job] : accepted)
    if (!stored.contains(key) || stored.at(key) != to_string(job)) return fmt::format("lost: {} was accepted as {}", key, to_string(job));
  return "";
}

}  // namespace cadre::test
