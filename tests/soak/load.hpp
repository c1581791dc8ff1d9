// One client of a soak, in a thread of its own with a key of its own: submits without pause over all outages, repeats, cancels,
// keeps, waits for some ends and forgets others; all that it says and hears stands in its diary.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <set>
#include <vector>
#include <thread>

#include "common/client/client.hpp"
#include "tests/soak/history.hpp"
#include "tests/soak/plan.hpp"

namespace cadre::soak {

class Load {
 public:
  Load(std::string name, Client::Settings settings, const std::filesystem::path& history, std::uint64_t seed);
  ~Load();                                           // as finish(), without the repeating

  void finish() { stop_ = true; }                    // no new jobs; what has no answer is repeated until it has one
  bool finished() const { return finished_; }
  std::size_t accepted() const { return accepted_; }
  std::string trouble() const { return finished_ ? trouble_ : ""; }

 private:
  struct Sent {
    JobRequest request;
    std::uint64_t digest = 0;
  };

  void run();
  void round(Client& client);
  Sent make_job();
  Sent conflict_with(const Sent& earlier);
  void submit(Client& client, std::vector<Sent> jobs, Duration patience);
  void wait(Client& client, const std::set<JobId>& jobs);
  std::set<JobId> some_jobs();
  void cancel(Client& client);
  void keep(Client& client);
  JobId some_job();
  void tell(Event event);

  const std::string name_;
  const Client::Settings settings_;
  const Diary diary_;
  Dice dice_;
  std::deque<Sent> sent_;                            // the newest
  std::uint64_t number_ = 0;
  std::map<std::string, Sent> unanswered_;
  std::vector<JobId> jobs_;                          // accepted, in order
  std::uint64_t kept_ = 0;
  std::string trouble_;
  std::atomic<bool> stop_ = false, given_up_ = false, finished_ = false;
  std::atomic<std::size_t> accepted_ = 0;
  std::thread thread_;
};

}  // namespace cadre::soak
