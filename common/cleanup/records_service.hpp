// Purges records on a node that may: looks whether that is this one, whether a turn is due, takes it, works it off in small
// steps with rests in between, and leaves a row that says what was done. It runs in a thread of its own in cadre-broker,
// and in cadre-worker on an extension that hosts the database.
//
// Everything but who we are comes from the database: the policy, the last turn, the wishes of people. So it needs no
// word with the broker, and purges also while none is active.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/cleanup/ballast.hpp"
#include "common/cleanup/lease_watch.hpp"
#include "common/cleanup/policy.hpp"
#include "common/cleanup/purge_records.hpp"
#include "common/cleanup/removal_count.hpp"

namespace cadre::cleanup {

class RecordsService {
 public:
  enum class Host : std::uint8_t { detect, yes, no };  // is this the database's host?

  struct Settings {
    std::string node;             // the name by which people know this machine
    std::string holder;           // this life of this process, unlike any other
    db::Settings database;        // as the account that may delete
    Host host = Host::detect;
    Duration look_every = 2s;
    bool tells_room = false;      // the broker is on another machine: how much room the database's volume has
    std::optional<Ballast> ballast;
    std::shared_ptr<RemovalCount> removed = std::make_shared<RemovalCount>();  // is told what goes
  };

  // `busy`: the cluster has so much to do that clean-up takes less of the database. Called from the service's thread; null: as
  // the broker tells through the database.
  RecordsService(Settings settings, std::function<bool(const Policy&)> busy);
  ~RecordsService();              // ends behind the step that is under way, and gives the turn back
  RecordsService(const RecordsService&) = delete;
  RecordsService& operator=(const RecordsService&) = delete;

  void start();                   // the thread, which looks again and again
  // One look, and the turn where one is due; how long nothing need be looked at. What the thread does; tests call it.
  Duration look();

 private:
  struct Part {                   // ours, in the purge of records
    bool ours = false;
    std::string why;
    bool operator==(const Part&) const = default;
  };

  db::Outcome<Duration> look_with(db::Link& link);
  db::Outcome<Part> part_of(db::Link& link, const Policy& policy);
  db::Outcome<Done> claim(db::Link& link, const Part& part);
  db::Outcome<Duration> take(db::Link& link, const Policy& policy, const Part& part);
  db::Outcome<Done> run(db::Link& link, const Policy& policy, const Part& part, const db::Turn& turn);
  bool room_is_low(const Policy& policy) const;
  void tend_ballast();
  void find_volumes();
  static db::Outcome<bool> told_busy(db::Link& link, const Policy& policy);
  bool rest(Duration duration);   // false: we are to stop
  void tell(const std::string& why);
  void run_thread();

  const Settings settings_;
  std::optional<Ballast> ballast_;
  const std::function<bool(const Policy&)> busy_;
  std::string told_;              // why nothing is purged here, as it was logged last
  std::optional<db::Link> link_;
  Instant next_claim_{};
  Part claimed_;                  // as it was written down last
  Instant next_try_{};            // after a turn that failed
  Instant next_urgent_{};         // where the volume is nearly full
  db::Volumes volumes_;           // of the database, as long as the link stands
  std::string ballast_told_;      // what is wrong with it, as it was logged last
  LeaseWatch watch_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace cadre::cleanup
