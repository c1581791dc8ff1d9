// What was promised, against what happened: the history check of guarantees.md, from the clients' answers, the engines'
// own lines and the database.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/e2e/cluster.hpp"

namespace cadre::test {

struct History {
  std::map<std::string, JobId> accepted;          // by key
  std::map<std::string, int> starts;              // by "JOB ATTEMPT"
  std::map<std::string, int> starts_of_job;       // by "JOB"
  std::size_t ends = 0;

  void read_witness(const std::filesystem::path& file);
  // The first broken promise, in words; empty: none. `once`: no job may have started twice.
  std::string broken(Cluster& cluster, bool once) const;
};

}  // namespace cadre::test
