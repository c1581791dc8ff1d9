// The checker's own books: what the events of one job, one key, one lease come to. Filled in one walk through the history,
// each part in a file of its own.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "tests/soak/checker.hpp"

namespace cadre::soak {

using Key = std::pair<std::string, std::string>;  // client, submit key

struct Run {                                      // one attempt
  const Event* row = nullptr;                     // attempt_in
  std::vector<const Event*> starts, ends;
};

struct Book {                                     // of one job
  const Event* in = nullptr;
  const Event* outcome = nullptr;
  const Event* out = nullptr;
  bool kept = false;                              // at this point of the audit
  bool there = false;                             // at the end
  std::map<std::uint32_t, Run> runs;
  std::uint32_t newest = 0;                       // attempt number given so far
};

struct Lease {
  std::uint64_t epoch = 0;
  std::string holder;
  std::uint64_t connection = 0;                   // that was granted this epoch; 0: nobody, or it was broken
  std::string account;
};

class Books {
 public:
  Books(const History& history, const Rules& rules);
  Findings close() &&;

 private:
  void audit(const Event& event);                 // check_facts.cpp
  void fact_in(const Event& event);
  void row_out(const Event& event);
  void lease(const Event& event);                 // check_turns.cpp
  bool has_turn(const Event& event) const;
  void told(const Event& event);                  // check_told.cpp
  void submit_told(const Event& event);
  void engine(const Event& event);                // check_runs.cpp
  void overlaps();
  void runs(JobId id, const Book& book);
  void remains(const Event& event);               // check_facts.cpp
  void ends(JobId id, const Book& book);

  void broken(Promise promise, const Event& event, std::string what);
  void broken(Promise promise, JobId job, std::string what);
  void add(Broken one);
  bool early(const Event& told, const Event& row) const { return told.t + rules_.clock_slack_ns < row.t; }

  const Rules& rules_;
  Findings report_;
  std::unordered_map<std::uint64_t, Book> jobs_;
  std::map<Key, std::vector<const Event*>> stored_;    // job_in by key
  std::map<Key, JobId> has_key_;                       // submit_key rows at the end
  std::map<Key, std::uint64_t> invoked_;               // how often
  std::map<Key, JobId> accepted_;
  std::set<Key> unanswered_;
  std::map<std::pair<std::string, JobId>, const Event*> seen_;   // by client: the newest that it was told
  std::unordered_map<std::uint64_t, JobId> blobs_;     // named by a fact that is there; 0: that is gone
  std::set<std::uint64_t> blobs_gone_;
  std::map<std::string, Lease> leases_;
  std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> pauses_;  // of a node: from, to
};

bool is_final(JobState state);

}  // namespace cadre::soak
