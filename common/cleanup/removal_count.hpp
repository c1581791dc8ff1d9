// What a process has removed since it began, for who watches: clean-up adds, the pages read. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace cadre::cleanup {

class RemovalCount {
 public:
  struct Sum {
    std::map<std::string, std::uint64_t> rows;  // by kind, as in PurgeCounts::rows
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;  // of payloads, results and files
  };

  // `now` is the sum of a turn so far; `before` what was added of it.
  void add(const Sum& before, const Sum& now) {
    const std::lock_guard guard(mutex_);
    for (const auto& [kind, count] : now.rows) {
      const auto had = before.rows.find(kind);
      sum_.rows[kind] += count - (had == before.rows.end() ? 0 : had->second);
    }
    sum_.files += now.files - before.files;
    sum_.bytes += now.bytes - before.bytes;
  }

  Sum sum() const {
    const std::lock_guard guard(mutex_);
    return sum_;
  }

 private:
  mutable std::mutex mutex_;
  Sum sum_;
};

}  // namespace cadre::cleanup
