// Which things in a worker's spool have had no owner for long enough to go (guarantees.md G12). A pure decision: it
// keeps its own memory of what it was shown and when, on the boot clock; no time of a file and no time of day decides.
//
// A reading of the spool, and of who owns what, is handed in only if it succeeded. So trouble lets nothing ripen: it
// only delays. One owner of an Orphans, one thread; it lives as long as the worker.
//
//     not known -- seen without an owner --> waiting -- the very same, ownerless again, `grace` later --> ripe
//     waiting or ripe -- owned --> not known
//     waiting or ripe -- not seen --> not known
//     waiting or ripe -- another thing by that name, or changed --> waiting, from now on
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/time.hpp"

namespace cadre::cleanup {

// One thing directly in the spool, or directly in its directory `attempts`, with all that is below it.
struct Entry {
  std::string path;          // from the spool on: "NAME" or "attempts/NAME"
  std::uint64_t device = 0;  // with the inode: which thing it is, whatever it is called
  std::uint64_t inode = 0;
  std::int64_t changed_ns = 0;  // the newest change (ctime) in the whole tree: whether somebody still writes
  std::uint64_t files = 0;      // regular files in the whole tree
  std::uint64_t bytes = 0;      // what the disk gets back: allocated, without files that have a second name
};

inline constexpr std::string_view attempts_name = "attempts";

// The worker's own: its files in the spool, `attempts` itself, and what its engine host keeps between attempts (spares
// and the directories of serve engines, `attempts/.spare.N` and `attempts/serve.ENGINE.N`). The host alone knows which
// of those are in use, and empties `attempts` when it starts; so none of them is an orphan, ever.
bool is_workers_own(std::string_view path);

// "EPOCH-SEQUENCE.NUMBER", what the engine host calls the directory of that attempt; and with "attempts/" before it.
std::string attempt_name(AttemptId attempt);
std::string attempt_path(AttemptId attempt);

// What must stay, as of one reading: the worker's own in any case, and every attempt that it answers for.
class Owned {
 public:
  void attempt(AttemptId attempt) { paths_.insert(attempt_path(attempt)); }  // it waits, runs, or its report is kept
  void path(std::string path) { paths_.insert(std::move(path)); }            // anything else, named from the spool on
  bool has(std::string_view path) const { return is_workers_own(path) || paths_.contains(path); }

 private:
  std::set<std::string, std::less<>> paths_;
};

class Orphans {
 public:
  // More than any worker has attempts (credit, kept reports). What finds no room waits until there is some.
  static constexpr std::size_t remembered_max = 8192;

  // Takes one successful reading; returns what is ripe by it, in the order of `seen`. What is ripe and not removed is
  // ripe in the next reading too.
  std::vector<Entry> ripe(Instant now, const std::vector<Entry>& seen, const Owned& owned, Duration grace);

  // How long this thing has had no owner, as of the last reading; nothing where it is not remembered.
  std::optional<Duration> ownerless_for(std::string_view path, Instant now) const;

  std::size_t remembered() const { return ownerless_.size(); }

 private:
  struct Sighting {
    Entry entry;
    Instant since;
  };
  std::map<std::string, Sighting, std::less<>> ownerless_;
};

}  // namespace cadre::cleanup
