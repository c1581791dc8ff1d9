// The row that tells of one turn of clean-up (table cleanup_run): who, from when to when, what was removed, what went wrong.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "common/cleanup/purge_records.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

struct RunRow {
  std::string duty;
  std::uint64_t epoch = 0;
  std::string node, holder;
  WallTime began{};
  WallTime ended{};      // 0: it goes on
  bool ok = false;       // it came to its end
  bool slow = false;     // the cluster is busy
  std::string error, phase;
  std::map<std::string, std::uint64_t> rows, stay;
  std::vector<std::string> left;  // files that could not be removed, and why
  std::uint64_t files = 0, bytes = 0, steps = 0, retries = 0;

  void detail(const PurgeCounts& counts, std::string_view phase_now);
  std::uint64_t removed() const;  // rows of all kinds

  db::Outcome<Done> begin(db::Link& link) const;
  db::Outcome<Done> note(db::Link& link) const;  // as it is now
};

}  // namespace cadre::cleanup
