// This node's turn of clean-up: asks the broker whether it is its time, looks at the spool, asks whose things are there,
// removes what has had no owner for long enough, and tells what it did.
//
//   idle --(every few seconds)--> asking --granted--> looking --> checking --> removing --> telling --> idle
//               ^                    | no               |            |             |           |
//               `--------------------'                  `------------'-------------'-----------'  no answer, no turn
//
// Looking and removing take long, so they run in a thread of their own; everything else, the memory of what was seen
// included, belongs to the loop. An answer that does not come, or does not make sense, removes nothing.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "common/cleanup/orphans.hpp"
#include "common/cleanup/sweep_files.hpp"
#include "common/protocol/message.hpp"

namespace cadre {

class FileCleaner {
 public:
  struct Doors {
    std::function<void(Message)> say;
    std::function<cleanup::Owned()> owned;      // what the worker answers for, now
    std::function<void(bool)> announce;         // cleaning begins, has ended
  };
  struct Place {                                // as of this tick
    Instant now{};
    bool welcomed = false;
    Epoch epoch;                                // of the broker that welcomed us
    SessionId session;
    bool urgent = false;                        // the volume of the spool is nearly full
  };

  FileCleaner(std::filesystem::path spool, Doors doors) : spool_(std::move(spool)), doors_(std::move(doors)) {}
  ~FileCleaner() { stop_ = true; }              // the thread ends before its next batch; its future waits for it

  void tick(const Place& place);
  void hear(const Place& place, const Answer& answer);

 private:
  enum class State : std::uint8_t { idle, asking, looking, checking, removing, telling };
  struct Looked {
    std::vector<cleanup::Entry> entries;
    std::string error;
  };
  struct Swept {
    std::uint64_t files = 0, bytes = 0;
    std::vector<std::string> left;
    std::string error;
  };
  struct Turn {
    std::string cluster;
    std::uint64_t epoch = 0, place = 0, place_epoch = 0;
    Duration ttl{}, grace{};
  };

  void ask(const Place& place, const std::string& question, const std::string& arguments);
  void take(const Place& place);
  void heard_turn(const Place& place, const Answer& answer);
  void heard_owned(const Place& place, const Answer& answer);
  void heard_renewed(const Place& place, const Answer& answer);
  void look(const Place& place);
  void check(const Place& place);
  void remove(const Place& place, std::vector<cleanup::Entry> ripe);
  void renew(const Place& place);
  void tell(const Place& place, const Swept& swept);
  void give_up(const Place& place, const std::string& why);
  void rest(const Place& place, Duration how_long);
  // Until when we may act: 0.8 of the time to live, from before the asking (guarantees.md R6).
  void extend(Instant asked_at) { deadline_ = (asked_at + turn_.ttl * 4 / 5).time_since_epoch().count(); }

  const std::filesystem::path spool_;
  const Doors doors_;
  State state_ = State::idle;
  Turn turn_;
  cleanup::Orphans orphans_;
  std::vector<cleanup::Entry> seen_;
  std::uint64_t next_id_ = 1, waiting_for_ = 0, renewal_ = 0;
  Instant asked_at_{}, renewal_asked_at_{}, next_{};
  std::string told_;
  std::atomic<std::int64_t> deadline_ = 0;     // on the boot clock, microseconds
  std::atomic<bool> stop_ = false;
  std::future<Looked> looking_;
  std::future<Swept> removing_;
};

}  // namespace cadre
