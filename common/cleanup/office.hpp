// What people ask and want of clean-up, answered from the database: the state of all duties, the leases, a turn now, a job
// to be kept, what would go. One thread at a time; nothing throws. Texts are JSON.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/cleanup/host_words.hpp"
#include "common/cleanup/lease_watch.hpp"
#include "common/cleanup/policy.hpp"
#include "common/cleanup/turn_words.hpp"
#include "common/database/leases.hpp"

namespace cadre::cleanup {

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
  static constexpr std::uint64_t listed_max = 10'000;
  // A turn of the duty as soon as nothing else is in the way: one with this epoch (`asked`) or a later one.
  Result<std::string> want_turn(const std::string& duty, bool known = false);  // known: it is one, although nobody has taken it yet
  // What a purge of records would remove now, and the first `listed` jobs of it by name (listed_max at most). Walks
  // all that is kept: slow on a large schema.
  Result<std::string> would_go(std::uint64_t listed = 0);
  // With the database's host, where that is another machine: what waits here, for how much room is there; nothing where nobody
  // tells.
  Result<std::optional<VolumeRoom>> exchange(const ToldLoad& load);
  // How long an orphan must have been one.
  Result<Duration> files_grace();
  Result<std::string> keep(JobId job, bool kept, const std::string& by, WallTime now);

  // For nodes without a database of their own (turn_words.hpp).
  // `nodes_here`: that are up, and of which at least one is not to clean.
  Result<TurnAnswer> take_files_turn(const std::string& node, const std::string& holder, bool urgent, std::size_t nodes_here, const Now& now);
  Result<Renewed> renew_files_turn(const std::string& node, const FilesTurn& turn);
  Result<Done> end_files_turn(const std::string& node, const FilesTurn& turn, const FilesDone& done, WallTime now);

  Result<Done> write_policy(const Policy& policy, WallTime now);

 private:
  template <class T>
  Result<T> with_link(const std::function<db::Outcome<T>(db::Link&)>& work);

  const db::Settings settings_;
  std::optional<db::Link> link_;
  LeaseWatch watch_;              // of the leases that nodes did not get
};

}  // namespace cadre::cleanup
