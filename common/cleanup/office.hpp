// What people ask and want of clean-up, answered from the database: the state of all duties, the leases, a turn now, a job
// to be kept, what would go. One thread at a time; nothing throws. Texts are JSON.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/cleanup/policy.hpp"
#include "common/database/leases.hpp"

namespace cadre::cleanup {

inline constexpr Duration files_turn_ttl = 30s;

// A node's turn as it tells of it; the node itself is known by its key.
struct FilesTurn {
  std::uint64_t epoch = 0;
  std::uint32_t place = 0;
  std::uint64_t place_epoch = 0;
};

struct FilesDone {
  std::uint64_t files = 0, bytes = 0;
  std::vector<std::string> left;  // what could not be removed, and why
  std::string error;              // empty: it came to its end
};

class Office {
 public:
  explicit Office(db::Settings database) : settings_(std::move(database)) {}

  // The policy and every duty: its last turns, who has it, the next three starts; what is wrong; what the database's
  // tables take and would give back.
  Result<std::string> status(WallTime now);
  // How fast the database grows, and how long its disk lasts.
  Result<std::string> forecast(WallTime now);
  Result<std::string> leases();
  Result<std::string> break_lease(const std::string& resource);
  // A turn of the duty as soon as nothing else is in the way.
  Result<std::string> want_turn(const std::string& duty, WallTime now);
  // What a purge of records would remove now. Walks all that is kept: slow on a large schema.
  Result<std::string> would_go();
  Result<std::string> keep(JobId job, bool kept, const std::string& by, WallTime now);

  // For nodes without a database of their own. What they are told is JSON: granted, epoch, place, ttl, grace; or why not.
  Result<std::string> take_files_turn(const std::string& node, const std::string& holder, bool urgent, WallTime now);
  Result<std::string> renew_files_turn(const std::string& node, const FilesTurn& turn);
  Result<std::string> end_files_turn(const std::string& node, const FilesTurn& turn, const FilesDone& done, WallTime now);

  Result<Done> write_policy(const Policy& policy, WallTime now);

 private:
  template <class T>
  Result<T> with_link(const std::function<db::Outcome<T>(db::Link&)>& work);

  const db::Settings settings_;
  std::optional<db::Link> link_;
};

}  // namespace cadre::cleanup
